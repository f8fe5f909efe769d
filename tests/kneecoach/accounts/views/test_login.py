"""Logging in by password; reset and change; no sign-up."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.services import open_account
from tests.factories import PASSWORD, make_patient, make_physiotherapist
from tests.factors import a_code
from tests.fixtures import client_of
from tests.kneecoach.accounts.logging_in import CODE, EMAIL, LOGIN, is_logged_in, without_tokens
from tests.pages import HTMX, faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

RESET, CHANGE = "/account/password/reset/", "/account/password/change/"
NEW_PASSWORD = "quite another long password"
# A mail is read on lock screens: it says nothing about health.


@pytest.fixture(autouse=True)
def no_limits_from_before() -> None:
    """Forget the attempts that earlier tests made."""
    cache.clear()


@pytest.fixture
def patient() -> Patient:
    """Return a patient with a password."""
    return make_patient(email=EMAIL, password=PASSWORD)


def log_in(client: Client, login: str, password: str = PASSWORD, **data: str) -> Any:
    """Fill in the form."""
    return client.post(LOGIN, {"login": login, "password": password, **data})


# --- password ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("login", [EMAIL, "Anna.Knee@Example.ORG", " ANNA.KNEE@EXAMPLE.ORG "])
def test_login_by_password_whatever_the_case_of_the_address(client: Client, patient: Patient, login: str):
    response = log_in(client, login)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_logged_in(client, patient.user)


def test_login_with_an_address_that_was_entered_in_capitals(client: Client):
    patient = make_patient(has_account=False)
    user = open_account(patient, email="Anna.KNEE@Example.org")
    user.set_password(PASSWORD)
    user.save()

    log_in(client, EMAIL)

    assert is_logged_in(client, user)


@pytest.mark.parametrize(("login", "password"), [(EMAIL, "wrong"), ("nobody.here@example.org", PASSWORD), (EMAIL, "")])
def test_login_with_a_wrong_password_is_refused(client: Client, patient: Patient, login: str, password: str):
    before = all_rows()

    response = log_in(client, login, password)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Log in", [])
    assert texts_at(response, ".errors li, .errorlist li, [role=alert] li, .field-error, .error") != []
    assert not get_user(client).is_authenticated
    assert all_rows() == before


def test_login_answers_the_same_for_an_unknown_address(client: Client, patient: Patient):
    known, unknown = log_in(client, EMAIL, "wrong"), log_in(client, "nobody.here@example.org", "wrong")

    assert without_tokens(known) == without_tokens(unknown)


def test_login_stops_after_five_wrong_passwords(client: Client, patient: Patient):
    for _count in range(5):
        log_in(client, EMAIL, "wrong")

    log_in(client, EMAIL)

    assert not get_user(client).is_authenticated


def test_login_of_an_account_that_was_closed_is_refused(client: Client, patient: Patient):
    User.objects.filter(email=EMAIL).update(is_active=False)

    log_in(client, EMAIL)

    assert not get_user(client).is_authenticated


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/progress/", "/progress/"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
    ],
)
def test_login_goes_on_within_our_own_site_only(client: Client, patient: Patient, to: str, location: str):
    response = log_in(client, EMAIL, next=to)

    assert (response.status_code, response["Location"]) == (302, location)


def test_login_of_a_physiotherapist_ends_at_the_desk(client: Client):
    make_physiotherapist(email="petra@example.org", password=PASSWORD)

    client.post(LOGIN, {"login": "petra@example.org", "password": PASSWORD})
    response = client.post("/account/second-factor/enter/", {"code": a_code()}, follow=True)

    assert [url for url, _status in response.redirect_chain] == ["/", "/admin/"]
    assert response.status_code == 200


def test_login_changes_the_key_of_the_browser_session(client: Client, patient: Patient):
    client.get(LOGIN)
    client.session["kept"] = True
    before = client.session.session_key

    log_in(client, EMAIL)

    assert client.session.session_key != before


def test_log_in_and_log_out_say_what_helps(client: Client, patient: Patient):
    wrong = log_in(client, EMAIL, "not the password")
    inside = client.post(LOGIN, {"login": EMAIL, "password": PASSWORD}, follow=True)
    outside = client.post("/account/logout/", follow=True)

    assert "This is not the address and password of an account here. Check both." in text_at(wrong, "main")
    assert texts_at(inside, ".messages .message") == []
    assert "You are logged out." in text_at(outside, ".messages")


# --- passkey: tests/e2e/test_invitation.py logs in with one ----------------------------------------------------------
@pytest.mark.parametrize("credential", ["", "x", "{}", '{"id": "x"}', '{"response": {}}', "[1]", "null", '"x"'])
def test_login_with_what_is_no_passkey_is_refused(client: Client, patient: Patient, credential: str):
    client.get("/account/passkey/", headers={"Accept": "application/json"})
    before = all_rows()

    response = client.post("/account/passkey/", {"credential": credential}, follow=True)

    assert (response.status_code, title_of(response)) == (200, "Log in")
    assert not get_user(client).is_authenticated
    assert all_rows() == before


# --- new password --------------------------------------------------------------------------------------------------
def test_reset_sets_a_new_password_through_the_link_in_the_mail(client: Client, patient: Patient):
    client.post(RESET, {"email": EMAIL})
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    form = client.get(link.group(1), follow=True)

    client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    old, new = Client(), Client()
    log_in(old, EMAIL, PASSWORD)
    log_in(new, EMAIL, NEW_PASSWORD)
    again = Client().get(link.group(1), follow=True)

    assert (title_of(form), faults(form)) == ("Choose a new password", [])
    assert (is_logged_in(old, patient.user), is_logged_in(new, patient.user)) == (False, True)
    assert title_of(again) == "This link no longer works"


@pytest.mark.parametrize("host", ["testserver", "testserver:8081", "TestServer"])
def test_link_for_a_new_password_begins_with_our_address_whatever_the_host_header_says(
    client: Client, patient: Patient, host: str
):
    client.post(RESET, {"email": EMAIL}, headers={"host": host})

    links = [line for line in mail.outbox[0].body.splitlines() if "//" in line]
    assert [link.split("/account/")[0] for link in links] == [settings.SITE_URL] != [f"http://{host}"]


def test_reset_mail_names_nobody(client: Client, patient: Patient):
    client.post(RESET, {"email": EMAIL})

    message = mail.outbox[0]
    assert (message.to, message.subject) == ([EMAIL], "Choose a new password")
    assert "It works for 24 hours" in message.body
    assert "Anna" not in f"{message.subject}\n{message.body}"


def test_reset_answers_the_same_for_an_unknown_address(patient: Patient):
    pages = []
    for email in (EMAIL, "nobody.here@example.org"):
        browser = Client()
        asked = browser.post(RESET, {"email": email})
        pages.append((asked.status_code, asked["Location"], without_tokens(browser.get(asked["Location"]))))

    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [[EMAIL]]


@pytest.mark.parametrize("password", ["tooshort", "wilhelmina kowalski"])
def test_reset_with_a_weak_password_is_refused(client: Client, password: str):
    patient = make_patient(name="Wilhelmina Kowalski", email=EMAIL, password=PASSWORD)
    client.post(RESET, {"email": EMAIL})
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    form = client.get(link.group(1), follow=True)

    client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})

    patient.user.refresh_from_db()
    assert patient.user.check_password(PASSWORD)


def test_change_of_the_password(client: Client, patient: Patient):
    log_in(client, EMAIL)
    page = client.get(CHANGE)

    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    patient.user.refresh_from_db()
    assert (title_of(page), faults(page)) == ("Change your password", [])
    assert patient.user.check_password(NEW_PASSWORD)
    assert is_logged_in(client, patient.user)


def test_change_of_the_password_logs_other_browsers_out(client: Client, patient: Patient):
    other = Client()
    log_in(other, EMAIL)
    log_in(client, EMAIL)

    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert other.get("/").status_code == 302


@pytest.mark.parametrize(
    "data",
    [
        {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": "different"},
        {"oldpassword": PASSWORD, "password1": "password1234", "password2": "password1234"},
    ],
)
def test_change_of_the_password_that_is_refused_changes_nothing(client: Client, patient: Patient, data: dict[str, str]):
    log_in(client, EMAIL)
    before = all_rows()

    client.post(CHANGE, data)

    assert all_rows() == before


# --- sign-up and log-out -------------------------------------------------------------------------------------------
def test_signup_is_closed(client: Client):
    data = {"email": "new@example.org", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    before = all_rows()

    shown, posted = client.get("/account/signup/"), client.post("/account/signup/", data)

    assert title_of(shown) == title_of(posted) == "Your clinic makes your account"
    assert faults(shown) == []
    assert all_rows() == before


def test_signup_is_offered_nowhere(client: Client):
    links = [str(link["href"]) for url in (LOGIN, CODE, RESET) for link in soup(client.get(url)).select("a[href]")]

    assert [link for link in links if "signup" in link] == []


def test_logout_ends_the_browser_session(client: Client, patient: Patient):
    log_in(client, EMAIL)
    copy = Client()
    copy.cookies.update(client.cookies)

    response = client.post("/account/logout/")

    assert (response.status_code, response["Location"]) == (302, LOGIN)
    assert copy.get("/").status_code == 302


def test_logout_by_get_asks_first(client: Client, patient: Patient):
    log_in(client, EMAIL)

    response = client.get("/account/logout/")

    assert (title_of(response), faults(response)) == ("Log out?", [])
    assert is_logged_in(client, patient.user)


@pytest.mark.parametrize("url", [LOGIN, CODE, RESET, "/account/password/reset/done/", "/account/inactive/"])
def test_pages_before_log_in_are_sound(client: Client, url: str):
    response = client.get(url)

    assert (response.status_code, faults(response)) == (200, [])
    assert text_at(response, "nav") == ""


def test_htmx_after_the_session_expired_leads_back_to_the_page(client: Client):
    headers = {**HTMX, "HX-Current-URL": "http://testserver/sessions/1/?x=1"}

    response = client.get("/progress/", headers=headers)

    assert response["HX-Redirect"] == "/account/login/?next=/sessions/1/%3Fx%3D1"


# --- the desk has no door of its own ---------------------------------------------------------------------------------
def test_admin_log_in_is_the_one_with_limits(client: Client):
    make_physiotherapist(email="petra@example.org", password=PASSWORD)

    shown = client.get("/admin/login/?next=/admin/")
    posted = client.post("/admin/login/", {"username": "petra@example.org", "password": PASSWORD})

    assert (shown.status_code, shown["Location"]) == (302, "/account/login/?next=%2Fadmin%2F")
    assert posted.status_code == 302
    assert not get_user(client).is_authenticated


def test_admin_log_in_refuses_a_patient(client: Client, patient: Patient):
    log_in(client, EMAIL)

    response = client.get("/admin/login/")

    assert (response.status_code, title_of(response)) == (403, "This page is not for this account")


def test_admin_log_in_takes_no_password_of_staff_who_are_in():
    own = client_of(make_physiotherapist(email="petra@example.org"))
    other = make_physiotherapist(email="otto@example.org")
    other.set_password(PASSWORD)
    other.save()

    response = own.post("/admin/login/", {"username": "otto@example.org", "password": PASSWORD})

    assert (response.status_code, get_user(own).email) == (405, "petra@example.org")
