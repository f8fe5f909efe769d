"""Ending a set before its target."""

import uuid

import pytest
from django.test import Client

from tests.factories import do_reps, later
from tests.pages import HTMX, is_page, step_of, texts_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(row) -> str:
    """Return the address that ends a set."""
    return f"/sets/{row.pk}/finish/"


def test_finish_goes_on_to_the_worst_pain(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2, 3])

    response = patient_client.post(url_of(begun_set), follow=True)

    begun_set.refresh_from_db()
    assert response.redirect_chain == [(f"/sessions/{begun_set.exercise_session_id}/", 302)]
    assert (step_of(response), begun_set.finished_at, begun_set.reps.count()) == ("pain_worst", NOW, 3)


def test_finish_with_htmx_answers_with_the_next_step(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])

    response = patient_client.post(url_of(begun_set), headers=HTMX)

    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "pain_worst")


def test_finish_without_a_repetition_asks_nothing_more(patient_client: Client, begun_set):
    response = patient_client.post(url_of(begun_set), follow=True)

    session = begun_set.exercise_session
    session.refresh_from_db()
    assert (step_of(response), texts_at(response, ".row-note")[0]) == ("done", "0 of 10 held")
    assert session.ended_at == NOW


def test_finish_sent_twice_keeps_the_first_time(patient_client: Client, begun_set, clock):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    patient_client.post(url_of(begun_set))
    clock.move_to(later(NOW, minutes=5), tick=False)
    before = all_rows()

    again = patient_client.post(url_of(begun_set), headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "pain_worst")
    assert all_rows() == before


def test_finish_in_a_session_left_open_writes_nothing(patient_client: Client, begun_set, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(begun_set))

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_finish_of_somebody_elses_set_is_not_found(patient_client: Client, other_set, headers: dict[str, str]):
    before = all_rows()

    foreign = patient_client.post(url_of(other_set), headers=headers)
    missing = patient_client.post(f"/sets/{uuid.uuid4()}/finish/", headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_finish_rejects_get(patient_client: Client, begun_set):
    assert patient_client.get(url_of(begun_set)).status_code == 405


def test_finish_leads_anonymous_to_log_in(client: Client, begun_set):
    url = url_of(begun_set)
    before = all_rows()

    plain, htmx = client.post(url), client.post(url, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
