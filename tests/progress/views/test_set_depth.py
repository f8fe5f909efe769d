"""How deep was the squat? Also before the set, to go less deep than prescribed."""

import uuid

import pytest
from django.test import Client

from exercises.rules import SquatDepth
from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet
from tests.factories import (
    do_reps,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    rate_each_side,
    sets_of,
)
from tests.pages import HTMX, faults, form_errors, is_page, soup, step_of, text_at, texts_at
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
RUNGS = [
    "knees just bent",
    "one hand’s width down the wall",
    "two hands’ width down the wall",
    "halfway to a chair",
    "as low as a chair",
]


@pytest.fixture
def squats(patient: Patient) -> ExerciseSet:
    """Return a set of squats, two hands deep and pain up to four, that has not begun."""
    make_prescription(patient=patient, stage_number=3, depth=SquatDepth(2, 4), now=YESTERDAY)
    return sets_of(make_ready_session(patient=patient, now=NOW))[0]


@pytest.fixture
def done_squats(squats: ExerciseSet) -> ExerciseSet:
    """Return a set of squats whose depth is the last thing asked for."""
    do_reps(exercise_set=squats, now=NOW)
    return squats


def url_of(row: ExerciseSet) -> str:
    """Return the address that takes the depth."""
    return f"/sets/{row.pk}/depth/"


def answer_the_rest(client: Client, row: ExerciseSet, worst: int = 2) -> None:
    """Answer the questions that come before the depth."""
    rate_each_side(session=row.exercise_session, moment="worst", value=worst, now=NOW)
    client.post(f"/sets/{row.pk}/felt/", {"felt": "yes"})


def test_set_copies_the_depth_of_its_prescription(squats: ExerciseSet):
    assert (squats.depth_target, squats.depth_pain_limit, squats.depth) == (2, 4, None)


def test_depth_is_asked_for_after_the_muscle_and_nothing_is_chosen_beforehand(patient_client: Client, done_squats):
    answer_the_rest(patient_client, done_squats)

    response = patient_client.get(f"/sessions/{done_squats.exercise_session_id}/")

    assert (step_of(response), faults(response)) == ("depth", [])
    assert texts_at(response, "button[name=depth]") == [rung.capitalize() for rung in RUNGS]
    assert soup(response).select("[aria-pressed=true], [checked]") == []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_depth_ends_the_session(patient_client: Client, done_squats, headers: dict[str, str]):
    answer_the_rest(patient_client, done_squats)

    response = patient_client.post(url_of(done_squats), {"depth": "1"}, headers=headers, follow=True)

    done_squats.refresh_from_db()
    assert (step_of(response), is_page(response)) == ("done", not headers)
    assert (done_squats.depth, done_squats.exercise_session.ended_at) == (1, NOW)
    assert "one hand’s width down the wall" in text_at(response, ".rows")


def test_less_deep_before_the_set_is_said_and_not_asked_again(patient_client: Client, squats: ExerciseSet):
    page = patient_client.get(f"/sessions/{squats.exercise_session_id}/")
    assert texts_at(page, ".depth button[name=depth]") == [rung.capitalize() for rung in RUNGS[:3]]
    assert "two hands’ width down the wall" in text_at(page, ".depth p")

    response = patient_client.post(url_of(squats), {"depth": "0"}, headers=HTMX)

    assert step_of(response) == "get_ready"
    assert text_at(response, ".depth p") == "Depth: knees just bent (prescribed: two hands’ width down the wall)"
    do_reps(exercise_set=squats, now=NOW)
    answer_the_rest(patient_client, squats)
    assert step_of(patient_client.get(f"/sessions/{squats.exercise_session_id}/")) == "done"


@pytest.mark.parametrize(("worst", "is_too_deep"), [(4, False), (5, True)])
def test_pain_above_the_limit_is_said_at_the_end(patient_client: Client, done_squats, worst: int, *, is_too_deep: bool):
    answer_the_rest(patient_client, done_squats, worst)

    response = patient_client.post(url_of(done_squats), {"depth": "2"}, headers=HTMX)

    assert ("hurt more than 4 at this depth" in text_at(response, "#step")) is is_too_deep


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("data", [{}, {"depth": ""}, {"depth": "5"}, {"depth": "deep"}, {"depth": "-1"}])
def test_depth_without_a_proper_answer_asks_again(patient_client: Client, done_squats, data, headers):
    answer_the_rest(patient_client, done_squats)
    before = all_rows()

    response = patient_client.post(url_of(done_squats), data, headers=headers)

    assert (response.status_code, step_of(response)) == (422, "depth")
    assert form_errors(response) == ["Please choose one of the depths."]
    assert all_rows() == before


def test_depth_sent_twice_is_the_same_as_once(patient_client: Client, done_squats):
    answer_the_rest(patient_client, done_squats)
    patient_client.post(url_of(done_squats), {"depth": "2"})
    before = all_rows()

    again = patient_client.post(url_of(done_squats), {"depth": "2"}, headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "done")
    assert all_rows() == before


def test_depth_after_the_end_is_refused(patient_client: Client, done_squats):
    answer_the_rest(patient_client, done_squats)
    patient_client.post(url_of(done_squats), {"depth": "2"})
    before = all_rows()

    late = patient_client.post(url_of(done_squats), {"depth": "1"}, headers=HTMX)

    assert (late.status_code, all_rows() == before) == (409, True)


def test_depth_in_a_session_left_open_writes_nothing(patient_client: Client, done_squats, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(done_squats), {"depth": "1"})

    assert (response.status_code, all_rows() == before) == (409, True)


def test_depth_of_what_is_no_squat_is_not_found(patient_client: Client, ready_set):
    before = all_rows()
    assert patient_client.post(url_of(ready_set), {"depth": "1"}).status_code == 404
    assert all_rows() == before


def test_depth_of_somebody_elses_set_is_not_found(patient_client: Client, other_patient: Patient):
    make_prescription(patient=other_patient, stage_number=3, now=YESTERDAY)
    other = sets_of(make_finished_session(patient=other_patient, now=NOW))[0]
    before = all_rows()

    foreign = patient_client.post(url_of(other), {"depth": "1"})
    missing = patient_client.post(f"/sets/{uuid.uuid4()}/depth/", {"depth": "1"})

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before
