"""Changing one's address: the new one is proven before it counts, and no other address opens the account."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.services import open_account
from tests.factories import PASSWORD, a_moment, make_invitation, make_patient
from tests.fixtures import client_of, prove
from tests.pages import faults, soup, text_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

ADDRESS, CODE, DEVICES = "/account/address/", "/account/address/code/", "/account/devices/"
LOG_IN, RESET = "/account/login/code/", "/account/password/reset/"
OLD, NEW = "anna@example.org", "anna.new@example.org"
NOW = a_moment("2026-11-25 08:00")
TOO_LONG = f"{'a' * 64}@{'.'.join(['b' * 60] * 4)}.org"


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock, and forget the tries of earlier tests."""
    cache.clear()
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def patient() -> Patient:
    """Return a patient with an address and a password."""
    return make_patient(email=OLD, name="Anna Knee", password=PASSWORD)


@pytest.fixture
def anna(patient: Patient) -> Client:
    """Return the patient's browser, just after they proved who they are."""
    assert patient.user
    browser = client_of(patient.user)
    prove(browser, patient.user)
    return browser


@pytest.fixture
def code(mailoutbox: list[Any]) -> Callable[[], str]:
    """Return how to read the code in the newest mail."""

    def read() -> str:
        found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", str(mailoutbox[-1].body), re.MULTILINE)
        assert found
        return found.group()

    return read


def said(response: Any) -> str:
    """Return the messages on a page."""
    return text_at(response, ".messages")


def address_of(patient: Patient) -> str | None:
    """Return the address that stands in the account now."""
    assert patient.user
    patient.user.refresh_from_db()
    return patient.user.email


# --- the way -----------------------------------------------------------------------------------------------------------
def test_devices_page_leads_there(anna: Client):
    page = anna.get(DEVICES)

    assert f"Change the e-mail address {OLD}" in text_at(page, f'a[href="{ADDRESS}"]')


def test_changing_it_takes_the_new_address_and_its_code(anna: Client, patient: Patient, code, mailoutbox: list[Any]):
    page = anna.get(ADDRESS)
    asked = anna.post(ADDRESS, {"email": " Anna.New@Example.org"})
    code_page = anna.get(CODE)
    before = address_of(patient)

    done = anna.post(CODE, {"code": code().lower().replace("-", " ")}, follow=True)

    assert (page.status_code, title_of(page), faults(page)) == (200, "E-mail address", [])
    assert OLD in text_at(page, "main")
    assert soup(page).select_one("input[name=email]")["autocomplete"] == "email"
    assert (asked["Location"], mailoutbox[0].to) == (CODE, [NEW])
    assert "Whoever types it makes this e-mail address the one of their account." in mailoutbox[0].body
    assert (title_of(code_page), faults(code_page)) == ("Type the code", [])
    assert NEW in text_at(code_page, "main")
    assert (before, address_of(patient)) == (OLD, NEW)
    assert (done.request["PATH_INFO"], said(done)) == (
        DEVICES,
        f"Your address is {NEW} now. Mails go there from now on.",
    )


def test_somebody_without_an_address_adds_one(code):
    patient = make_patient(has_account=False)
    user = open_account(patient, email=None)
    browser = client_of(user)
    prove(browser, user)

    devices, page = browser.get(DEVICES), browser.get(ADDRESS)
    browser.post(ADDRESS, {"email": NEW})
    browser.post(CODE, {"code": code()})

    assert "Add an e-mail address" in text_at(devices, f'a[href="{ADDRESS}"]')
    assert "No address is known yet." in text_at(page, "main")
    assert address_of(patient) == NEW


def test_staff_change_theirs_in_the_same_way(physiotherapist: Any, code):
    browser = client_of(physiotherapist)
    prove(browser, physiotherapist, "mfa")

    browser.post(ADDRESS, {"email": NEW})
    browser.post(CODE, {"code": code()})

    physiotherapist.refresh_from_db()
    assert physiotherapist.email == NEW


def test_it_is_asked_once_more_who_is_there(patient: Patient, mailoutbox: list[Any]):
    browser = client_of(patient.user)

    page, sent = browser.get(ADDRESS), browser.post(ADDRESS, {"email": NEW})

    assert page["Location"] == "/account/reauthenticate/?next=%2Faccount%2Faddress%2F"
    assert sent["Location"].startswith("/account/reauthenticate/?")
    assert mailoutbox == []


# --- which address opens the account -------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", [LOG_IN, RESET])
def test_address_that_was_only_typed_opens_nothing(anna: Client, mailoutbox: list[Any], way: str):
    anna.post(ADDRESS, {"email": NEW})
    mailoutbox.clear()

    Client().post(way, {"email": NEW})

    assert mailoutbox == []


@pytest.mark.parametrize("way", [LOG_IN, RESET])
def test_address_from_before_opens_nothing(anna: Client, code, mailoutbox: list[Any], way: str):
    anna.post(ADDRESS, {"email": NEW})
    anna.post(CODE, {"code": code()})
    mailoutbox.clear()

    for email in (OLD, NEW):
        Client().post(way, {"email": email})

    assert [message.to for message in mailoutbox] == [[NEW]]


def test_password_goes_with_the_new_address_alone(anna: Client, code):
    anna.post(ADDRESS, {"email": NEW})
    anna.post(CODE, {"code": code()})

    tries = [Client() for _email in (OLD, NEW)]
    for browser, email in zip(tries, (OLD, NEW), strict=True):
        browser.post("/account/login/", {"login": email, "password": PASSWORD})

    assert [get_user(browser).is_authenticated for browser in tries] == [False, True]


def test_database_refuses_a_further_address(patient: Patient):
    with pytest.raises(IntegrityError, match="an_account_has_one_address"), transaction.atomic():
        EmailAddress.objects.create(user=patient.user, email=NEW)


@pytest.mark.parametrize("path", ["/account/email/", "/account/confirm-email/", "/account/confirm-email/MTA:1x:y/"])
def test_pages_of_allauth_that_would_keep_more_are_closed(anna: Client, path: str):
    assert (anna.get(path).status_code, anna.post(path, {"action_add": "", "email": NEW}).status_code) == (404, 404)


def test_other_log_ins_end(anna: Client, patient: Patient, code):
    elsewhere = client_of(patient.user)
    anna.post(ADDRESS, {"email": NEW})

    anna.post(CODE, {"code": code()})

    assert [get_user(browser).is_authenticated for browser in (anna, elsewhere)] == [True, False]


@pytest.mark.parametrize("way", ["mail", "sheet"])
def test_invitation_that_waits_in_the_mail_of_before_is_revoked(anna: Client, patient: Patient, code, way: str):
    _made, token = make_invitation(patient=patient, now=NOW, way=way, email=OLD)
    anna.post(ADDRESS, {"email": NEW})

    anna.post(CODE, {"code": code()})

    # A printed sheet is in the patient's hand, whatever their address is.
    assert Client().get(f"/invitation/{token}/").status_code == (404 if way == "mail" else 302)


# --- what is refused -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (TOO_LONG, "at most 254 characters"),
        (OLD.upper(), "That is your address already. Type the new one."),
        ("anna", "Enter a valid email address."),
        ("", "This field is required."),
    ],
)
def test_address_that_is_none_or_the_same_is_said_and_nothing_sent(
    anna: Client, mailoutbox: list[Any], typed: str, sentence: str
):
    before = all_rows()

    page = anna.post(ADDRESS, {"email": typed})

    assert (page.status_code, faults(page)) == (422, [])
    assert sentence in text_at(page, ".form[method=post]:not([action])")
    assert (mailoutbox, all_rows()) == ([], before)


def test_address_of_somebody_else_is_told_to_whoever_reads_its_mail_and_to_nobody_else(
    anna: Client, patient: Patient, code
):
    make_patient(email=NEW)
    free, taken = anna.post(ADDRESS, {"email": "free@example.org"}), anna.post(ADDRESS, {"email": NEW})

    done = anna.post(CODE, {"code": code()}, follow=True)

    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert "Another account here has this address." in said(done)
    assert (done.request["PATH_INFO"], address_of(patient)) == (ADDRESS, OLD)


def test_wrong_codes_change_nothing_and_five_end_it(anna: Client, patient: Patient, code):
    anna.post(ADDRESS, {"email": NEW})

    wrong = [anna.post(CODE, {"code": "AAAA-AAAA"}) for _count in range(5)]
    late = anna.post(CODE, {"code": code()}, follow=True)

    assert [page.status_code for page in wrong] == [422] * 5
    assert "This is not the code." in text_at(wrong[0], ".code-form")
    assert (said(late), late.request["PATH_INFO"]) == ("There is no code that counts. Have one sent.", ADDRESS)
    assert address_of(patient) == OLD


@pytest.mark.parametrize(("after", "address"), [(timedelta(minutes=14, seconds=59), NEW), (timedelta(minutes=15), OLD)])
def test_code_counts_for_a_quarter_of_an_hour(
    anna: Client, patient: Patient, clock: Any, code, after: timedelta, address: str
):
    anna.post(ADDRESS, {"email": NEW})
    clock.move_to(NOW + after, tick=False)

    anna.post(CODE, {"code": code()})

    assert address_of(patient) == address


def test_pressed_twice_is_as_once(anna: Client, patient: Patient, code):
    anna.post(ADDRESS, {"email": NEW})
    typed = code()
    anna.post(CODE, {"code": typed})

    again = anna.post(CODE, {"code": typed}, follow=True)

    assert (again.request["PATH_INFO"], address_of(patient)) == (DEVICES, NEW)
    assert said(again) == f"Your address is {NEW} now. Mails go there from now on."


def test_code_works_once(anna: Client, patient: Patient, code):
    anna.post(ADDRESS, {"email": NEW})
    typed = code()
    anna.post(CODE, {"code": typed})
    anna.post(ADDRESS, {"email": "another@example.org"})

    again = anna.post(CODE, {"code": typed})

    assert (again.status_code, address_of(patient)) == (422, NEW)


def test_code_that_went_to_the_present_address_changes_nothing(anna: Client, patient: Patient, code):
    anna.post("/account/reauthenticate/", {"way": "send"})

    answer = anna.post(CODE, {"code": code()})

    assert (answer["Location"], address_of(patient)) == (ADDRESS, OLD)


def test_code_that_went_to_the_new_address_does_not_prove_who_is_there(
    anna: Client, patient: Patient, clock: Any, code
):
    anna.post(ADDRESS, {"email": NEW})
    clock.move_to(NOW + timedelta(minutes=6), tick=False)

    answer = anna.post("/account/reauthenticate/", {"way": "mail", "code": code()})

    assert answer.status_code == 422
    assert anna.get(ADDRESS).status_code == 302


def test_code_dies_where_the_host_changes_the_address_meanwhile(anna: Client, patient: Patient, code):
    anna.post(ADDRESS, {"email": NEW})
    User.objects.filter(pk=patient.user_id).update(email="host@example.org")

    answer = anna.post(CODE, {"code": code()})

    assert (answer["Location"], address_of(patient)) == (ADDRESS, "host@example.org")


def test_proof_that_was_mailed_before_does_not_put_the_address_back(anna: Client, patient: Patient, code):
    anna.post("/account/reauthenticate/", {"way": "send"})
    User.objects.filter(pk=patient.user_id).update(email="host@example.org")

    anna.post(CODE, {"code": code()})

    assert address_of(patient) == "host@example.org"
    assert anna.post("/account/reauthenticate/", {"way": "mail", "code": code()}).status_code == 422


def test_code_of_a_guest_is_not_taken_for_whoever_logs_in_next(patient: Patient, code):
    newcomer = make_patient(name="Nora New", has_account=False)
    browser = Client()
    browser.get(f"/invitation/{make_invitation(patient=newcomer, now=NOW, way='sheet')[1]}/")
    browser.post("/welcome/", {"agrees": "on"})
    browser.post("/welcome/log-in/", {"way": "code", "email": NEW})
    typed = code()
    browser.post("/account/login/", {"login": OLD, "password": PASSWORD})

    answer = browser.post(CODE, {"code": typed})

    assert (get_user(browser), answer["Location"]) == (patient.user, ADDRESS)
    assert address_of(patient) == OLD


def test_asking_for_a_proof_leaves_the_code_for_the_address(anna: Client, patient: Patient, code):
    anna.post(ADDRESS, {"email": NEW})
    typed = code()
    anna.post("/account/reauthenticate/", {"way": "send"})

    anna.post(CODE, {"code": typed})

    assert address_of(patient) == NEW


def test_code_of_another_browser_changes_nothing(anna: Client, patient: Patient, code):
    other = client_of(make_patient(email="otto@example.org").user)
    anna.post(ADDRESS, {"email": NEW})

    answer = other.post(CODE, {"code": code()})

    assert answer["Location"] == ADDRESS
    assert address_of(patient) == OLD


@pytest.mark.parametrize(
    ("addresses", "sent"),
    [([f"anna{count}@example.org" for count in range(7)], 5), ([NEW] * 5, 3)],
    ids=["to many", "to one"],
)
def test_codes_are_limited(anna: Client, mailoutbox: list[Any], addresses: list[str], sent: int):
    answers = [anna.post(ADDRESS, {"email": email}).status_code for email in addresses]

    assert answers == [302] * sent + [429] * (len(addresses) - sent)
    assert len(mailoutbox) == sent
