"""What a phone takes along: the screens of the session that could be started, or the rest of the one that runs."""

import json
from typing import Any

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from progress import services
from tests.factories import do_reps, later, make_finished_session, make_prescription
from tests.pages import soup
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def screens(response: Any) -> list[str]:
    """Return the kinds of the screens, in order."""
    return [str(tag["data-step"]) for tag in soup(response).select("template")]


def told(response: Any, name: str) -> Any:
    """Return what the answer says in an attribute."""
    return json.loads(str(soup(response).select_one("[data-plan]")[f"data-{name}"]))


@pytest.mark.switched_on("PAIN_ADVICE")
def test_plan_holds_every_screen_of_the_session_that_is_due(patient_client: Client, patient, prescription):
    before = all_rows()

    response = patient_client.get("/sessions/plan/")

    assert screens(response) == [
        *("safety", "red_flag", "pain_before", "over_limit", "get_ready", "reps", "pain_worst", "felt_muscle"),
        *("done", "done", "stop"),
    ]
    (row,) = told(response, "opening")["sets"]
    assert (row["prescription"], row["side"]) == (prescription.pk, "right")
    assert told(response, "facts")["sets"][0]["id"] == row["id"]
    assert response.text.count(row["id"]) > 3
    assert all_rows() == before


def test_plan_carries_no_token(patient_client: Client, prescription):
    assert "csrfmiddlewaretoken" not in patient_client.get("/sessions/plan/").text


def test_plan_has_ids_of_its_own_each_time(patient_client: Client, prescription):
    ids = {told(patient_client.get("/sessions/plan/"), "opening")["session_id"] for _time in range(2)}
    assert len(ids) == 2


def test_plan_is_empty_where_nothing_is_prescribed(patient_client: Client, patient):
    assert patient_client.get("/sessions/plan/").status_code == 204


def test_plan_is_empty_before_the_muscle_is_found(patient_client: Client, patient, prescription):
    Patient.objects.filter(pk=patient.pk).update(vmo_found_at=None)
    assert patient_client.get("/sessions/plan/").status_code == 204


def test_plan_after_the_morning_is_for_the_evening(patient_client: Client, patient, prescription):
    once = make_prescription(patient=patient, stage_number=2, now=YESTERDAY, sessions_per_day=1)
    make_finished_session(patient=patient, now=later(NOW, hours=-1))

    rows = told(patient_client.get("/sessions/plan/"), "opening")["sets"]

    # What is asked for once a day was done in the morning.
    assert once.pk not in {row["prescription"] for row in rows}
    assert {row["prescription"] for row in rows} == {prescription.pk}


def test_plan_shows_nothing_of_somebody_else(patient_client: Client, patient, prescription, other_session):
    text = patient_client.get("/sessions/plan/").text
    assert not [word for word in ("Otto", str(other_session.pk), str(other_session.patient_id)) if word in text]


def test_rest_of_a_session_leaves_out_what_is_done(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])

    response = patient_client.get(f"/sessions/{begun_set.exercise_session_id}/plan/")

    assert screens(response) == ["red_flag", "reps", "pain_worst", "felt_muscle", "done", "done", "stop"]
    facts = told(response, "facts")
    assert (facts["isSafe"], facts["ratedBefore"], facts["sets"][0]["numbers"]) == (True, ["right"], [1, 2])


def test_rest_of_a_session_that_is_over_is_empty(patient_client: Client, exercise_session):
    services.answer_safety(session=exercise_session, is_safe=False, now=NOW)
    assert patient_client.get(f"/sessions/{exercise_session.pk}/plan/").status_code == 204


def test_rest_of_a_session_left_open_is_empty(patient_client: Client, exercise_session, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    assert patient_client.get(f"/sessions/{exercise_session.pk}/plan/").status_code == 204


def test_rest_of_a_foreign_session_is_not_found(patient_client: Client, other_session):
    assert patient_client.get(f"/sessions/{other_session.pk}/plan/").status_code == 404


@pytest.mark.switched_on("PAIN_ADVICE")
@pytest.mark.parametrize("history", [0, 3])
def test_queries_do_not_grow_with_what_was_done(
    patient_client: Client, patient, prescription, history: int, django_assert_num_queries
):
    for _time in range(history):
        make_finished_session(patient=patient, now=YESTERDAY)
    with django_assert_num_queries(20):
        patient_client.get("/sessions/plan/")
