"""The ways in: codes by e-mail, a passkey, a password. An address that nobody has proven is proven by a code."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kneecoach.accounts.models import Consent, Invitation, Patient, User
from tests.factories import a_moment, later, make_invitation, make_patient, make_user
from tests.kneecoach.accounts.logging_in import code_in_mail
from tests.pages import faults, soup, text_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
LOG_IN, CODE, PASSKEY, DAY = "/welcome/log-in/", "/welcome/code/", "/welcome/passkey/", "/welcome/day/"
EMAIL, OTHER = "nora.new@example.org", "nora.private@example.org"
PASSWORD = "quite a long password"


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock, and forget the tries of earlier tests."""
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def newcomer() -> Patient:
    return make_patient(name="Nora New", has_account=False, has_found_vmo=False)


@pytest.fixture
def mailed(newcomer: Patient) -> Client:
    """Return the browser of somebody who has agreed, and opened the link in the mail to EMAIL."""
    return agreed(make_invitation(patient=newcomer, now=NOW, email=EMAIL)[1])


@pytest.fixture
def handed(newcomer: Patient) -> Client:
    """Return the browser of somebody who has agreed, and opened the link on a sheet."""
    return agreed(make_invitation(patient=newcomer, now=NOW, way="sheet")[1])


def agreed(token: str) -> Client:
    """Open a link in a new browser, and agree."""
    browser = Client()
    browser.get(f"/invitation/{token}/")
    browser.post("/welcome/", {"agrees": "on"})
    return browser


def is_in(browser: Client, patient: Patient) -> bool:
    """Tell whether a browser belongs to the patient's account now."""
    patient.refresh_from_db()
    return patient.user is not None and get_user(browser) == patient.user


def outcome(response: Any) -> tuple[int, str]:
    """Return the status of a redirect and where it leads."""
    return response.status_code, response["Location"]


# --- the page ------------------------------------------------------------------------------------------------------
def test_page_after_a_mail_asks_for_no_address(mailed: Client):
    page = mailed.get(LOG_IN)

    assert (page.status_code, title_of(page), faults(page)) == (200, "How do you want to log in?", [])
    assert soup(page).select("[name=email]") == []
    assert EMAIL in text_at(page, "main")


def test_page_after_a_sheet_asks_for_the_address(handed: Client):
    page = handed.get(LOG_IN)

    assert (page.status_code, faults(page)) == (200, [])
    assert len(soup(page).select("[name=email]")) == 2


def test_looking_at_the_page_writes_nothing_and_sets_one_account_id_aside(mailed: Client):
    before = all_rows()

    options = [
        json.loads(str(soup(mailed.get(LOG_IN)).select_one("[data-passkey-create]")["data-passkey-create"]))
        for _count in range(2)
    ]

    first, second = (option["publicKey"] for option in options)
    assert first["user"] == second["user"]
    assert first["challenge"] != second["challenge"]
    assert first["user"]["name"] == EMAIL
    assert first["authenticatorSelection"]["userVerification"] == "required"
    assert all_rows() == before


@pytest.mark.parametrize("data", [{}, {"way": "x"}, {"way": "password"}, {"way": "password", "password": "short"}])
def test_without_a_choice_nothing_happens(mailed: Client, data: dict[str, str]):
    before = all_rows()

    response = mailed.post(LOG_IN, data)

    assert (response.status_code, faults(response), all_rows()) == (422, [], before)


# --- codes ---------------------------------------------------------------------------------------------------------
def test_codes_after_a_mail_take_one_press(mailed: Client, newcomer: Patient):
    response = mailed.post(LOG_IN, {"way": "code"})

    assert outcome(response) == (302, DAY)
    assert is_in(mailed, newcomer)
    assert (newcomer.user.email, newcomer.user.has_usable_password(), mail.outbox) == (EMAIL, False, [])
    assert (Consent.objects.get().agreed_at, Invitation.objects.get().accepted_at) == (NOW, NOW)


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: f" {code.replace('-', '')} "])
def test_codes_after_a_sheet_prove_the_address_first(handed: Client, newcomer: Patient, typed: Any):
    asked = handed.post(LOG_IN, {"way": "code", "email": OTHER.upper()})
    page = handed.get(CODE)
    unproven = is_in(handed, newcomer)

    response = handed.post(CODE, {"code": typed(code_in_mail())})

    assert (outcome(asked), title_of(page), faults(page)) == ((302, CODE), "Type the code", [])
    assert (unproven, mail.outbox[0].to) == (False, [OTHER])
    assert outcome(response) == (302, DAY)
    assert is_in(handed, newcomer)
    assert newcomer.user.email == OTHER


def test_wrong_codes_open_nothing_and_five_end_it(handed: Client, newcomer: Patient):
    handed.post(LOG_IN, {"way": "code", "email": OTHER})
    before = all_rows()

    wrong = [handed.post(CODE, {"code": "AAAA-AAAA"}) for _count in range(5)]
    late = handed.post(CODE, {"code": code_in_mail()})

    assert [answer.status_code for answer in wrong] == [422] * 5
    assert faults(wrong[0]) == []
    assert "This is not the code." in text_at(wrong[0], "form")
    assert outcome(late) == (302, LOG_IN)
    assert (is_in(handed, newcomer), all_rows()) == (False, before)


def test_code_counts_for_a_quarter_of_an_hour(handed: Client, newcomer: Patient, clock: Any):
    handed.post(LOG_IN, {"way": "code", "email": OTHER})
    clock.move_to(later(NOW, minutes=15), tick=False)

    response = handed.post(CODE, {"code": code_in_mail()})

    assert (outcome(response), is_in(handed, newcomer)) == ((302, LOG_IN), False)


def test_new_code_replaces_the_old_one(handed: Client, newcomer: Patient):
    handed.post(LOG_IN, {"way": "code", "email": OTHER})
    old = code_in_mail()
    handed.post(LOG_IN, {"way": "code", "email": EMAIL})

    refused = handed.post(CODE, {"code": old})
    handed.post(CODE, {"code": code_in_mail()})

    assert refused.status_code == 422
    assert is_in(handed, newcomer)
    assert newcomer.user.email == EMAIL


def test_code_page_without_a_code_leads_back(handed: Client):
    assert outcome(handed.get(CODE)) == (302, LOG_IN)


def test_codes_to_one_address_are_limited(handed: Client):
    statuses = [handed.post(LOG_IN, {"way": "code", "email": OTHER}).status_code for _count in range(4)]

    assert (statuses, len(mail.outbox)) == ([302, 302, 302, 429], 3)


def test_address_of_somebody_else_is_told_only_to_whoever_proves_it(handed: Client, newcomer: Patient):
    make_user(email=OTHER)

    asked = handed.post(LOG_IN, {"way": "code", "email": OTHER})
    refused = handed.post(CODE, {"code": code_in_mail()}, follow=True)

    assert outcome(asked) == (302, CODE)
    assert "Somebody logs in with this address already." in text_at(refused, "main")
    assert not is_in(handed, newcomer)
    assert Invitation.objects.get().accepted_at is None


# --- password ------------------------------------------------------------------------------------------------------
def test_password_after_a_mail(mailed: Client, newcomer: Patient):
    mailed.post(LOG_IN, {"way": "password", "password": PASSWORD})

    assert is_in(mailed, newcomer)
    assert newcomer.user.check_password(PASSWORD)
    assert newcomer.user.email == EMAIL


def test_password_after_a_sheet_proves_the_address_first(handed: Client, newcomer: Patient):
    handed.post(LOG_IN, {"way": "password", "email": OTHER, "password": PASSWORD})
    in_session = str(dict(handed.session))
    handed.post(CODE, {"code": code_in_mail()})

    assert PASSWORD not in in_session
    assert is_in(handed, newcomer)
    assert newcomer.user.check_password(PASSWORD)


@pytest.mark.parametrize("password", ["nora.new@example.org", "password1234", "tooshort"])
def test_weak_password_is_refused_with_the_address_kept(handed: Client, password: str):
    before = all_rows()

    response = handed.post(LOG_IN, {"way": "password", "email": EMAIL, "password": password})

    kept = soup(response).select_one("#id_password_email")
    assert (response.status_code, faults(response), all_rows()) == (422, [], before)
    assert kept["value"] == EMAIL
    assert soup(response).select("details[open]") != []


@pytest.mark.parametrize("password", ["wilhelmina kowalski", "Kowalski Wilhelmina 1", "wilhelmina12"])
def test_password_like_the_name_is_refused(password: str):
    patient = make_patient(name="Wilhelmina Kowalski", has_account=False)
    browser = agreed(make_invitation(patient=patient, now=NOW, email=EMAIL)[1])

    response = browser.post(LOG_IN, {"way": "password", "password": password})

    assert response.status_code == 422
    assert "The password is too similar to the name." in text_at(response, "main")
    assert not is_in(browser, patient)


# --- passkey -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("credential", ["", "x", "{}", '{"id": "x"}', "[]", "[1]", "null", '"x"'])
def test_passkey_that_does_not_fit_opens_nothing(mailed: Client, newcomer: Patient, credential: str):
    mailed.get(LOG_IN)
    before = all_rows()

    response = mailed.post(PASSKEY, {"credential": credential}, follow=True)

    assert response.status_code == 200
    assert "The passkey did not arrive." in text_at(response, "main")
    assert (is_in(mailed, newcomer), all_rows(), Authenticator.objects.count()) == (False, before, 0)


# --- the browser session ---------------------------------------------------------------------------------------------
def test_accepting_changes_the_key_of_the_browser_session_and_forgets_what_was_said(mailed: Client, newcomer: Patient):
    before = mailed.session.session_key

    mailed.post(LOG_IN, {"way": "code"})

    assert mailed.session.session_key != before
    assert "welcome" not in mailed.session


def test_sent_twice_is_once(newcomer: Patient):
    browser = agreed(make_invitation(patient=newcomer, now=NOW, email=EMAIL)[1])
    second = Client()
    second.cookies.update(browser.cookies)
    browser.post(LOG_IN, {"way": "code"})
    before = all_rows()

    response = second.post(LOG_IN, {"way": "code"})

    assert (response.status_code, title_of(response)) == (404, "This invitation does not work")
    assert (all_rows(), User.objects.filter(email=EMAIL).count()) == (before, 1)


def test_accepting_logs_nobody_else_in(mailed: Client, newcomer: Patient):
    bystander = Client()

    mailed.post(LOG_IN, {"way": "code"})

    assert not get_user(bystander).is_authenticated
