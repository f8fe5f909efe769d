"""The fixture that watches every page of these journeys bites: a page against the policy fails its test."""

import inspect
import os

import psutil
import pytest
from playwright.sync_api import Browser, Route

from tests.plugins import browser as plugin

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("planted", "sign"),
    [
        ('<p style="color: red">red</p>', "style-src"),
        ("<script>1</script>", "script-src"),
        ('<img src="https://elsewhere.example/picture.png" alt="">', "img-src"),
    ],
)
def test_page_against_the_policy_fails_its_test(browser: Browser, live_site: str, planted: str, sign: str):
    fixture = inspect.unwrap(plugin.open_page)(browser, live_site)
    page = next(fixture)()

    def plant(route: Route) -> None:
        # The answer keeps its own headers, the policy among them.
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</body>", f"{planted}</body>"))

    page.route("**/account/login/", plant)
    page.goto("/account/login/")

    with pytest.raises(AssertionError, match=sign):
        next(fixture)


def test_page_within_the_policy_passes(browser: Browser, live_site: str):
    fixture = inspect.unwrap(plugin.open_page)(browser, live_site)
    next(fixture)("/account/login/")

    with pytest.raises(StopIteration):
        next(fixture)


def test_everything_that_playwright_switches_off_stays_off(browser: Browser):
    """Chromium heeds only the last of these switches, and ours comes last."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    commands = [one.cmdline() for one in children if one.status() != psutil.STATUS_ZOMBIE]
    told = next(line for line in commands if "--headless" in line and not any("--type=" in word for word in line))
    named = [set(word.partition("=")[2].split(",")) for word in told if word.startswith("--disable-features=")]

    assert len(named) == 2
    assert named[0] <= named[1]
