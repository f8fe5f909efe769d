"""For which site a passkey is made and asked for: the one in SITE_URL, whatever name a request arrives under."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, make_invitation, make_patient, make_physiotherapist
from tests.factors import make_passkey
from tests.fixtures import client_of, prove
from tests.pages import soup

pytestmark = pytest.mark.django_db

SITE_URL = "https://knee.example.org"
HOST = "knee.example.org"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    """Serve under a name of our own, as kneecoach.settings makes it out of SITE_URL."""
    cache.clear()
    settings.SITE_URL, settings.ALLOWED_HOSTS = SITE_URL, [urlsplit(SITE_URL).hostname]


def of_page(browser: Client, url: str, way: str, headers: dict[str, str]) -> Any:
    """Return the answer of a page, and the options that stand in it."""
    response = browser.get(url, headers=headers)
    tag = soup(response).select_one(f"[data-passkey-{way}]")
    return response, json.loads(str(tag[f"data-passkey-{way}"])) if tag else None


def invited(headers: dict[str, str]) -> Any:
    """Ask as somebody who has opened an invitation and agreed."""
    browser = Client(headers={"Host": HOST})
    patient = make_patient(name="Nora New", has_account=False)
    browser.get(f"/invitation/{make_invitation(patient=patient, now=timezone.now(), email='n@example.org')[1]}/")
    browser.post("/welcome/", {"agrees": "on"})
    return of_page(browser, "/welcome/log-in/", "create", headers)


def adding(headers: dict[str, str]) -> Any:
    """Ask as somebody who adds one to their account."""
    user = make_patient(email="anna@example.org").user
    browser = client_of(user)
    prove(browser, user)
    return of_page(browser, "/account/passkeys/add/", "create", headers)


def logging_in(headers: dict[str, str]) -> Any:
    """Ask as the script of the log-in page does."""
    response = Client().get("/account/passkey/", headers={"Accept": "application/json", **headers})
    return response, response.json()["request_options"] if response.status_code == 200 else None


def proving(headers: dict[str, str]) -> Any:
    """Ask as somebody who proves once more who they are."""
    user = make_patient(email="anna@example.org").user
    make_passkey(user=user)
    return of_page(client_of(user), "/account/reauthenticate/", "get", headers)


def second_step(headers: dict[str, str]) -> Any:
    """Ask as a physiotherapist whose password was right."""
    make_passkey(user=make_physiotherapist(email="petra@example.org", password=PASSWORD))
    browser = Client()
    browser.post("/account/login/", {"login": "petra@example.org", "password": PASSWORD}, headers={"Host": HOST})
    return of_page(browser, "/account/second-factor/enter/", "get", headers)


WAYS = [invited, adding, logging_in, proving, second_step]


def site_of(options: Any) -> str:
    """Return for which site a browser would make or use a passkey."""
    told = options["publicKey"]
    return str(told["rp"]["id"] if "rp" in told else told["rpId"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Origin": "https://evil.example"},
        {"X-Original-Host": "evil.example"},
    ],
    ids=lambda headers: next(iter(headers), "plain"),
)
@pytest.mark.parametrize("way", WAYS)
def test_passkeys_are_for_the_site_in_site_url(way: Callable[[dict[str, str]], Any], headers: dict[str, str]):
    response, options = way({"Host": HOST, **headers})

    assert response.status_code == 200
    assert site_of(options) == urlsplit(SITE_URL).hostname


@pytest.mark.parametrize("host", ["evil.example", "knee.example.org.evil.example", "example.org", "a.knee.example.org"])
@pytest.mark.parametrize("way", WAYS)
def test_no_passkey_is_asked_for_under_another_name(way: Callable[[dict[str, str]], Any], host: str):
    response, options = way({"Host": host})

    assert (response.status_code, options) == (400, None)
