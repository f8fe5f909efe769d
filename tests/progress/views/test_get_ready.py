"""Getting ready: a set begins by itself once its exercise is known, and after a rest between two sets."""

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from tests.factories import do_reps, make_finished_session, make_patient, make_prescription, make_ready_session, sets_of
from tests.fixtures import client_of
from tests.pages import soup
from tests.progress.views.conftest import NOW, YESTERDAY

pytestmark = pytest.mark.django_db


def begin_of(client: Client, session):
    """Return the foot of the step that gets ready."""
    return soup(client.get(f"/sessions/{session.pk}/")).find("get-ready")


def test_first_time_waits_for_the_patient(patient_client: Client, patient: Patient):
    begin = begin_of(patient_client, make_ready_session(patient=patient, now=NOW))

    assert not begin.has_attr("data-auto")
    assert begin.find("button", class_="btn-primary").text.strip() == "I am ready"


def test_exercise_that_is_known_begins_by_itself(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=YESTERDAY)
    make_finished_session(patient=patient, now=YESTERDAY)

    begin = begin_of(patient_client, make_ready_session(patient=patient, now=NOW))

    assert begin.has_attr("data-auto")
    assert not begin.has_attr("data-rest")


def test_what_somebody_else_knows_does_not_count(patient_client: Client, patient: Patient, other_patient: Patient):
    make_finished_session(patient=other_patient, now=YESTERDAY)

    assert not begin_of(patient_client, make_ready_session(patient=patient, now=NOW)).has_attr("data-auto")


def test_second_side_comes_after_a_rest(db):
    patient = make_patient(side="both")
    make_prescription(patient=patient, stage_number=2, now=NOW)
    session = make_ready_session(patient=patient, now=NOW)
    first, _second = sets_of(session)
    do_reps(exercise_set=first, now=NOW, numbers=range(1, first.reps_target + 1))

    begin = begin_of(client_of(patient.user), session)

    assert begin["data-rest"] == "30"
    assert begin.has_attr("data-auto")
    assert "Rest. It goes on by itself in" in begin.text
