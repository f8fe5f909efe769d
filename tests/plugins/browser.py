"""Real Chromium against a real server. Every page is watched: what it logs as an error fails the test.

`open_page(...)` makes a page with its own browser context; `axe(page)` returns what axe-core finds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.plugins.database import TestDatabase
from tools import browser as chromium

if TYPE_CHECKING:  # plugins are imported before Django is set up, so before any model can be
    from kneecoach.accounts.models import User

# What the browser refuses because of the content security policy, as an error in the console that we read.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`)
);
"""
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    # Preloading puts imported stylesheets, as the admin's, into the page, which the policy forbids.
    "preload": False,
}
# The worker of the site is blocked in most tests, and Playwright says so on every page.
BLOCKED_WORKER = "Service Worker registration blocked by Playwright"
# What can differ between the themes: they change colours and nothing else.
COLOURS_ONLY = {**AXE_OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
AXE = Axe()
NO_BROWSER = "no Chromium: `make test` gets one"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need Chromium by what they ask for."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once more at the end, in red, that there was no browser."""
    if any(NO_BROWSER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line("No Chromium: browser tests were SKIPPED.", red=True, bold=True)


@dataclass
class Watch:
    """What went wrong on a page so far, apart from what the test allows."""

    allowed: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Note errors in the console, errors of scripts and failed requests of every page of a context."""
        context.on("console", self.on_console)
        context.on("weberror", lambda error: self.seen.append(f"script: {error.error}"))
        context.on("requestfailed", self.on_request_failed)

    def on_console(self, message: ConsoleMessage) -> None:
        """Note an error or a warning."""
        if message.type in {"error", "warning"} and message.text != BLOCKED_WORKER:
            self.seen.append(f"console: {message.text} ({message.location.get('url')})")

    def on_request_failed(self, request: Request) -> None:
        """Note a request without an answer. Going to another page ends those of the last one; that is no failure."""
        if request.failure != "net::ERR_ABORTED":
            self.seen.append(f"request: {request.method} {request.url} {request.failure}")

    @property
    def problems(self) -> list[str]:
        """Return what was seen and is not allowed."""
        return [line for line in self.seen if not any(re.search(pattern, line) for pattern in self.allowed)]


class OpenPage(Protocol):
    """The fixture `open_page`."""

    def __call__(
        self,
        path: str | None = None,
        *,
        user: "User | None" = None,
        width: int = 1280,
        height: int = 800,
        color_scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        time_zone: str = "Europe/London",
        allow: tuple[str, ...] = (),
        **context: Any,
    ) -> Page:
        """Return a page in a browser context of its own, logged in as `user`, gone to `path`.

        `allow` are regular expressions for problems that the test means to cause, such as "status of 422".
        Any other argument goes to Playwright's new_context.
        """


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = chromium.find()
    if path is None:
        if chromium.is_required():
            pytest.fail("CI=true, and there is no Chromium.", pytrace=False)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=chromium.launch_arguments())
        yield started
        started.close()
        # While the loop of Playwright runs, Django keeps connections apart from those of before and after.
        connections.close_all()


@pytest.fixture(scope="session")
def live_site_address(django_db_setup: TestDatabase) -> Iterator[str]:
    """One server for all tests, whose threads reach the database as the app role."""
    # WhiteNoise serves the static files, as in production: no handler of Django's around the application.
    server = LiveServerThread("localhost", static_handler=lambda application: application)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


@pytest.fixture
def live_site(live_db: TestDatabase, live_site_address: str, settings: Any) -> str:
    """Return the address of a server that sees what the test commits, and whose links lead to itself."""
    settings.SITE_URL = live_site_address
    return live_site_address


@pytest.fixture
def open_page(browser: Browser, live_site: str) -> Iterator[OpenPage]:
    """Return a function that opens pages. At the end every page must have been without problems."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def make(
        path: str | None = None,
        *,
        user: "User | None" = None,
        width: int = 1280,
        height: int = 800,
        javascript: bool = True,
        time_zone: str = "Europe/London",
        allow: tuple[str, ...] = (),
        **context: Any,
    ) -> Page:
        # A worker answers instead of the server: only a test about it wants one (service_workers="allow").
        context = {"locale": "en-GB", "color_scheme": "light", "service_workers": "block", **context}
        made = browser.new_context(
            base_url=live_site,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            timezone_id=time_zone,
            bypass_csp=False,
            **context,
        )
        contexts.append(made)
        watches.append(Watch(allow))
        watches[-1].follow(made)
        made.add_init_script(WATCH_POLICY)
        made.set_default_timeout(10_000)
        if user is not None:
            log_in(made, user, live_site)
        page = made.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    problems = [problem for watch in watches for problem in watch.problems]
    assert not problems, "The browser reported:\n" + "\n".join(problems)


def log_in(context: BrowserContext, user: "User", address: str) -> None:
    """Give a browser the cookie of a session, as log-in would."""
    from tests.fixtures import client_of  # noqa: PLC0415 -- models can be imported only now

    client = client_of(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address, "httpOnly": True}])


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """Return a function that lists what axe-core finds against WCAG 2.2 AA, one readable line each."""
    return violations


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """Run axe-core on a page; `assert axe(page) == []`. Colours only: where the rest was looked at in another theme."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = COLOURS_ONLY if colours_only else AXE_OPTIONS
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
