"""Reminders under Me, and the calendar's own address."""

import re
from datetime import time
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from icalendar import Calendar

from kneecoach.accounts.models import ClinicSettings, Patient, User
from kneecoach.reminders.models import CalendarFeed
from kneecoach.reminders.services import make_calendar
from progress import services
from tests.factories import a_moment, make_prescription
from tests.pages import faults, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/me/reminders/"
NOW = a_moment("2026-11-25 07:00")


@pytest.fixture(autouse=True)
def at_seven(time_machine: Any) -> None:
    """Let it be seven in the morning."""
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def patient(patient: Patient) -> Patient:
    """Return somebody with two times and something to do."""
    make_prescription(patient=patient, now=a_moment("2026-11-01 10:00"))
    Patient.objects.filter(pk=patient.pk).update(morning_time=time(8), evening_time=time(18))
    patient.refresh_from_db()
    return patient


def ticked(client: Client) -> dict[str, bool]:
    """Return what the form shows as chosen."""
    return {str(box["name"]): box.has_attr("checked") for box in soup(client.get(URL)).select("input[type=checkbox]")}


def chosen(patient: Patient) -> tuple[Any, bool]:
    """Return what is stored."""
    return Patient.objects.values_list("mail_reminders_at", "repeats_reminders").get(pk=patient.pk)


def test_nobody_gets_mail_who_has_not_asked(patient_client: Client, patient: Patient):
    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Reminders", [])
    assert texts_at(response, ".facts dd") == ["08:00", "18:00"]
    assert ticked(patient_client)["by_mail"] is False
    assert chosen(patient) == (None, True)


def test_asking_is_kept_with_its_time_and_taken_back_at_once(
    patient_client: Client, patient: Patient, other_patient: Patient, time_machine: Any
):
    patient_client.post(URL, {"by_mail": "on"})
    asked = chosen(patient)
    time_machine.move_to(a_moment("2026-11-26 07:00"), tick=False)
    patient_client.post(URL, {"by_mail": "on", "repeats": "on"})
    again = chosen(patient)
    shown = ticked(patient_client)
    patient_client.post(URL, {"repeats": "on"})

    assert (asked, again, shown) == ((NOW, False), (NOW, True), {"by_mail": True, "repeats": True})
    assert (chosen(patient), chosen(other_patient)) == ((None, True), (None, True))
    # The history proves who asked, and until when.
    events = apps.get_model("accounts", "PatientEvent").objects.filter(pgh_obj=patient.pk).order_by("pgh_id")
    assert [row.mail_reminders_at for row in events][-4:] == [NOW, NOW, NOW, None]


def test_without_an_address_nothing_can_be_mailed(patient_client: Client, patient: Patient, settings: Any):
    User.objects.filter(pk=patient.user_id).update(email=None)

    page = patient_client.get(URL)
    patient_client.post(URL, {"by_mail": "on", "repeats": "on"})

    assert "There is no e-mail address in your account. The calendar below needs none. Add an address" in texts_at(
        page, "section p"
    )
    assert chosen(patient) == (None, True)
    # What is pushed is repeated as well.
    assert ticked(patient_client) == {"repeats": True}
    patient_client.post(URL, {})
    assert chosen(patient) == (None, False)
    settings.PUSH_KEY = b""
    assert ticked(patient_client) == {}


def test_times_in_the_quiet_hours_say_what_happens(patient_client: Client, patient: Patient):
    ClinicSettings.objects.create(quiet_from=time(18), quiet_until=time(9))

    assert texts_at(patient_client.get(URL), ".facts dd") == [
        "08:00. Sent at 09:00: your clinic sends none before",
        "18:00. Nothing is sent then: your clinic sends none from 18:00 to 09:00",
    ]


def test_without_times_the_way_leads_to_them_first(patient_client: Client, patient: Patient):
    Patient.objects.update(morning_time=None, evening_time=None)

    response = patient_client.get(URL)

    assert texts_at(response, ".facts dd") == ["no time named"] * 2
    assert [link["href"] for link in soup(response).select("section .actions a")] == ["/me/"]


def test_rest_is_told(patient_client: Client, patient: Patient):
    services.report_warning_sign(patient=patient, now=NOW)

    assert texts_at(patient_client.get(URL), "main .message p") == [
        "Reminders rest: nothing is sent until you are to go on. Today says why."
    ]


def test_me_leads_to_it(patient_client: Client, patient: Patient):
    assert soup(patient_client.get("/me/")).select_one(f'a[href="{URL}"]')


# --- the calendar ---------------------------------------------------------------------------------------------------
def make_address(client: Client) -> str:
    """Make a calendar and return the path of its address."""
    (address,) = texts_at(client.post("/me/reminders/calendar/"), "code")
    assert address.startswith("http://localhost/calendar/")
    return address.removeprefix("http://localhost")


def test_calendar_needs_no_log_in_and_is_kept_nowhere(client: Client, patient_client: Client, patient: Patient):
    path = make_address(patient_client)

    response = client.get(path)

    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert len(Calendar.from_ical(response.content).events) == 56
    assert response.cookies.output() == ""


def test_address_is_shown_once_and_only_a_hash_is_kept(patient_client: Client, patient: Patient):
    page = patient_client.post("/me/reminders/calendar/")
    token = texts_at(page, "code")[0].rpartition("/")[2].removesuffix(".ics")
    again = patient_client.get(URL)

    assert len(token) == 43
    assert soup(page).select_one('a[href^="webcal://localhost/calendar/"]')
    assert "no-store" in page["Cache-Control"]
    assert token not in again.content.decode()
    assert not [row for rows in all_rows().values() for row in rows if token in row]


def test_new_address_ends_the_old_one_and_off_ends_all(client: Client, patient_client: Client, patient: Patient):
    first = make_address(patient_client)
    second = make_address(patient_client)
    answers = [client.get(path).status_code for path in (first, second)]
    patient_client.post("/me/reminders/calendar/off/")
    patient_client.post("/me/reminders/calendar/off/")

    assert answers == [404, 200]
    assert client.get(second).status_code == 404
    assert not CalendarFeed.objects.exists()


@pytest.mark.parametrize("way", ["missing", "closed", "stopped"])
def test_unknown_and_closed_answer_alike(client: Client, patient: Patient, other_patient: Patient, way: str):
    token = make_calendar(patient, now=NOW)
    if way == "missing":
        token = "x" * 43
    elif way == "stopped":
        Patient.objects.filter(pk=patient.pk).update(stopped_at=NOW, stopped_why="restricted")
    else:
        User.objects.filter(pk=patient.user_id).update(is_active=False)

    answers = [client.get(f"/calendar/{name}.ics") for name in (token, "other")]

    # Each page has a token of its own against forged requests.
    assert len({re.sub(rb'x-csrftoken": "\w+', b"", answer.content) for answer in answers}) == 1
    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.post(f"/calendar/{token}.ics").status_code == 405


def test_own_calendar_only(patient_client: Client, other_client: Client, patient: Patient, other_patient: Patient):
    path = make_address(patient_client)
    other_client.post("/me/reminders/calendar/off/")

    assert Client().get(path).status_code == 200
    assert CalendarFeed.objects.get().patient == patient


def test_guessing_addresses_is_limited(client: Client, patient_client: Client, patient: Patient):
    path = make_address(patient_client)

    statuses = [client.get(f"/calendar/guess-{count}.ics").status_code for count in range(121)]

    assert statuses == [404] * 120 + [429]
    assert client.get(path).status_code == 429
