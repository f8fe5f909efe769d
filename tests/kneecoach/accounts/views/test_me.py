"""Me: what a patient sees and changes about themselves."""

from datetime import time

import pytest
from django.db import IntegrityError
from django.test import Client

from kneecoach.accounts.models import ClinicSettings, Patient
from tests.factories import a_moment, make_finished_session, make_prescription
from tests.pages import HTMX, faults, soup, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/me/"


def chosen_zone(response) -> list[str]:
    """Return which zone the form shows."""
    return [str(option["value"]) for option in soup(response).select("select[name=time_zone] option[selected]")]


def test_me_shows_ones_own_facts(patient_client: Client, other_patient: Patient):
    ClinicSettings.objects.create(name="Knee House", phone="020 7946 0000")

    response = patient_client.get(URL)

    assert (response.status_code, title_of(response), faults(response)) == (200, "Me", [])
    assert texts_at(response, ".facts dd") == [
        "Anna Knee",
        "right",
        "anna.knee@example.org",
        "Knee House, 020 7946 0000",
    ]
    assert chosen_zone(response) == ["Europe/London"]


def test_me_saves_the_zone_and_nothing_else(patient_client: Client, patient: Patient, other_patient: Patient):
    data = {"time_zone": "Asia/Kathmandu", "name": "Eve", "side": "both", "user": "", "lead_physiotherapist": ""}
    expected = {**_values(patient), "time_zone": "Asia/Kathmandu"}
    others = _values(other_patient)

    response = patient_client.post(URL, data, follow=True)

    assert response.redirect_chain == [(URL, 302)]
    assert texts_at(response, ".messages .message") == ["Saved. Your days follow this time zone."]
    assert chosen_zone(response) == ["Asia/Kathmandu"]
    assert (_values(patient), _values(other_patient)) == (expected, others)


def _values(patient: Patient) -> dict[str, object]:
    return dict(Patient.objects.filter(pk=patient.pk).values().get())


def test_me_leaves_recorded_days_as_they_are(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-20 08:00"))
    session = make_finished_session(patient=patient, now=a_moment("2026-11-21 22:00"))

    patient_client.post(URL, {"time_zone": "Asia/Tokyo"})

    session.refresh_from_db()
    assert (str(session.local_date), session.slot, session.time_zone) == ("2026-11-21", "evening", "Europe/London")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "EST5EDT", "Etc/GMT+5", "europe/london", "../etc/passwd", "x" * 500])
def test_me_with_an_unknown_zone_says_so_and_changes_nothing(patient_client: Client, zone: str):
    before = all_rows()

    response = patient_client.post(URL, {"time_zone": zone})

    shown = texts_at(response, "form *")
    assert response.status_code == 422
    assert f"“{zone}” is not a time zone we know. Choose one from the list." in shown
    assert faults(response) == []
    assert all_rows() == before


def test_me_without_a_zone_says_so_and_changes_nothing(patient_client: Client):
    before = all_rows()

    response = patient_client.post(URL, {})

    assert response.status_code == 422
    assert "This field is required." in texts_at(response, "form *")
    assert all_rows() == before


def test_me_sent_twice_is_the_same_as_once(patient_client: Client):
    patient_client.post(URL, {"time_zone": "Asia/Tokyo"})
    before = all_rows()

    again = patient_client.post(URL, {"time_zone": "Asia/Tokyo"})

    assert again.status_code == 302
    assert all_rows() == before


def test_me_leads_anonymous_to_log_in(client: Client, patient: Patient):
    before = all_rows()

    plain, htmx = client.post(URL, {"time_zone": "Asia/Tokyo"}), client.post(URL, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/me/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before


def test_me_leads_physiotherapists_to_the_desk(physio_client: Client):
    response = physio_client.get(URL)

    assert (response.status_code, response["Location"]) == (302, "/admin/")


# --- times of day --------------------------------------------------------------------------------------------------
def test_me_keeps_the_usual_times(patient_client: Client, patient: Patient):
    data = {"time_zone": "Europe/London", "morning_time": "07:30", "evening_time": "20:00"}

    patient_client.post(URL, data)
    shown = soup(patient_client.get(URL))

    patient.refresh_from_db()
    assert (patient.morning_time, patient.evening_time) == (time(7, 30), time(20))
    assert [shown.select_one(f"[name={name}]")["value"] for name in ("morning_time", "evening_time")] == [
        "07:30",
        "20:00",
    ]


@pytest.mark.parametrize(
    ("times", "errors"),
    [
        ({"morning_time": "03:59"}, ["A morning is between 04:00 and 13:59."]),
        ({"morning_time": "14:00"}, ["A morning is between 04:00 and 13:59."]),
        ({"evening_time": "13:59"}, ["An evening is between 14:00 and 23:59."]),
        ({"morning_time": "soon"}, ["Enter a valid time."]),
    ],
)
def test_me_refuses_a_time_at_another_time_of_day(patient_client: Client, times: dict[str, str], errors: list[str]):
    before = all_rows()

    response = patient_client.post(URL, {"time_zone": "Europe/London", **times})

    assert (response.status_code, texts_at(response, ".errorlist li")) == (422, errors)
    assert all_rows() == before


@pytest.mark.parametrize("times", [{"morning_time": "04:00"}, {"morning_time": "13:59"}, {"evening_time": "14:00"}])
def test_me_takes_the_first_and_the_last_minute(patient_client: Client, patient: Patient, times: dict[str, str]):
    response = patient_client.post(URL, {"time_zone": "Europe/London", **times})

    assert response.status_code == 302
    assert Patient.objects.filter(pk=patient.pk, **times).exists()


@pytest.mark.parametrize("times", [{"morning_time": time(14)}, {"morning_time": time(3)}, {"evening_time": time(13)}])
def test_database_holds_mornings_and_evenings_apart(patient: Patient, times: dict[str, time]):
    with pytest.raises(IntegrityError):
        Patient.objects.filter(pk=patient.pk).update(**times)
