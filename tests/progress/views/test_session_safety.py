"""The warning signs: none, or at least one, which ends the session."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from kneecoach.accounts.models import ClinicSettings
from progress.models import ExerciseSession, RedFlagReport
from tests.factories import later
from tests.pages import HTMX, faults, form_errors, is_page, soup, step_of, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(exercise_session: ExerciseSession) -> str:
    """Return the address that takes the answer."""
    return f"/sessions/{exercise_session.pk}/safety/"


def test_safety_clear_goes_on_to_pain(patient_client: Client, exercise_session, url: str):
    response = patient_client.post(url, {"answer": "clear"}, follow=True)

    exercise_session.refresh_from_db()
    assert response.redirect_chain == [(f"/sessions/{exercise_session.pk}/", 302)]
    assert (step_of(response), exercise_session.is_safe, exercise_session.ended_at) == ("pain_before", True, None)
    assert not RedFlagReport.objects.exists()


def test_safety_clear_with_htmx_answers_with_the_next_step(patient_client: Client, exercise_session, url: str):
    response = patient_client.post(url, {"answer": "clear"}, headers=HTMX)

    exercise_session.refresh_from_db()
    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "pain_before")
    assert exercise_session.is_safe


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_safety_flag_ends_the_session_and_says_whom_to_call(
    patient_client: Client, patient, exercise_session, url: str, headers: dict[str, str]
):
    ClinicSettings.objects.create(emergency_number="112", phone="0123 456")

    response = patient_client.post(url, {"answer": "flag"}, headers=headers, follow=True)

    exercise_session.refresh_from_db()
    report = RedFlagReport.objects.get()
    assert (step_of(response), title_of(response)) == ("red_flag", "No exercises now")
    assert [str(link["href"]) for link in soup(response).select(".calls a")][:1] == ["tel:112"]
    assert (exercise_session.is_safe, exercise_session.stop_reason) == (False, "red_flag")
    assert (exercise_session.ended_at, report.patient, report.exercise_session) == (NOW, patient, exercise_session)
    assert bool(headers) or faults(response) == []


def test_safety_flag_counts_by_a_clock_that_was_set_back(patient_client: Client, exercise_session, url: str, clock):
    clock.move_to(exercise_session.started_at - timedelta(seconds=5), tick=False)

    patient_client.post(url, {"answer": "flag"})

    exercise_session.refresh_from_db()
    assert exercise_session.is_safe is False
    assert exercise_session.ended_at == exercise_session.started_at


@pytest.mark.parametrize("answer", ["clear", "flag"])
def test_safety_sent_twice_is_the_same_as_once(patient_client: Client, url: str, answer: str):
    first = patient_client.post(url, {"answer": answer}, headers=HTMX)
    before = all_rows()

    again = patient_client.post(url, {"answer": answer}, headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, step_of(first))
    assert all_rows() == before


def test_safety_flag_is_not_taken_back(patient_client: Client, exercise_session, url: str):
    patient_client.post(url, {"answer": "flag"})
    before = all_rows()

    response = patient_client.post(url, {"answer": "clear"}, headers=HTMX)

    assert step_of(response) == "red_flag"
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Please answer before you start."),
        ({"answer": ""}, "Please answer before you start."),
        ({"answer": "maybe"}, "Please choose one of the two answers."),
    ],
)
def test_safety_without_a_proper_answer_asks_again(
    patient_client: Client, url: str, data: dict[str, str], error: str, headers: dict[str, str]
):
    before = all_rows()

    response = patient_client.post(url, data, headers=headers)

    assert (response.status_code, step_of(response), form_errors(response)) == (422, "safety", [error])
    assert is_page(response) is not bool(headers)
    assert all_rows() == before


def test_safety_of_a_session_left_open_writes_nothing(patient_client: Client, url: str, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url, {"answer": "flag"})

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_safety_of_somebody_elses_session_is_not_found(patient_client: Client, other_session, headers: dict[str, str]):
    before = all_rows()

    foreign = patient_client.post(f"/sessions/{other_session.pk}/safety/", {"answer": "flag"}, headers=headers)
    missing = patient_client.post(f"/sessions/{uuid.uuid4()}/safety/", {"answer": "flag"}, headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_safety_rejects_get(patient_client: Client, url: str):
    assert patient_client.get(url).status_code == 405


def test_safety_leads_anonymous_to_log_in(client: Client, url: str):
    before = all_rows()

    plain, htmx = client.post(url, {"answer": "flag"}), client.post(url, {"answer": "flag"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before


# --- with the first pain, in one tap -----------------------------------------------------------------------------------
PAIN = {"none_of_these": "1", "value": "3"}


def pain_url(exercise_session: ExerciseSession) -> str:
    """Return where the screen with the warning signs sends the first number."""
    return f"/sessions/{exercise_session.pk}/pain/before/right/"


def test_first_pain_says_none_of_these(patient_client: Client, exercise_session: ExerciseSession):
    screen = patient_client.get(f"/sessions/{exercise_session.pk}/")
    form = soup(screen).select_one(".none-of-these")
    assert form is not None
    assert form["action"] == pain_url(exercise_session)

    for _time in range(2):
        response = patient_client.post(pain_url(exercise_session), PAIN, headers=HTMX)

    exercise_session.refresh_from_db()
    assert (response.status_code, step_of(response), exercise_session.is_safe) == (200, "get_ready", True)
    assert [(row.moment, row.value) for row in exercise_session.pain_ratings.all()] == [("before", 3)]


def test_pain_that_cannot_be_answers_neither(patient_client: Client, exercise_session: ExerciseSession):
    before = all_rows()

    response = patient_client.post(pain_url(exercise_session), PAIN | {"value": "11"}, headers=HTMX)

    assert (response.status_code, step_of(response)) == (422, "safety")
    assert form_errors(response) == ["Pain is a whole number from 0 to 10."]
    assert all_rows() == before


def test_warning_sign_is_not_taken_back_by_a_number(
    patient_client: Client, exercise_session: ExerciseSession, url: str
):
    patient_client.post(url, {"answer": "flag"})

    response = patient_client.post(pain_url(exercise_session), PAIN, headers=HTMX)

    exercise_session.refresh_from_db()
    assert (step_of(response), exercise_session.is_safe) == ("red_flag", False)
    assert not exercise_session.pain_ratings.exists()
