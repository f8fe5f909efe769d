"""Logging in by a code from a mail."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kneecoach.accounts.models import Patient
from kneecoach.accounts.services import change_address, open_account
from tests.factories import PASSWORD, make_patient
from tests.kneecoach.accounts.logging_in import CODE, CONFIRM, EMAIL, code_in_mail, is_logged_in, without_tokens
from tests.pages import faults, text_at, title_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_from_before() -> None:
    """Forget the attempts that earlier tests made."""
    cache.clear()


@pytest.fixture
def patient() -> Patient:
    """Return a patient with a password."""
    return make_patient(email=EMAIL, password=PASSWORD)


def test_login_by_code_from_the_mail(client: Client, patient: Patient):
    asked = client.post(CODE, {"email": "Anna.Knee@example.org"})
    code_page = client.get(CONFIRM)

    response = client.post(CONFIRM, {"code": code_in_mail()})

    assert (asked.status_code, asked["Location"]) == (302, CONFIRM)
    assert (title_of(code_page), faults(code_page)) == ("Type the code", [])
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_logged_in(client, patient.user)


def test_login_by_code_of_a_patient_who_never_had_a_password(client: Client):
    patient = make_patient(has_account=False)
    user = open_account(patient, email=EMAIL)
    client.post(CODE, {"email": EMAIL})

    client.post(CONFIRM, {"code": code_in_mail()})

    assert is_logged_in(client, user)


def test_login_code_mail_names_nobody(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})

    message = mail.outbox[0]
    assert (len(mail.outbox), message.to, message.alternatives) == (1, [EMAIL], [])
    assert "Anna" not in f"{message.subject}\n{message.body}"


def test_login_code_mail_says_how_long_it_works(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})

    message = mail.outbox[0]
    assert message.subject == "Your code"
    assert "It works for 15 minutes" in message.body
    assert "You did not ask for it? Then ignore this mail" in message.body


@pytest.mark.parametrize(
    ("after", "is_in"), [(timedelta(minutes=14, seconds=59), True), (timedelta(minutes=15, seconds=1), False)]
)
def test_login_code_waits_for_slow_mail(client: Client, patient: Patient, time_machine, after: timedelta, is_in: bool):  # noqa: FBT001 -- a parameter
    asked = datetime(2026, 11, 25, 8, tzinfo=UTC)
    time_machine.move_to(asked, tick=False)
    client.post(CODE, {"email": EMAIL})
    time_machine.move_to(asked + after, tick=False)

    client.post(CONFIRM, {"code": code_in_mail()})

    assert get_user(client).is_authenticated is is_in


def test_login_code_takes_five_tries(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})
    wrong = [client.post(CONFIRM, {"code": "AAAA-AAAA"}) for _count in range(4)]

    client.post(CONFIRM, {"code": code_in_mail()})

    assert "This is not the code. Look at the newest mail" in text_at(wrong[-1], ".code-form")
    assert is_logged_in(client, patient.user)


def test_login_code_is_worth_nothing_after_five_tries(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})
    for _count in range(5):
        client.post(CONFIRM, {"code": "AAAA-AAAA"})

    client.post(CONFIRM, {"code": code_in_mail()})

    assert not get_user(client).is_authenticated


def test_login_by_a_wrong_code_is_refused(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})

    response = client.post(CONFIRM, {"code": "AAAA-AAAA"})

    assert (response.status_code, title_of(response)) == (200, "Type the code")
    assert not get_user(client).is_authenticated


def test_login_code_works_once(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})
    code = code_in_mail()
    client.post(CONFIRM, {"code": code})
    client.post("/account/logout/")

    client.post(CONFIRM, {"code": code})

    assert not get_user(client).is_authenticated


def test_login_code_works_in_the_browser_that_asked_only(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})
    elsewhere = Client()

    elsewhere.post(CONFIRM, {"code": code_in_mail()})

    assert not get_user(elsewhere).is_authenticated


def test_login_code_request_answers_the_same_for_an_unknown_address(patient: Patient):
    pages = []
    for email in (EMAIL, "nobody.here@example.org"):
        browser = Client()
        asked = browser.post(CODE, {"email": email})
        pages.append((asked.status_code, asked["Location"], without_tokens(browser.get(CONFIRM))))

    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [[EMAIL]]


def test_login_code_to_an_address_that_is_the_accounts_no_longer_opens_nothing(client: Client, patient: Patient):
    client.post(CODE, {"email": EMAIL})
    change_address(patient.user, email="anna.new@example.org", now=datetime(2026, 11, 25, 8, tzinfo=UTC))

    response = client.post(CONFIRM, {"code": code_in_mail()}, follow=True)

    assert not get_user(client).is_authenticated
    assert text_at(response, ".messages") == "That code no longer counts. Have a new one sent."
    # What was begun is forgotten: the code is worth nothing the second time either.
    assert client.post(CONFIRM, {"code": code_in_mail()})["Location"] == "/account/login/code/"
