"""Practice: the clock of a stage, with nothing recorded."""

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.factories import make_patient, make_prescription
from tests.fixtures import client_of
from tests.pages import faults, soup
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(stage_key: str) -> str:
    """Return the address of a stage's practice."""
    return f"/learn/{stage_key}/practise/"


@pytest.mark.parametrize(("stage_key", "parts"), [("vmo-1", 2), ("vmo-2", 4), ("vmo-3", 4)])
def test_practice_of_every_stage_leads_three_repetitions(patient_client: Client, stage_key: str, parts: int):
    response = patient_client.get(url_of(stage_key))

    coach = soup(response).find("rep-coach")
    assert response.status_code == 200
    assert faults(response) == []
    assert (coach["data-target"], coach.has_attr("data-practise"), coach.has_attr("data-rep-url")) == ("3", True, False)
    assert len(coach.select("[data-phases] > li")) == parts
    assert "Practice: nothing is recorded" in soup(response).text


def test_practice_comes_before_the_muscle_was_found(db):
    patient = make_patient(has_found_vmo=False)

    assert client_of(patient.user).get(url_of("vmo-1")).status_code == 200


def test_practice_holds_as_long_as_prescribed(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=NOW, hold_target_seconds=5)

    holds = soup(patient_client.get(url_of("vmo-1"))).select("[data-counts='1']")

    assert [hold["data-seconds"] for hold in holds] == ["5"]


def test_practice_does_not_hold_as_long_as_somebody_else(patient_client: Client, other_patient: Patient):
    make_prescription(patient=other_patient, now=NOW, hold_target_seconds=5)

    holds = soup(patient_client.get(url_of("vmo-1"))).select("[data-counts='1']")

    assert [hold["data-seconds"] for hold in holds] == ["3"]


def test_practice_writes_nothing(patient_client: Client):
    before = all_rows()
    patient_client.get(url_of("vmo-1"))
    assert all_rows() == before


def test_stage_leads_to_its_practice(patient_client: Client):
    assert soup(patient_client.get("/learn/vmo-2/")).select_one(f"a[href='{url_of('vmo-2')}']")


def test_stage_that_is_not_there_has_no_practice(patient_client: Client):
    assert patient_client.get(url_of("vmo-9")).status_code == 404


def test_practice_asks_the_database_little(patient_client: Client, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        patient_client.get(url_of("vmo-1"))
