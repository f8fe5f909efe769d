"""Guessing and asking are limited, and no answer tells whether an address is known."""

import re
import threading
from typing import Any

import pytest
from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.core.internal.ratelimit import parse_rates
from allauth.mfa import app_settings as mfa_settings
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kneecoach import mail_later
from kneecoach.http import TRY_AGAIN_AFTER_SECONDS
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, make_patient
from tests.factors import make_passkey

pytestmark = pytest.mark.django_db
LOGIN, CODE, RESET = "/account/login/", "/account/login/code/", "/account/password/reset/"
EMAIL, OTHER = "anna.knee@example.org", "otto@example.org"
NEW_PASSWORD = "quite another long password"
FORMS = {
    LOGIN: {"login": EMAIL, "password": "a wrong password"},
    CODE: {"email": EMAIL},
    RESET: {"email": EMAIL},
    "/account/passkey/": {"credential": "{}"},
}
OPEN = "/invitation/never-made/"


@pytest.fixture(autouse=True)
def no_limits_from_before() -> None:
    """Forget the attempts that earlier tests made."""
    cache.clear()


# --- known or not ----------------------------------------------------------------------------------------------------
def bare(text: str) -> str:
    """Return a page without its CSRF token."""
    return re.sub(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', r"\1", text)


def ask(path: str, hashed: list[str]) -> dict[str, Any]:
    """Send a form in a new browser, and return all that can be told apart, up to the page that it leads to."""
    cache.clear()
    hashed.clear()
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        response = client.post(path, FORMS[path])
        count = len(queries)
    headers = {name: value for name, value in response.headers.items() if name not in {"Content-Length", "Expires"}}
    cookies = {name: len(morsel.value) for name, morsel in response.cookies.items() if "messages" not in name}
    page = client.get(response["Location"]) if response.status_code == 302 else response
    again = client.post(response["Location"], {"code": "AAAAAA"}) if path == CODE else page
    return {
        "status": response.status_code,
        "headers": headers,
        "cookies": cookies,
        "body": bare(response.content.decode()),
        "page": bare(page.content.decode()),
        "wrong code": bare(again.content.decode()),
        "queries": count,
        "hashes": len(hashed),
    }


@pytest.mark.parametrize("has_password", [True, False])
@pytest.mark.parametrize("path", [LOGIN, CODE, RESET])
def test_unknown_address_is_answered_byte_for_byte_as_a_known_one(monkeypatch, mailoutbox, path, has_password):
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: (hashed.append(path), encode(*args))[1])

    unknown = ask(path, hashed)
    assert mailoutbox == []
    make_patient(email=EMAIL, password=PASSWORD if has_password else None)
    known = ask(path, hashed)

    assert known == unknown
    assert len(mailoutbox) == (0 if path == LOGIN else 1)
    assert known["hashes"] == (1 if path == LOGIN else 0)


def test_mail_is_rendered_for_nobody_as_well(monkeypatch):
    rendered: list[str] = []
    render = "kneecoach.accounts.adapter.AccountAdapter.render_mail"
    monkeypatch.setattr(render, lambda self, prefix, *args, **more: rendered.append(prefix))

    for path in (CODE, RESET):
        Client().post(path, FORMS[path])

    assert rendered == ["account/email/login_code", "account/email/password_reset_key"]


def test_mail_server_is_not_waited_for(settings, mailoutbox, caplog):
    settings.MAIL_LATER = True
    make_patient(email=EMAIL)
    sender = mail_later._sender()
    gate = threading.Event()
    sender.submit(gate.wait, 10)

    assert Client().post(CODE, FORMS[CODE]).status_code == 302
    assert mailoutbox == []
    gate.set()
    sender.submit(int).result(timeout=10)
    assert [mail.to for mail in mailoutbox] == [[EMAIL]]

    mail_later.send(None)
    sender.submit(int).result(timeout=10)
    assert "A mail could not be sent: AttributeError" in caplog.text


# --- how often -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "most"), [(CODE, 3), (RESET, 3)])
def test_one_address_is_mailed_three_times_a_minute(mailoutbox, path, most):
    make_patient(email=EMAIL)

    for _time in range(most + 2):
        Client().post(path, FORMS[path])

    assert len(mailoutbox) == most


def test_one_account_is_guessed_at_five_times_in_five_minutes(client, time_machine):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    make_patient(email=EMAIL, password=PASSWORD)
    for _time in range(5):
        Client().post(LOGIN, FORMS[LOGIN])

    right = {"login": EMAIL, "password": PASSWORD}
    assert client.post(LOGIN, right).status_code == 200
    time_machine.move_to("2026-11-25 08:05:01Z", tick=False)
    assert client.post(LOGIN, right).status_code == 302


def test_host_header_gives_no_further_guesses(monkeypatch: pytest.MonkeyPatch):
    make_patient(email=EMAIL, password=PASSWORD)
    hosts = [*(f"localhost:{port}" for port in range(1, 9)), "LOCALHOST", "localhost."]
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: (hashed.append("x"), encode(*given))[1])

    for number, host in enumerate(hosts):
        browser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        browser.post(LOGIN, {"login": EMAIL, "password": "wrong"}, headers={"host": host})

    assert len(hashed) == 5


@pytest.mark.slow
def test_a_thousand_guesses_cost_five_hashes_and_leave_the_other_ways_in_open(
    client, time_machine, monkeypatch, mailoutbox
):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    device = Authenticator()
    user = make_patient(email=EMAIL, password=PASSWORD).user
    make_passkey(user=user, device=device)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: (hashed.append(LOGIN), encode(*args))[1])

    # From as many addresses, so that nothing but the limit of the account holds.
    for number in range(1_000):
        address = f"198.51.{number // 250}.{number % 250}"
        assert Client(REMOTE_ADDR=address).post(LOGIN, FORMS[LOGIN]).status_code == 200

    assert len(hashed) == 5
    # The owner's own password is refused as well, unseen: docs/security.md.
    assert client.post(LOGIN, {"login": EMAIL, "password": PASSWORD}).status_code == 200
    assert len(hashed) == 5
    by_code, by_passkey = Client(), Client()
    by_code.post(CODE, FORMS[CODE])
    code = re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mailoutbox[-1].body, re.MULTILINE).group(1)
    by_code.post("/account/login/code/confirm/", {"code": code})
    options = by_passkey.get("/account/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    used = device.get(options["publicKey"]["challenge"], user_handle=user_pk_to_url_str(user))
    by_passkey.post("/account/passkey/", {"credential": used})
    assert (get_user(by_code), get_user(by_passkey)) == (user, user)
    assert len(hashed) == 5


def reset(email: str, mailoutbox: list[Any]) -> None:
    """Choose NEW_PASSWORD by a link in a mail."""
    browser = Client()
    browser.post(RESET, {"email": email})
    link = re.search(r"/account/password/reset/key/\S+", mailoutbox[-1].body)
    assert link
    browser.post(browser.get(link.group())["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


def log_in_status(email: str, password: str, address: str = "198.51.100.1") -> int:
    """Return 302 where the password is taken."""
    return Client(REMOTE_ADDR=address).post(LOGIN, {"login": email, "password": password}).status_code


def test_new_password_works_at_once_after_however_many_wrong_ones_and_frees_nobody_else(mailoutbox):
    make_patient(email=EMAIL, password=PASSWORD)
    make_patient(email=OTHER, password=PASSWORD)
    for email in [EMAIL, OTHER] * 5:
        log_in_status(email, "a wrong password")

    reset(EMAIL, mailoutbox)

    assert [log_in_status(EMAIL, NEW_PASSWORD), log_in_status(OTHER, PASSWORD)] == [302, 200]


def test_new_password_gives_one_browser_no_more_tries(mailoutbox, time_machine):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    make_patient(email=EMAIL, password=PASSWORD)
    here = "127.0.0.1"
    for number in range(100):
        log_in_status(f"nobody{number}@example.org", "a wrong password", here)

    reset(EMAIL, mailoutbox)

    assert [log_in_status(EMAIL, NEW_PASSWORD, here), log_in_status(EMAIL, NEW_PASSWORD)] == [200, 302]


# What is asked from one address, of whoever, how often in a minute; the next time is refused.
FROM_ONE_ADDRESS: dict[str, tuple[str, dict[str, str], int]] = {
    "log in": (LOGIN, {}, 300),
    "log in with a passkey": ("/account/passkey/", {}, 300),
    "choose a new password": ("/account/password/reset/key/1-never-made/", {}, 100),
}


@pytest.mark.parametrize("name", FROM_ONE_ADDRESS)
def test_one_browser_may_ask_so_often_in_a_minute(client, time_machine, name):
    path, data, most = FROM_ONE_ADDRESS[name]
    time_machine.move_to("2026-11-25 08:00Z", tick=False)

    statuses = [client.post(path, data).status_code for _time in range(most + 1)]

    assert (429 in statuses[:most], statuses[most]) == (False, 429)


@pytest.mark.parametrize("path", [CODE, RESET])
def test_one_browser_may_have_a_hundred_people_mailed_in_a_minute(time_machine, mailoutbox, path):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    make_patient(email=EMAIL)
    for number in range(99):
        Client().post(path, {"email": f"nobody{number}@example.org"})

    for email in (EMAIL, "another@example.org", EMAIL):
        Client().post(path, {"email": email})

    assert len(mailoutbox) == 1


def test_one_browser_may_guess_at_a_hundred_accounts_in_a_minute(client, time_machine):
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    make_patient(email=EMAIL, password=PASSWORD)
    right = {"login": EMAIL, "password": PASSWORD}
    for number in range(100):
        Client().post(LOGIN, {"login": f"nobody{number}@example.org", "password": "a wrong password"})

    assert client.post(LOGIN, right).status_code == 200
    time_machine.move_to("2026-11-25 08:01:01Z", tick=False)
    assert client.post(LOGIN, right).status_code == 302


def test_refusal_says_when_to_try_again(client):
    for _time in range(60):
        client.get(OPEN)

    response = client.get(OPEN)

    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes" in response.content.decode()
    assert "Log in" not in response.content.decode()


def test_no_limit_looks_back_for_longer_than_the_refusal_says():
    limits = {**app_settings.RATE_LIMITS, **mfa_settings.RATE_LIMITS}

    assert {
        name
        for name, rates in limits.items()
        if any(rate.duration > TRY_AGAIN_AFTER_SECONDS for rate in parse_rates(rates))
    } == set()
    assert {
        "login",
        "login_failed",
        "request_login_code",
        "reset_password",
        "invitation",
        "reauthenticate",
        "webauthn_login",
    } <= set(limits)


@pytest.mark.slow
def test_clinic_behind_one_address_does_not_lock_itself_out(time_machine):
    emails = [f"patient{number}@example.org" for number in range(100)]
    for email in emails:
        make_patient(email=email, password=PASSWORD)
    time_machine.move_to("2026-11-25 08:00Z", tick=False)
    statuses = []
    for email in emails:
        for path, data in (
            (CODE, {"email": email}),
            (LOGIN, {"login": email, "password": "a wrong password"}),
            (LOGIN, {"login": email, "password": PASSWORD}),
        ):
            statuses.append(Client().post(path, data).status_code)
        time_machine.shift(6)

    assert statuses == [302, 200, 302] * 100


# --- from where ------------------------------------------------------------------------------------------------------
def statuses_of(addresses: list[str], **headers: str) -> list[int]:
    """Open an invitation that does not exist once from each forwarded address; return the last two statuses."""
    return [Client().get(OPEN, headers={"X-Forwarded-For": address}).status_code for address in addresses][-2:]


@pytest.mark.parametrize(("count", "forwarded"), [(0, "203.0.113.{}"), (1, "203.0.113.{}, 198.51.100.7")])
def test_forged_address_does_not_get_round_a_limit(settings, count, forwarded):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count

    assert statuses_of([forwarded.format(number) for number in range(61)]) == [404, 429]


def test_behind_a_proxy_each_visitor_has_their_own_limit(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    statuses_of(["198.51.100.7"] * 61)

    assert statuses_of(["198.51.100.7", "198.51.100.8"]) == [429, 404]


@pytest.mark.parametrize("forged", ["", " ", "unknown", "1.2.3.4:5", "<script>", "2001:db8::1", "," * 500])
def test_address_that_makes_no_sense_fails_nothing(client, settings, forged):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    assert client.post(LOGIN, FORMS[LOGIN], headers={"X-Forwarded-For": forged}).status_code in {200, 403}
