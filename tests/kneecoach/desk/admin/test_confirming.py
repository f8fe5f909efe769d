"""What a physiotherapist confirms at the desk before the first stage."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from exercises.models import Eligibility, Prescription
from kneecoach.accounts.models import AccessLog, Patient
from tests.factories import a_moment, make_eligible, make_patient
from tests.kneecoach.desk.prescribing_page import add_url, values
from tests.pages import field_errors, soup, text_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-20 08:00")
CONFIRMED = {"diagnosed": "on", "cleared": "on", "stands_safely": "on", "age_checked": "on"}
CONFIRMED_FOR_MINORS = {**CONFIRMED, "no_hip_signs": "on", "guardian_agrees": "on", "guardian_name": "Gerda Guardian"}


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def test_first_stage_needs_everything_confirmed(physio_client: Client, patient: Patient):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(add_url(patient), values())

    assert (response.status_code, sorted(field_errors(response))) == (422, sorted(CONFIRMED))
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("missing", sorted(CONFIRMED_FOR_MINORS))
def test_first_stage_of_a_minor_needs_all_of_it(physio_client: Client, missing: str):
    child = make_patient(name="Kit Knee", birth_date=date(2012, 1, 1))
    typed = {key: value for key, value in CONFIRMED_FOR_MINORS.items() if key != missing}

    response = physio_client.post(add_url(child), values() | typed)

    assert (response.status_code, list(field_errors(response))) == (422, [missing])
    assert not Eligibility.objects.exists()
    assert not Prescription.objects.exists()


def test_confirmation_is_recorded_once_and_not_asked_again(physio_client: Client, physiotherapist, patient: Patient):
    physio_client.post(add_url(patient), values() | CONFIRMED)

    row = Eligibility.objects.get()
    again = physio_client.get(add_url(patient))
    assert (row.patient, row.version, row.is_minor, row.guardian_name) == (patient, 1, False, "")
    assert (row.confirmed_by, row.confirmed_at) == (physiotherapist, NOW)
    assert Prescription.objects.count() == 1
    assert soup(again).select("[name=diagnosed]") == []


def test_confirmation_names_the_guardian_of_a_minor(physio_client: Client):
    child = make_patient(name="Kit Knee", birth_date=date(2012, 1, 1))

    asked = physio_client.get(add_url(child))
    physio_client.post(add_url(child), values() | CONFIRMED_FOR_MINORS)

    assert "have a doctor look at the hip first" in text_at(asked, "#content")
    assert (Eligibility.objects.get().is_minor, Eligibility.objects.get().guardian_name) == (True, "Gerda Guardian")


def test_nothing_is_confirmed_where_the_stage_is_refused(physio_client: Client, patient: Patient):
    physio_client.post(add_url(patient), values(3) | CONFIRMED)

    assert not Eligibility.objects.exists()


def test_minor_whose_stage_runs_is_still_told_to_think_of_the_hip(physio_client: Client):
    child = make_patient(name="Kit Knee", birth_date=date(2012, 1, 1))
    make_eligible(patient=child, now=EARLIER)

    assert "have a doctor look at the hip first" in text_at(physio_client.get(add_url(child)), "#content")
