"""Draw the icons of the installed application from their two SVG sources: `python -m tools.icons`.

`icon.svg` is the mark on a rounded tile. `maskable.svg` fills its square and keeps the mark within the inner four
fifths, which no phone cuts off; an iPhone rounds that one itself.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tools import browser

STATIC = Path(__file__).resolve().parent.parent / "static/kneecoach"
ICONS = {
    "icons/icon-192.png": ("icon.svg", 192),
    "icons/icon-512.png": ("icon.svg", 512),
    "icons/maskable-512.png": ("icons/maskable.svg", 512),
    "icons/apple-touch-180.png": ("icons/maskable.svg", 180),
}


def main() -> None:
    """Write every icon."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.launch_arguments())
        for name, (source, size) in ICONS.items():
            page = chromium.new_page(viewport={"width": size, "height": size})
            drawing = (STATIC / source).read_text(encoding="utf-8")
            page.set_content(
                f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>{drawing}"
            )
            page.screenshot(path=STATIC / name, omit_background=True)
            page.close()
        chromium.close()


if __name__ == "__main__":
    main()
