"""Switching reminders in a browser on and off, under Me; and what ends them besides."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from kneecoach.accounts.models import Device, Patient
from kneecoach.privacy.services.expiring import delete_expired
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.push import public_key
from tests.factories import a_moment, later, make_invitation, make_patient
from tests.kneecoach.reminders.wishing import let_push
from tests.pages import faults, soup, texts_at
from tests.push_service import Browser

pytestmark = pytest.mark.django_db

URL, ON = "/me/reminders/", "/me/reminders/push/"
NOW = a_moment("2026-11-25 07:00")
PHONE = "https://fcm.googleapis.com/fcm/send/phone"
PASSWORD = "of-nobody-123456"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest.fixture(autouse=True)
def at_seven(time_machine: Any) -> None:
    """Let it be seven in the morning."""
    time_machine.move_to(NOW, tick=False)


def log_in(patient: Patient) -> Client:
    """Log a patient in by the page, as a browser of its own."""
    if not patient.user.has_usable_password():
        patient.user.set_password(PASSWORD)
        patient.user.save()
    client = Client(headers={"user-agent": FIREFOX})
    client.post("/account/login/", {"login": patient.user.email, "password": PASSWORD})
    assert client.get(URL).status_code == 200
    return client


def endpoints(patient: Patient) -> list[str]:
    """Return where a patient is reminded."""
    return [row.endpoint for row in PushDevice.objects.filter(patient=patient)]


def test_browser_is_added_with_what_it_says(patient_client: Client, patient: Patient):
    browser = Browser(PHONE)

    response = patient_client.post(ON, browser.said, headers={"user-agent": FIREFOX}, follow=True)

    row = PushDevice.objects.get()
    assert (row.patient, row.made_at, str(row)) == (patient, NOW, "Firefox on Android")
    assert {"endpoint": row.endpoint, "public_key": row.public_key, "auth_secret": row.auth_secret} == browser.said
    assert texts_at(response, "main .message p") == ["Switched on: Firefox on Android."]
    assert soup(response).select_one("[data-push]")["data-push"] == public_key()
    assert [row["data-push-endpoint"] for row in soup(response).select(".devices li")] == [PHONE]
    assert faults(response) == []


def test_page_says_what_it_cannot_do_until_the_script_knows_better(patient_client: Client):
    shown = {
        str(part["data-push-state"]): not part.has_attr("hidden")
        for part in soup(patient_client.get(URL)).select("[data-push-state]")
    }

    assert shown == {"cannot": True, "blocked": False, "off": False}


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://evil.example/fcm/send/phone"},
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": PHONE + "x" * 2000},
        {"endpoint": ""},
        {"public_key": ""},
        {"public_key": "A" * 87},
        {"public_key": "?"},
        {"auth_secret": "AAAA"},
        {"auth_secret": "A"},
    ],
    ids=str,
)
def test_what_no_browser_says_is_refused_in_words(patient_client: Client, change: dict[str, str]):
    response = patient_client.post(ON, Browser(PHONE).said | change)

    assert response.status_code == 422
    assert len(texts_at(response, ".message-error p")) == 1
    assert not PushDevice.objects.exists()


def test_keys_with_padding_are_kept_without(patient_client: Client):
    browser = Browser(PHONE)
    said = browser.said | {
        "public_key": browser.said["public_key"] + "=",
        "auth_secret": browser.said["auth_secret"] + "==",
    }

    patient_client.post(ON, said)

    assert PushDevice.objects.get().auth_secret == browser.said["auth_secret"]


def test_sixth_browser_is_refused_and_one_of_the_five_can_be_said_anew(patient_client: Client, patient: Patient):
    for number in range(PushDevice.MOST):
        let_push(patient, Browser(f"{PHONE}{number}"))

    sixth = patient_client.post(ON, Browser(PHONE).said)
    again = patient_client.post(ON, Browser(f"{PHONE}3").said)

    assert (sixth.status_code, again.status_code) == (422, 302)
    assert texts_at(sixth, ".message-error p") == [
        "You are reminded on 5 devices already. Switch one of them off first."
    ]
    assert len(endpoints(patient)) == PushDevice.MOST


def test_browser_with_a_new_address_takes_the_place_of_itself(patient: Patient):
    client = log_in(patient)
    for name in ("before", "after"):
        client.post(ON, Browser(f"{PHONE}{name}").said)

    assert endpoints(patient) == [f"{PHONE}after"]


def test_browser_belongs_to_who_switched_it_on_last(
    patient_client: Client, other_client: Client, patient: Patient, other_patient: Patient
):
    patient_client.post(ON, Browser(PHONE).said)
    other_client.post(ON, Browser(PHONE).said)

    assert (endpoints(patient), endpoints(other_patient)) == ([], [PHONE])


def test_off_ends_ones_own_and_no_other(
    patient_client: Client, other_client: Client, patient: Patient, other_patient: Patient
):
    own, other = let_push(patient, Browser(PHONE)), let_push(other_patient, Browser(f"{PHONE}2"))

    foreign = patient_client.post(f"{ON}{other.pk}/off/")
    missing = patient_client.post(f"{ON}{own.pk + other.pk}/off/")
    done = patient_client.post(f"{ON}{own.pk}/off/", follow=True)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert texts_at(done, "main .message p") == ["Switched off: Firefox on Android."]
    assert (endpoints(patient), endpoints(other_patient)) == ([], [f"{PHONE}2"])


def test_without_a_key_nothing_is_offered(patient_client: Client, settings: Any):
    settings.PUSH_KEY = b""

    page = patient_client.get(URL)

    assert not soup(page).select("[data-push], script[src*=push]")
    assert patient_client.post(ON, Browser(PHONE).said).status_code == 404
    assert not PushDevice.objects.exists()


# --- what ends it besides ---------------------------------------------------------------------------------------------
def test_logging_out_ends_it_in_that_browser(patient: Patient):
    phone, laptop = log_in(patient), log_in(patient)
    phone.post(ON, Browser(f"{PHONE}1").said)
    laptop.post(ON, Browser(f"{PHONE}2").said)

    phone.post("/account/logout/")

    assert endpoints(patient) == [f"{PHONE}2"]
    assert Device.objects.count() == 1
    assert laptop.get(URL).status_code == 200


@pytest.mark.parametrize("link", ["invitation", "new password"])
def test_link_for_somebody_else_that_logs_out_ends_it_in_that_browser(
    patient: Patient, other_patient: Patient, link: str, mailoutbox: list[Any]
):
    phone, laptop = log_in(patient), log_in(patient)
    phone.post(ON, Browser(f"{PHONE}1").said)
    laptop.post(ON, Browser(f"{PHONE}2").said)

    if link == "invitation":
        _invitation, token = make_invitation(patient=make_patient(name="Nora New", has_account=False), now=NOW)
        phone.get(f"/invitation/{token}/")
        phone.post("/welcome/log-out/")
    else:
        Client().post("/account/password/reset/", {"email": other_patient.user.email})
        phone.get(mailoutbox[-1].body.partition(settings.SITE_URL)[2].split()[0], follow=True)

    assert phone.get(URL).status_code == 302
    assert (endpoints(patient), Device.objects.count()) == ([f"{PHONE}2"], 1)


def test_invitation_anew_ends_it_on_the_lost_phone(patient: Patient):
    log_in(patient).post(ON, Browser(PHONE).said)
    _invitation, token = make_invitation(patient=patient, now=NOW, email=patient.user.email)
    new = Client()

    new.get(f"/invitation/{token}/")
    new.post("/welcome/", {"agrees": "on"})
    answer = new.post("/welcome/log-in/", {"way": "password", "password": "a-new-phone-654321"})

    assert answer["Location"] == "/welcome/day/"
    assert endpoints(patient) == []


def test_new_password_ends_it_everywhere_else(patient: Patient):
    phone, laptop = log_in(patient), log_in(patient)
    phone.post(ON, Browser(f"{PHONE}1").said)
    laptop.post(ON, Browser(f"{PHONE}2").said)

    new = "quite-another-one-9"
    answer = laptop.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert answer.status_code == 302
    assert endpoints(patient) == [f"{PHONE}2"]


@pytest.mark.parametrize("whose", ["other", "own"])
def test_ending_a_log_in_ends_it_there(patient: Patient, whose: str):
    phone, laptop = log_in(patient), log_in(patient)
    phone.post(ON, Browser(f"{PHONE}1").said)
    laptop.post(ON, Browser(f"{PHONE}2").said)
    device = PushDevice.objects.get(endpoint=f"{PHONE}1").log_in

    (laptop if whose == "other" else phone).post(f"/account/devices/{device.pk}/end/")

    assert endpoints(patient) == [f"{PHONE}2"]
    assert phone.get(URL).status_code == 302


def test_log_in_that_runs_out_leaves_it(patient: Patient, time_machine: Any):
    phone = log_in(patient)
    phone.post(ON, Browser(PHONE).said)
    after = later(NOW, days=31)
    time_machine.move_to(after, tick=False)

    assert phone.get(URL).status_code == 302
    delete_expired(after)

    assert not Device.objects.exists()
    assert endpoints(patient) == [PHONE]
    # Whoever logs in again finds it, and can end it.
    logging.disable(logging.WARNING)
    again = log_in(patient)
    logging.disable(logging.NOTSET)
    again.post(f"{ON}{PushDevice.objects.get().pk}/off/")
    assert endpoints(patient) == []


def test_copy_of_ones_data_names_the_browsers_and_no_address(patient_client: Client, patient: Patient):
    let_push(patient, Browser(PHONE))

    copy = patient_client.get("/me/data/everything.json")
    text = b"".join(copy).decode()

    assert '"system": "Android"' in text
    assert "fcm.googleapis.com" not in text
