"""A patient's and a physiotherapist's way through a running Kneecoach, as a browser without JavaScript goes it.

    check_journey.py SITE_URL doors             every door answers, and staff get into the admin
    check_journey.py SITE_URL forged            a browser that forges X-Forwarded-* gains nothing by it
    check_journey.py SITE_URL first STATE       log in, start a session, do one repetition; STATE: a file to remember it
    check_journey.py SITE_URL again STATE       log in again; the repetition is still there

Standard library only. The passwords come from CHECK_PASSWORD. Certificates are not checked: the stack under check
signs its own.
"""

import hashlib
import hmac
import os
import ssl
import struct
import sys
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

PATIENT, PHYSIO = "patient@check.example", "physio@check.example"
TIMEOUT_SECONDS = 20
START_SECONDS = 30
# The limit is 60 a minute for one address.
FORGED_REQUESTS = 90


class CheckFailed(Exception):
    """A page is not what it should be."""


@dataclass
class Form:
    """A form of a page: where it goes, what it sends by itself, which buttons it has."""

    action: str
    method: str
    hidden: dict[str, str] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class FormParser(HTMLParser):
    """Collect the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or what belongs to the one that is open."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
            self.is_inside = True
        elif self.is_inside and tag == "input" and values.get("type") == "hidden":
            self.forms[-1].hidden[values.get("name", "")] = values.get("value", "")
        elif self.is_inside and tag in {"input", "textarea", "select"}:
            self.forms[-1].fields.add(values.get("name", ""))
        elif self.is_inside and tag == "button" and values.get("type", "submit") == "submit":
            self.forms[-1].buttons.append((values.get("name", ""), values.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close a form."""
        if tag == "form":
            self.is_inside = False


class Browser:
    """Keeps cookies, follows redirects and fills in the forms of the page it is on."""

    def __init__(self, site_url: str) -> None:
        # localhost is under check, with a certificate of its own making.
        context = ssl._create_unverified_context()  # noqa: S323
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), HTTPSHandler(context=context))
        self.site_url = self.url = site_url
        self.text = ""
        self.forms: list[Form] = []

    def open(self, path: str, data: dict[str, str] | None = None) -> "Browser":
        """Get a page, or post to it. Anything but 200 at the end is a failure."""
        target = urljoin(self.url, path)
        body = None if data is None else urlencode(data).encode()
        headers = {"Referer": self.url, "Accept-Language": "en"}
        try:
            with self.opener.open(Request(target, body, headers), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                self.url, self.text = answer.url, answer.read().decode()
        except HTTPError as error:
            text = error.read().decode(errors="replace")
            raise CheckFailed(f"{target} answers {error.code}:\n{text[:2000]}") from None
        except OSError as error:
            raise CheckFailed(f"{target} does not answer: {error}") from None
        parser = FormParser()
        parser.feed(self.text)
        self.forms = parser.forms
        return self

    def press(self, name: str = "", value: str = "", *, form_to: str = "", **filled: str) -> "Browser":
        """Press the button of that name and value, in the form that has it and all `filled` fields."""
        for form in self.forms:
            fits = (name, value) in form.buttons and set(filled) <= form.fields and form_to in form.action
            if fits and form.method == "post":
                return self.open(form.action or self.url, form.hidden | filled | ({name: value} if name else {}))
        raise CheckFailed(f"{self.url} has no form with the button {name}={value} and {sorted(filled)}:\n{self.forms}")

    def log_in(self, email: str, path: str = "/account/login/") -> "Browser":
        """Log in with the password."""
        password = os.environ["CHECK_PASSWORD"]
        self.open(path).press(form_to="login", login=email, password=password)
        if "login" in urlsplit(self.url).path:
            raise CheckFailed(f"{email} could not log in: {self.url} still asks.")
        return self

    @property
    def next_rep(self) -> int | None:
        """Return the number of the repetition that the page asks for."""
        numbers = [form.hidden["number"] for form in self.forms if ("outcome", "ok") in form.buttons]
        return int(numbers[0]) if numbers else None


def code_of_app() -> str:
    """Return what an authenticator app shows now that holds the key which deploy/check_seed.py has set up."""
    key = hashlib.sha256(os.environ["CHECK_PASSWORD"].encode()).digest()[:20]
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    (value,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(value & 0x7FFFFFFF) % 10**6:06}"


def wait_for(site_url: str, path: str = "/healthz") -> None:
    """Give Caddy the moment that it needs to listen, and the worker the one until it is first heard of."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            Browser(site_url).open(path)
        except CheckFailed:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return


def doors(site_url: str) -> None:
    """Try what answers without an account, then the admin."""
    for path in ("/healthz", "/readyz", "/account/login/"):
        wait_for(site_url, path)
        said(f"{path} answers")
    page = Browser(site_url).open("/admin/")
    if "login" not in urlsplit(page.url).path:
        raise CheckFailed(f"/admin/ is open to everybody: {page.url}")
    said("/admin/ asks who is there")
    page = Browser(site_url).log_in(PHYSIO, "/account/login/?next=/admin/")
    if "second-factor" not in urlsplit(page.url).path:
        raise CheckFailed(f"a password alone led the physiotherapist to {page.url}")
    said("a password alone does not open the admin")
    page.press(form_to="second-factor", code=code_of_app())
    if urlsplit(page.url).path != "/admin/":
        raise CheckFailed(f"the physiotherapist ended up at {page.url}")
    said("the physiotherapist is in the admin")


def forged(site_url: str) -> None:
    """Say in each request to be somebody else, on another scheme and site: the limit by address holds all the same."""
    for number in range(FORGED_REQUESTS):
        headers = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number};proto=https;host=elsewhere.example",
            "X-Forwarded-Proto": "http" if site_url.startswith("https") else "https",
            "X-Forwarded-Host": "elsewhere.example",
        }
        request = Request(urljoin(site_url, "/invitation/not-a-token/"), headers=headers)  # noqa: S310
        try:
            Browser(site_url).opener.open(request, timeout=TIMEOUT_SECONDS).close()
        except HTTPError as error:
            if error.code == 429:
                said(f"an address that is forged anew each time is limited after {number} requests")
                return
            if error.code != 404 or "elsewhere.example" in error.read().decode():
                raise CheckFailed(f"forged headers change the answer: {error.code}") from None
    raise CheckFailed(f"{FORGED_REQUESTS} requests with forged addresses were not limited")


def first(site_url: str, state: Path) -> None:
    """Do the first repetition of a session."""
    page = Browser(site_url).log_in(PATIENT)
    said("the patient is logged in")
    page.press(form_to="/sessions/start/")
    said("a session is started")
    page.press("value", "2")
    said("safety and pain are answered")
    page.press(form_to="/begin/")
    if page.next_rep != 1:
        raise CheckFailed(f"the page asks for repetition {page.next_rep} instead of 1:\n{page.text}")
    page.press("outcome", "ok")
    if page.next_rep != 2:
        raise CheckFailed(f"after repetition 1 the page asks for {page.next_rep}:\n{page.text}")
    state.write_text(urlsplit(page.url).path)
    said("one repetition is done and counted")


def again(site_url: str, state: Path) -> None:
    """Find the repetition after a restart."""
    page = Browser(site_url).log_in(PATIENT)
    page.open(state.read_text())
    if page.next_rep != 2:
        raise CheckFailed(f"after the restart the page asks for repetition {page.next_rep}:\n{page.text}")
    said("the repetition is still there")


def said(what: str) -> None:
    """Print one step."""
    sys.stdout.write(f"ok    {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        if len(sys.argv) > 2:
            wait_for(sys.argv[1])
        match sys.argv[1:]:
            case [site_url, "doors"]:
                doors(site_url)
            case [site_url, "forged"]:
                forged(site_url)
            case [site_url, "first", state]:
                first(site_url, Path(state))
            case [site_url, "again", state]:
                again(site_url, Path(state))
            case _:
                sys.exit(__doc__)
    except CheckFailed as failure:
        sys.exit(f"FAILED  {failure}")
