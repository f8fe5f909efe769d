"""Did you feel the muscle?"""

import uuid

import pytest
from django.test import Client

from tests.factories import do_reps, later, rate_each_side
from tests.pages import HTMX, faults, form_errors, is_page, step_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def done_set(begun_set):
    """Return a set that waits for this last answer."""
    do_reps(exercise_set=begun_set, now=NOW)
    rate_each_side(session=begun_set.exercise_session, moment="worst", value=0, now=NOW)
    begun_set.exercise_session.refresh_from_db()
    return begun_set


def url_of(row) -> str:
    """Return the address that takes the answer."""
    return f"/sets/{row.pk}/felt/"


@pytest.mark.parametrize("answer", ["yes", "unsure", "no"])
def test_felt_takes_each_answer_and_ends_the_session(patient_client: Client, done_set, answer: str):
    response = patient_client.post(url_of(done_set), {"felt": answer}, follow=True)

    done_set.refresh_from_db()
    session = done_set.exercise_session
    assert response.redirect_chain == [(f"/sessions/{session.pk}/", 302)]
    assert (step_of(response), done_set.felt_muscle, session.ended_at) == ("done", answer, NOW)


def test_felt_with_htmx_answers_with_the_next_step(patient_client: Client, done_set):
    response = patient_client.post(url_of(done_set), {"felt": "no"}, headers=HTMX)

    done_set.refresh_from_db()
    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "done")
    assert done_set.felt_muscle == "no"


def test_felt_sent_twice_is_the_same_as_once(patient_client: Client, done_set):
    patient_client.post(url_of(done_set), {"felt": "yes"})
    before = all_rows()

    again = patient_client.post(url_of(done_set), {"felt": "yes"}, headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "done")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("data", [{}, {"felt": ""}, {"felt": "maybe"}, {"felt": "YES"}])
def test_felt_without_a_proper_answer_asks_again(
    patient_client: Client, done_set, data: dict[str, str], headers: dict[str, str]
):
    before = all_rows()

    response = patient_client.post(url_of(done_set), data, headers=headers)

    assert (response.status_code, step_of(response)) == (422, "felt_muscle")
    assert form_errors(response) == ["Please choose one of the three answers."]
    assert is_page(response) is not bool(headers)
    assert bool(headers) or faults(response) == []
    assert all_rows() == before


def test_felt_in_a_session_left_open_writes_nothing(patient_client: Client, done_set, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(done_set), {"felt": "yes"})

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_felt_of_somebody_elses_set_is_not_found(patient_client: Client, other_set, headers: dict[str, str]):
    before = all_rows()

    foreign = patient_client.post(url_of(other_set), {"felt": "no"}, headers=headers)
    missing = patient_client.post(f"/sets/{uuid.uuid4()}/felt/", {"felt": "no"}, headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_felt_rejects_get(patient_client: Client, done_set):
    assert patient_client.get(url_of(done_set)).status_code == 405


def test_felt_leads_anonymous_to_log_in(client: Client, done_set):
    url = url_of(done_set)
    before = all_rows()

    plain, htmx = client.post(url, {"felt": "no"}), client.post(url, {"felt": "no"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
