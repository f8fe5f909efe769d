"""Pain of one knee at one moment: eleven numbers, or skipped."""

import uuid

import pytest
from django.test import Client

from progress import services
from progress.models import ExerciseSession, PainRating
from tests.factories import do_reps, later, make_finished_session
from tests.pages import HTMX, faults, form_errors, is_page, soup, step_of, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

STANDARD_LIMIT = 5
WHOLE_NUMBER = "Pain is a whole number from 0 to 10."


@pytest.fixture
def session(exercise_session: ExerciseSession) -> ExerciseSession:
    """Return a session that asks for the pain before."""
    services.answer_safety(session=exercise_session, is_safe=True, now=NOW)
    exercise_session.refresh_from_db()
    return exercise_session


@pytest.fixture
def url(session: ExerciseSession) -> str:
    """Return the address that takes the pain before."""
    return f"/sessions/{session.pk}/pain/before/right/"


def ratings() -> list[tuple[str, str, str, int | None]]:
    """Return every rating in the database."""
    return list(PainRating.objects.order_by("rated_at", "pk").values_list("moment", "side", "status", "value"))


@pytest.mark.switched_on("PAIN_ADVICE")
@pytest.mark.parametrize("value", range(11))
def test_pain_takes_each_number(patient_client: Client, patient, session, url: str, value: int):
    response = patient_client.post(url, {"value": str(value)}, follow=True)

    rating = PainRating.objects.get()
    assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
    assert step_of(response) == ("get_ready" if value <= STANDARD_LIMIT else "over_limit")
    assert ratings() == [("before", "right", "answered", value)]
    assert (rating.patient, rating.exercise_session, rating.local_date) == (patient, session, session.local_date)


def test_pain_with_htmx_answers_with_the_next_step(patient_client: Client, url: str):
    response = patient_client.post(url, {"value": "0"}, headers=HTMX)

    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "get_ready")
    assert ratings() == [("before", "right", "answered", 0)]


def test_pain_skipped_is_a_row_without_a_number(patient_client: Client, url: str):
    response = patient_client.post(url, {"skip": "1"}, headers=HTMX)

    assert (response.status_code, step_of(response)) == (200, "get_ready")
    assert ratings() == [("before", "right", "skipped", None)]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"value": "11"}, WHOLE_NUMBER),
        ({"value": "-1"}, WHOLE_NUMBER),
        ({"value": "3.5"}, WHOLE_NUMBER),
        ({"value": "x"}, WHOLE_NUMBER),
        ({"value": "1e1"}, WHOLE_NUMBER),
        ({"value": "9" * 400}, WHOLE_NUMBER),
        ({"value": "11", "skip": "1"}, WHOLE_NUMBER),
        ({"value": ""}, "Choose a number from 0 to 10, or skip the question."),
        ({}, "Choose a number from 0 to 10, or skip the question."),
    ],
)
def test_pain_that_is_no_number_from_0_to_10_asks_again(
    patient_client: Client, url: str, data: dict[str, str], error: str, headers: dict[str, str]
):
    before = all_rows()

    response = patient_client.post(url, data, headers=headers)

    assert (response.status_code, step_of(response), form_errors(response)) == (422, "pain_before", [error])
    assert str(soup(response).select_one("form.step-body")["action"]) == url
    assert is_page(response) is not bool(headers)
    assert bool(headers) or faults(response) == []
    assert all_rows() == before


def test_pain_that_was_refused_leaves_the_earlier_answer(patient_client: Client, url: str):
    patient_client.post(url, {"value": "4"})
    before = all_rows()

    response = patient_client.post(url, {"value": "11"})

    assert response.status_code == 422
    assert all_rows() == before


@pytest.mark.parametrize("data", [{"value": "0"}, {"value": "7"}, {"skip": "1"}])
def test_pain_sent_twice_is_the_same_as_once(patient_client: Client, url: str, data: dict[str, str]):
    patient_client.post(url, data)
    before = all_rows()

    again = patient_client.post(url, data)

    assert again.status_code == 302
    assert all_rows() == before


def test_pain_may_be_changed_until_the_session_ends(patient_client: Client, url: str):
    patient_client.post(url, {"value": "2"})

    shown = patient_client.get(url)
    patient_client.post(url, {"skip": "1"})

    assert (shown.status_code, step_of(shown)) == (200, "pain_before")
    assert ratings() == [("before", "right", "skipped", None)]


def test_pain_after_the_end_shows_the_summary_and_changes_nothing(patient_client: Client, patient, prescription):
    done = make_finished_session(patient=patient, now=NOW, pain_worst=3)
    before = all_rows()

    response = patient_client.post(f"/sessions/{done.pk}/pain/worst/right/", {"value": "9"}, follow=True)

    assert step_of(response) == "done"
    assert all_rows() == before


def test_pain_worst_asks_about_the_exercises(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW)
    url = f"/sessions/{begun_set.exercise_session_id}/pain/worst/right/"

    shown = patient_client.get(url)
    response = patient_client.post(url, {"value": "10"}, headers=HTMX)

    assert title_of(shown) == "How much did your right knee hurt at its worst, during the exercises?"
    assert step_of(response) == "felt_muscle"
    assert ratings() == [("before", "right", "answered", 2), ("worst", "right", "answered", 10)]


@pytest.mark.parametrize(
    "rest",
    ["before/left/", "before/both/", "before/x/", "after/right/", "morning/right/", "week_worst/right/", "x/right/"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_pain_of_a_knee_or_moment_that_is_not_asked_for_is_not_found(
    patient_client: Client, session, rest: str, method: str
):
    before = all_rows()

    response = getattr(patient_client, method)(f"/sessions/{session.pk}/pain/{rest}", {"value": "3"})

    assert response.status_code == 404
    assert all_rows() == before


def test_pain_of_a_session_left_open_writes_nothing(patient_client: Client, url: str, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url, {"value": "3"})

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("method", ["get", "post"])
def test_pain_of_somebody_elses_session_is_not_found(
    patient_client: Client, other_session, method: str, headers: dict[str, str]
):
    send = getattr(patient_client, method)
    before = all_rows()

    foreign = send(f"/sessions/{other_session.pk}/pain/before/right/", {"value": "9"}, headers=headers)
    missing = send(f"/sessions/{uuid.uuid4()}/pain/before/right/", {"value": "9"}, headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_pain_leads_anonymous_to_log_in(client: Client, url: str):
    before = all_rows()

    plain, htmx = client.post(url, {"value": "3"}), client.post(url, {"value": "3"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
