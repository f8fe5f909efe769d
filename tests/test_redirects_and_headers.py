"""Whatever an address to go on to says, nobody is led to another site; and no line break gets into a header or a mail."""

from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from kneecoach.accounts.models import Patient, User
from kneecoach.http import own_path
from tests.desk_asking import as_if
from tests.factories import PASSWORD, make_physiotherapist
from tests.fixtures import client_of
from tests.pages import HTMX

pytestmark = pytest.mark.django_db

HOST = "testserver"
ELSEWHERE = [
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "\\\\evil.example/",
    "/\\evil.example/",
    "\\/evil.example/",
    "/\\/evil.example/",
    "http:///evil.example/",
    "http:/\\evil.example/",
    "https:evil.example/",
    "http:999",
    "https://evil.example/",
    "HtTpS://evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://testserver/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "http://testserver@evil.example/",
    "http://testserver:80@evil.example/",
    "http://testserver.evil.example/",
    "http://evil.example\\@testserver/",
    "http://evil.example#@testserver/",
    "http://[::1",
    # Ours, until the host is taken off.
    "http://testserver//evil.example/",
    "http://testserver///evil.example/",
    "http://testserver/\\evil.example/",
    "http://testserver/\t/evil.example/",
]


def leads_away(location: str) -> bool:
    """Tell whether a browser would leave the site, or run something: tabs and line breaks go, a backslash is a slash."""
    read = "".join(letter for letter in location if letter not in "\t\r\n").strip("\x00\x01 ").replace("\\", "/")
    while read.startswith("///"):
        read = read[1:]
    parts = urlsplit(urljoin(f"http://{HOST}/a/", read))
    return (parts.scheme, parts.netloc) != ("http", HOST)


def ways(patient: Patient, staff: User, to: str) -> dict[str, Any]:
    """Return how each place that takes an address to go on to answers to one."""
    anonymous, browser, desk = Client, lambda: client_of(patient.user), lambda: client_of(staff)
    log_in = {"login": patient.user.email if patient.user else "", "password": PASSWORD}
    query = f"?next={quote(to)}"
    header = to.encode("ascii", "ignore").decode().translate({9: None, 10: None, 1: None})
    return {
        "log-in": lambda: anonymous().post("/account/login/", log_in | {"next": to}),
        "log-in, in the address": lambda: anonymous().post(f"/account/login/{query}", log_in),
        "log-in, of who is in": lambda: browser().get(f"/account/login/{query}"),
        "log-in by code": lambda: anonymous().post(f"/account/login/code/{query}", {"email": log_in["login"]}),
        "log-in by code, of who is in": lambda: browser().get(f"/account/login/code/{query}"),
        "log-in by passkey, of who is in": lambda: browser().get(f"/account/passkey/{query}"),
        "signing up, of who is in": lambda: browser().get(f"/account/signup/{query}"),
        "log-out": lambda: browser().post("/account/logout/", {"next": to}),
        "log-out, in the address": lambda: browser().post(f"/account/logout/{query}"),
        "log-out, of who is out": lambda: anonymous().get(f"/account/logout/{query}"),
        "proving": lambda: browser().post(
            "/account/reauthenticate/", {"next": to, "way": "password", "password": PASSWORD}
        ),
        "proving, in the address": lambda: browser().post(
            f"/account/reauthenticate/{query}", {"way": "password", "password": PASSWORD}
        ),
        "new password": lambda: browser().post(f"/account/password/change/{query}", {"next": to}),
        "second factor": lambda: desk().get(f"/account/second-factor/{query}"),
        "desk": lambda: anonymous().get(f"/admin/login/{query}"),
        "desk, of who is in": lambda: desk().get(f"/admin/login/{query}"),
        "desk, out": lambda: desk().post(f"/admin/logout/{query}", {"next": to}),
        "zone": lambda: browser().post(
            "/zone/", {"time_zone": "Asia/Tokyo", "answer": "here", "next": to}, headers={"Referer": header}
        ),
        "a form, later": lambda: anonymous().post("/warning-signs/", headers={"Referer": header}),
        "a fragment, later": lambda: anonymous().get("/progress/", headers=HTMX | {"HX-Current-URL": header}),
    }


@pytest.mark.parametrize("to", ELSEWHERE)
def test_nobody_is_led_to_another_site(patient: Patient, to: str):
    assert patient.user is not None
    patient.user.set_password(PASSWORD)
    patient.user.save()
    staff = make_physiotherapist(email="desk@example.org")
    away, led = {}, 0

    for way, go in ways(patient, staff, to).items():
        with as_if():
            response = go()
        for header in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "Refresh"):
            location = response.headers.get(header)
            led += location is not None
            if location is not None and leads_away(location):
                away[way] = location

    assert away == {}
    assert led >= 12


@pytest.mark.parametrize("to", ELSEWHERE)
def test_an_address_of_another_site_is_not_one_of_ours(to: str):
    assert leads_away(own_path(RequestFactory().get("/"), to) or "/") is False


@pytest.mark.parametrize(
    "to", ["//evil.example/", "http://testserver.evil.example/", "/\t/evil.example/", "javascript:x"]
)
def test_what_leads_away_is_known(to: str):
    assert leads_away(to)


BREAKS = ["\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x0b", "\u0085"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_no_line_break_gets_into_a_header(patient: Patient, physio_client: Client, line_break: str):
    planted = f"Anna{line_break}X-Planted: yes{line_break}Set-Cookie: planted=1"
    Patient.objects.filter(pk=patient.pk).update(name=planted[:100])
    browser = client_of(patient.user)
    asked = [
        browser.get(f"/{quote(planted)}/"),
        browser.get(f"/progress/?x={quote(planted)}"),
        browser.get("/", headers={"X-Outbox-Id": planted.replace("\r", "").replace("\n", "")}),
        browser.get("/me/data/everything.json"),
        browser.get("/me/data/everything.zip"),
        physio_client.get(f"/admin/accounts/patient/{patient.pk}/visit.pdf"),
        physio_client.get(f"/admin/accounts/patient/{patient.pk}/record.zip"),
        Client().get(f"/account/login/?next=/{quote(planted)}"),
        Client().get(f"/progress/{quote(planted)}/"),
        Client().post("/account/login/", {"login": "a@example.org", "password": "x", "next": f"/{planted}"}),
    ]

    for response in asked:
        assert "X-Planted" not in response.headers
        assert "planted" not in response.cookies
        assert not [value for value in response.headers.values() if "\r" in value or "\n" in value]


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_no_line_break_gets_into_a_mail(patient: Patient, line_break: str):
    address = f"anna.knee@example.org{line_break}Bcc: evil@example.org"

    for url, name in (("/account/login/code/", "email"), ("/account/password/reset/", "email")):
        Client().post(url, {name: address})

    assert [one.recipients() for one in mail.outbox if one.recipients() != ["anna.knee@example.org"]] == []
    assert [key for one in mail.outbox for key in one.message() if key.lower() == "bcc"] == []
