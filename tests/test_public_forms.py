"""Every form that nobody has to log in for: either it can be sent so often only, or sending it costs and does nothing.

The forms come from the URL patterns: a new one fails here until somebody has decided.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.cast import PATTERNS, VIEWS, url_of
from tests.factories import PASSWORD, a_moment, make_invitation, make_patient
from tests.rows import all_rows
from tests.test_urls import EXPECTED

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EMAIL = "anna.knee@example.org"
# How often a form may be sent from one address in a minute, with what. docs/security.md
LIMITED: dict[str, tuple[int, dict[str, str]]] = {
    "account_login": (300, {}),
    "mfa_login_webauthn": (300, {}),
    "account_request_login_code": (100, {"email": "nobody{}@example.org"}),
    "account_reset_password": (100, {"email": "nobody{}@example.org"}),
    "account_reset_password_from_key": (100, {}),
    # Closed, and limited by allauth all the same.
    "account_signup": (20, {}),
}
# What a form needs that nobody has who has not come by one of those above, without which nothing is looked at.
NEEDS: dict[str, str] = {
    "account_logout": "a log-in",
    "account_confirm_login_code": "a code that was asked for; five tries each (tests of log-in)",
    "mfa_authenticate": "a password that was right; five tries in five minutes (tests of the second factor)",
    "accounts:welcome": "an invitation, 60 of which can be tried in a minute",
    "accounts:welcome-leave": "an invitation",
    "accounts:welcome-log-in": "an invitation; codes are limited, and a password is hashed after that only",
    "accounts:welcome-code": "an invitation; five tries for each code",
    "accounts:welcome-passkey": "an invitation",
    "admin:login": "nothing: it leads to the one form for it",
}


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock, and forget the tries of earlier tests."""
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the passwords that were hashed, as they are."""
    found: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, *args: (found.append(password), encode(self, password, *args))[1],
    )
    return found


def public_forms() -> Iterator[tuple[str, str]]:
    """Return name and address of every view that asks for no log-in and takes a form."""
    for name, route in PATTERNS:
        takes_forms = name not in EXPECTED or EXPECTED[name].anonymous[1] != 405
        if takes_forms and not getattr(VIEWS[route], "login_required", True):
            yield name, url_of(name, route, {})


def test_every_public_form_is_limited_or_needs_something():
    assert {name for name, _url in public_forms()} == {*LIMITED, *NEEDS}


@pytest.mark.parametrize("name", LIMITED)
def test_public_form_is_refused_after_so_many(name: str):
    most, data = LIMITED[name]
    url, refused = dict(public_forms())[name], []

    # A browser of its own each time: it is the address on the internet that counts.
    for number in range(most + 1):
        response = Client().post(url, {key: value.format(number) for key, value in data.items()})
        refused.append(response.status_code == 429 or "Too many" in response.content.decode())

    assert refused == [False] * most + [True]


@pytest.mark.parametrize("name", NEEDS)
def test_form_that_needs_something_costs_and_does_nothing_without(name: str, hashed: list[str]):
    make_patient(email=EMAIL, password=PASSWORD)
    hashed.clear()
    url, before = dict(public_forms())[name], all_rows()
    data = {
        "login": EMAIL,
        "email": EMAIL,
        "username": EMAIL,
        "password": PASSWORD,
        "way": "password",
        "code": "AAAAAA",
    }

    statuses = {Client().post(url, data | {"agrees": "on", "credential": "{}"}).status_code for _time in range(3)}

    assert statuses <= {302, 404}
    assert (hashed, mail.outbox, all_rows()) == ([], [], before)


def test_guest_has_three_passwords_hashed_in_a_minute(hashed: list[str]):
    browser = Client()
    patient = make_patient(name="Nora New", has_account=False)
    browser.get(f"/invitation/{make_invitation(patient=patient, now=NOW, way='sheet')[1]}/")
    browser.post("/welcome/", {"agrees": "on"})
    data = {"way": "password", "email": EMAIL, "password": "quite a long password"}

    statuses = [browser.post("/welcome/log-in/", data).status_code for _time in range(6)]

    assert (statuses, len(hashed)) == ([302, 302, 302, 429, 429, 429], 3)
