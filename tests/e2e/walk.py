"""A walk from screen to screen, that looks at each in both themes and several sizes, and collects what it finds."""

from collections.abc import Callable

from playwright.sync_api import Page

WIDTHS, SCHEMES = (320, 1280), ("light", "dark")
# At 200 % zoom a screen has half as many pixels of the stylesheet: 640 are 320, a desktop's 1280 are 640.
ZOOMED_WIDTHS = (320, 640)
# Two frames later every change of colour has begun, and is brought to its end. Nothing is waited for that needs a frame:
# now and then Chromium draws none for a page, and an animation of such a page never finishes by itself.
SETTLED = """
async () => {
  const soon = () => new Promise((resolve) => { requestAnimationFrame(resolve); setTimeout(resolve, 1000); });
  await soon();
  await soon();
  for (const animation of document.getAnimations()) {
    const isEndless = animation.effect.getComputedTiming().endTime === Infinity;
    if (isEndless) animation.cancel(); else animation.finish();
  }
}
"""
# How wide the page is where it is wider than the screen, and what sticks out.
TOO_WIDE = """
() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= innerWidth) return "";
  const out = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
  return `${root.scrollWidth}: ${out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).join(" | ")}`;
}
"""


class Walk:
    """One page that goes from screen to screen, and what was found on the way."""

    def __init__(self, page: Page, axe: Callable[..., list[str]]) -> None:
        self.page = page
        self.axe = axe
        self.found: list[str] = []
        self.screens = 0

    def go(self, path: str, name: str) -> None:
        """Open a page and look at it."""
        self.page.goto(path)
        self.look(name)

    def look(self, name: str) -> None:
        """Look at what is on the screen, in every theme and size."""
        self.screens += 1
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                self.page.evaluate(SETTLED)
                found = self.axe(self.page, colours_only=scheme != SCHEMES[0])
                self.found += [f"{name}, {scheme}, {width}: {line}" for line in found]
        for width in ZOOMED_WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            wide = self.page.evaluate(TOO_WIDE)
            if wide:
                self.found.append(f"{name}, {width}: wider than the screen: {wide}")


def assert_none(found: list[str]) -> None:
    """Fail with everything that was found, one line each."""
    assert not found, "\n".join([f"{len(found)} findings", *found])
