"""A patient who travels is asked once whose clock their days follow."""

import uuid

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from tests.pages import HTMX, faults, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/zone/"
CARD = "section[aria-labelledby=zone-title]"


@pytest.fixture
def traveller(patient: Patient) -> Patient:
    """Return a patient whose last session was in New York."""
    Patient.objects.filter(pk=patient.pk).update(travel_zone="America/New_York")
    patient.refresh_from_db()
    return patient


def zones_of(patient: Patient) -> tuple[str, str, str]:
    """Return what stands in the table."""
    return Patient.objects.values_list("time_zone", "travel_zone", "declined_zone").get(pk=patient.pk)


def test_session_follows_the_zone_that_the_page_tells(patient_client: Client, patient: Patient, prescription):
    data = {"session_id": str(uuid.uuid4()), "zone": "America/New_York"}

    patient_client.post("/sessions/start/", data)

    assert ExerciseSession.objects.get().time_zone == "America/New_York"
    page = patient_client.get("/")
    assert text_at(page, f"{CARD} h2") == "Your phone shows the time of New York"
    assert faults(page) == []


def test_at_home_nobody_is_asked(patient_client: Client, prescription):
    assert texts_at(patient_client.get("/"), CARD) == []


@pytest.mark.parametrize(
    ("answer", "zones"),
    [
        ("keep", ("Europe/London", "America/New_York", "America/New_York")),
        ("switch", ("America/New_York", "", "")),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_answer_is_kept_and_not_asked_again(patient_client: Client, traveller, answer, zones, headers):
    response = patient_client.post(URL, {"answer": answer}, headers=headers, follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert (zones_of(traveller), texts_at(response, CARD)) == (zones, [])
    before = all_rows()
    patient_client.post(URL, {"answer": answer})
    assert all_rows() == before


@pytest.mark.parametrize("data", [{}, {"answer": ""}, {"answer": "Mars"}])
def test_other_answers_are_422_and_change_nothing(patient_client: Client, traveller, data):
    before = all_rows()

    response = patient_client.post(URL, data)

    assert response.status_code == 422
    assert "Please choose one of the two answers." in text_at(response, "main")
    assert texts_at(response, CARD) != []
    assert all_rows() == before


def test_switch_at_home_changes_nothing(patient_client: Client, patient: Patient):
    before = all_rows()

    patient_client.post(URL, {"answer": "switch"})

    assert all_rows() == before


def test_nobody_answers_for_somebody_else(other_client: Client, traveller: Patient):
    other_client.post(URL, {"answer": "switch"})

    assert zones_of(traveller) == ("Europe/London", "America/New_York", "")
