"""Find Chromium for the tests and the screenshots, or get it.

Debian's package where it may be installed, Playwright's download elsewhere. Without either the browser tests are
skipped, loudly; where CI=true that is a failure.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No sound of its own on the network: what a test sees on the wire is the page's.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Chromium keeps a page of its own behind the address bar of each window, which costs as much as the page that is tested.
OWN_PAGES = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
# Of this switch only the last one counts, so what Playwright switches off by it is named again.
OFF_FOR_PLAYWRIGHT = (
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *(
        "DestroyProfileOnBrowserClose",
        "HttpsFirstBalancedModeAutoEnable",
        "HttpsUpgrades",
        "LensOverlay",
        "MediaRouter",
    ),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    *("TcpPortRandomizationWin", "ThirdPartyStoragePartitioning"),
    *("msEdgeUpdateLaunchServicesPreferredVersion", "msForceBrowserSignIn"),
)
LOUD = """
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!  No Chromium was found and none could be got.                    !!
!!  Browser tests are SKIPPED. `apt-get install chromium` helps, or !!
!!  `.venv/bin/python -m playwright install chromium`.              !!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
"""


def main() -> None:
    """Make sure that there is a browser; fail only where one is required."""
    if find() or get_from_debian() or get_from_playwright():
        return
    print(LOUD, file=sys.stderr, flush=True)
    if is_required():
        sys.exit("CI=true: a missing browser is a failure.")


def is_required() -> bool:
    """Tell whether tests may not be skipped for want of a browser."""
    return os.environ.get("CI") == "true"


def find() -> str | None:
    """Return the path of Chromium: the system's, or the one that Playwright has downloaded."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return downloaded()


def downloaded() -> str | None:
    """Return the newest Chromium in Playwright's own folder, without starting Playwright."""
    default = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", default))
    places = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    found = [path for place in places for path in folder.glob(place)]
    return str(max(found)) if found else None


def launch_arguments() -> list[str]:
    """Return Chromium's arguments. Only root has to go without the sandbox."""
    features = f"--disable-features={','.join((*OWN_PAGES, *OFF_FOR_PLAYWRIGHT))}"
    return [*ARGUMENTS, features, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def get_from_debian() -> bool:
    """Install Debian's package, where we are root and there is apt-get."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Chromium (apt-get install chromium) ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # An image may have no package lists yet; where they cannot be refreshed, those it has may do.
    runs(["apt-get", "update", "--quiet=2"], environment)
    return runs(["apt-get", "install", "--yes", "--quiet=2", "chromium"], environment) and find() is not None


def get_from_playwright() -> bool:
    """Let Playwright download its build."""
    if importlib.util.find_spec("playwright") is None:
        return False
    print("Downloading Chromium (playwright install chromium) ...", flush=True)
    return runs([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ)) and find() is not None


def runs(command: list[str], environment: dict[str, str]) -> bool:
    """Run a command; show its last lines where it fails."""
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-3:]), file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    main()
