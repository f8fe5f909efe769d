"""The score that MDN's HTTP Observatory would give, computed by its rules (algorithm 4) for every kind of answer.

It begins with 100 and takes away for what is missing; bonuses count from 90 on. 145 are the most, 5 of which only the list
of preloaded sites that browsers carry can give.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.factories import PASSWORD, make_physiotherapist, make_prescription
from tests.factors import a_code
from tests.pages import HTMX

pytestmark = pytest.mark.django_db
AT_LEAST, HALF_A_YEAR = 140, 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
BROAD = {"*", "http:", "https:", "ftp:", "data:", "blob:"}


def judge(response: Any, cookies: Any, body: str) -> Iterator[tuple[str, int]]:
    """Yield each rule with the points that it gives or takes."""
    headers = response.headers
    policy = {
        name: set(sources)
        for name, *sources in (part.split() for part in headers.get("Content-Security-Policy", "").split(";") if part)
    }
    scripts = policy.get("script-src", policy.get("default-src", {"*"}))
    styles = policy.get("style-src", policy.get("default-src", {"*"}))
    unsafe = {"'unsafe-inline'", "'unsafe-eval'"}
    if not policy:
        yield "no policy", -25
    elif scripts & (unsafe | BROAD) or policy.get("object-src", policy.get("default-src", {"*"})) & BROAD:
        yield "a policy that allows scripts from anywhere", -20
    elif styles & (unsafe | BROAD):
        yield "a policy that allows any style", 0
    else:
        yield "policy", 10 if policy.get("default-src") == {"'none'"} else 5
    # One that was taken back stays in the jar of the test client, empty.
    cookies = {name: morsel for name, morsel in cookies.items() if morsel.value}
    loose = [morsel for morsel in cookies.values() if not morsel["secure"]]
    open_sessions = [name for name, morsel in cookies.items() if "session" in name and not morsel["httponly"]]
    if loose or open_sessions:
        yield "cookies", -40 if loose else -30
    elif cookies and all(morsel["samesite"] in {"Lax", "Strict"} for morsel in cookies.values()):
        yield "cookies", 5
    yield "other origins", -50 if headers.get("Access-Control-Allow-Origin") else 0
    yield "referrer", 5 if headers.get("Referrer-Policy") in PRIVATE else 0
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    yield "https only", -20 if not age else -10 if int(age.group(1)) < HALF_A_YEAR else 0
    tags = BeautifulSoup(body, "html.parser").select("script[src]") if "html" in headers["Content-Type"] else []
    foreign = [tag for tag in tags if not tag["src"].startswith("/")]
    yield "integrity", -50 if foreign else 5 if all(tag.get("integrity") for tag in tags) else 0
    yield "types", 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5
    framed = "frame-ancestors" in policy
    yield "frames", 5 if framed else 0 if headers.get("X-Frame-Options") in {"DENY", "SAMEORIGIN"} else -20
    yield "resource policy", 10 if headers.get("Cross-Origin-Resource-Policy") in {"same-origin", "same-site"} else 0


def score(response: Any, cookies: Any) -> int:
    """Return the points of an answer."""
    body = response.getvalue() if response.streaming else response.content
    points = dict(judge(response, cookies, body.decode(errors="replace")))
    without = 100 + sum(value for value in points.values() if value < 0)
    return without + (sum(value for value in points.values() if value > 0) if without >= 90 else 0)


@pytest.fixture
def https(settings: Any) -> None:
    """Serve as a site on https does (tests/kneecoach/test_settings.py holds these settings to SITE_URL)."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-kneecoach_session", "__Host-kneecoach_csrf"
    settings.SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    settings.SECURE_SSL_REDIRECT = True


def ask(client: Client, path: str, **headers: str) -> Any:
    """Ask for an address on https."""
    return client.get(path, headers=headers, secure=True)


def test_every_kind_of_answer_gets_at_least_140_of_145(https, patient: Patient, monkeypatch):
    make_prescription(patient=patient)
    visitor, phone, desk = Client(), Client(), Client()
    ask(visitor, "/account/login/")
    # By the form, so that the cookies are the site's own.
    for client, user in ((phone, patient.user), (desk, make_physiotherapist(password=PASSWORD))):
        assert user
        user.set_password(PASSWORD)
        user.save()
        ask(client, "/account/login/")
        client.post("/account/login/", {"login": user.email, "password": PASSWORD}, secure=True)
    desk.post("/account/second-factor/enter/", {"code": a_code()}, secure=True)
    asked = [
        *((visitor, path, {}) for path in ("/account/login/", "/account/login/code/", "/nowhere/", "/offline/")),
        (visitor, "/healthz", {}),
        *((phone, path, {}) for path in ("/", "/progress/", "/learn/", "/me/", "/account/devices/", "/nowhere/")),
        (phone, "/messages/", HTMX),
        *(
            (desk, path, {})
            for path in ("/admin/", "/admin/accounts/patient/", "/admin/accounts/patient/add/", "/admin/x/")
        ),
        (desk, f"/admin/accounts/patient/{patient.pk}/change/", {}),
    ]
    scores = {}
    for client, path, headers in asked:
        response = ask(client, path, **headers)
        scores[f"{path} {response.status_code}"] = score(response, client.cookies)
    phone.raise_request_exception = False
    monkeypatch.setattr("progress.views.today.render", lambda *args, **more: 1 / 0)
    response = ask(phone, "/")
    scores[f"/ {response.status_code}"] = score(response, phone.cookies)
    # Files are closed, and with them the connection of the test.
    for path in ("/static/kneecoach/css/site.css", "/static/kneecoach/js/site.js"):
        with closing(ask(visitor, path)) as response:
            scores[f"{path} {response.status_code}"] = score(response, visitor.cookies)

    assert {path: points for path, points in scores.items() if points < AT_LEAST} == {}
    assert {"/ 200", "/ 500", "/nowhere/ 404", "/admin/ 200", "/static/kneecoach/js/site.js 200"} <= set(scores)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Security-Policy", None),
        ("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
        ("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'"),
        ("Referrer-Policy", None),
        ("Strict-Transport-Security", "max-age=60"),
        ("X-Content-Type-Options", None),
        ("Cross-Origin-Resource-Policy", None),
        ("Access-Control-Allow-Origin", "*"),
    ],
)
def test_score_notices_what_is_missing(https, client, header, value):
    response = ask(client, "/account/login/")
    assert score(response, client.cookies) >= AT_LEAST
    if value is None:
        del response.headers[header]
    else:
        response.headers[header] = value

    assert score(response, client.cookies) < AT_LEAST


def test_score_notices_a_loose_cookie_and_a_script_without_hash(https, settings, client):
    response = ask(client, "/account/login/")
    response.content = response.content.replace(b"integrity=", b"data-was=", 1)
    assert score(response, client.cookies) < AT_LEAST

    settings.CSRF_COOKIE_SECURE = False
    again = Client()
    assert score(ask(again, "/account/login/"), again.cookies) < AT_LEAST


def test_cookies_are_bound_to_this_host(https, client):
    ask(client, "/account/login/")

    for name, morsel in client.cookies.items():
        assert (name[:7], morsel["secure"], morsel["path"], morsel["domain"], morsel["httponly"]) == (
            "__Host-",
            True,
            "/",
            "",
            True,
        )
    assert client.cookies


def test_hash_is_that_of_what_is_sent(client, physio_client):
    pages = [
        (client, client.get("/account/login/")),
        (physio_client, physio_client.get("/admin/accounts/patient/add/")),
    ]
    scripts = {
        (reader, tag["src"]): tag["integrity"]
        for reader, page in pages
        for tag in BeautifulSoup(page.content.decode(), "html.parser").select("script[src]")
    }
    words = physio_client.get("/admin/jsi18n/").content

    for (reader, source), hashed in scripts.items():
        if source == "/admin/jsi18n/":
            sent = words
        else:
            with closing(reader.get(source)) as response:
                sent = response.getvalue()
        assert hashed == f"sha384-{base64.b64encode(hashlib.sha384(sent).digest()).decode()}", source
    assert len(scripts) > 10
