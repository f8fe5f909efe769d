"""How long the cookie of a log-in is kept by the browser, whichever way somebody came in: docs/security.md."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kneecoach.accounts.models import Device
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, a_moment, make_invitation, make_patient, make_physiotherapist, make_user
from tests.factors import a_code, make_passkey

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EMAIL = "anna.knee@example.org"
LOGIN, CODE, CONFIRM, FACTOR = (
    "/account/login/",
    "/account/login/code/",
    "/account/login/code/confirm/",
    "/account/second-factor/enter/",
)
THIRTY_DAYS, TWELVE_HOURS = 30 * 24 * 3600, 12 * 3600


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock, and forget the tries of earlier tests."""
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    return time_machine


def by_password(browser: Client) -> Any:
    """Log in with a password."""
    return browser.post(LOGIN, {"login": EMAIL, "password": PASSWORD})


def by_code(browser: Client) -> Any:
    """Log in with a code from a mail."""
    browser.post(CODE, {"email": EMAIL})
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})*)\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return browser.post(CONFIRM, {"code": found.group(1)})


def by_passkey(browser: Client, device: Authenticator, user: Any) -> Any:
    """Log in with a passkey alone, as the script of the page does."""
    options = browser.get("/account/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    challenge = options["publicKey"]["challenge"]
    return browser.post(
        "/account/passkey/", {"credential": device.get(challenge, user_handle=user_pk_to_url_str(user))}
    )


def kept_for(browser: Client, response: Any) -> tuple[bool, int]:
    """Return whether somebody is in, and for how many seconds the browser keeps the cookie of it; 0 until it is closed."""
    morsel = response.cookies[settings.SESSION_COOKIE_NAME]
    return get_user(browser).is_authenticated, int(morsel["max-age"] or 0)


@pytest.mark.parametrize("way", [by_password, by_code])
def test_log_in_of_a_patient_is_kept_for_thirty_days(client: Client, way: Callable[[Client], Any]):
    make_patient(email=EMAIL, password=PASSWORD)

    assert kept_for(client, way(client)) == (True, THIRTY_DAYS)


def test_log_in_of_a_patient_with_a_passkey_is_kept_for_thirty_days(client: Client):
    device, user = Authenticator(), make_patient(email=EMAIL).user
    make_passkey(user=user, device=device)

    assert kept_for(client, by_passkey(client, device, user)) == (True, THIRTY_DAYS)


@pytest.mark.parametrize("way", [{"way": "code"}, {"way": "password", "password": PASSWORD}, {}])
def test_log_in_by_invitation_is_kept_for_thirty_days(client: Client, way: dict[str, str]):
    newcomer = make_patient(name="Nora New", has_account=False)
    client.get(f"/invitation/{make_invitation(patient=newcomer, now=NOW, email=EMAIL)[1]}/")
    client.post("/welcome/", {"agrees": "on"})
    page = client.get("/welcome/log-in/")

    if way:
        response = client.post("/welcome/log-in/", way)
    else:
        challenge = json.loads(page.context["passkey_options"])["publicKey"]["challenge"]
        response = client.post("/welcome/passkey/", {"credential": json.dumps(Authenticator().create(challenge))})

    assert kept_for(client, response) == (True, THIRTY_DAYS)


@pytest.mark.parametrize("way", [by_password, by_code])
def test_log_in_of_staff_is_kept_for_twelve_hours(client: Client, way: Callable[[Client], Any]):
    make_physiotherapist(email=EMAIL, password=PASSWORD)
    way(client)
    half_in = get_user(client).is_authenticated

    response = client.post(FACTOR, {"code": a_code()})

    assert (half_in, kept_for(client, response)) == (False, (True, TWELVE_HOURS))


def test_log_in_of_staff_with_a_passkey_is_kept_for_twelve_hours(client: Client):
    device, user = Authenticator(), make_physiotherapist(email=EMAIL)
    make_passkey(user=user, device=device)

    assert kept_for(client, by_passkey(client, device, user)) == (True, TWELVE_HOURS)


@pytest.mark.parametrize("way", [by_password, by_code])
def test_log_in_of_staff_who_have_no_factor_yet_is_kept_for_twelve_hours(client: Client, way: Callable[[Client], Any]):
    make_user(email=EMAIL, password=PASSWORD, is_staff=True)

    assert kept_for(client, way(client)) == (True, TWELVE_HOURS)
    assert Device.objects.get().ends_at == a_moment("2026-11-25 20:00")
