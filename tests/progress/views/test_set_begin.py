"""Beginning a set: the patient is in position."""

import uuid

import pytest
from django.test import Client

from tests.factories import later, make_finished_session, sets_of
from tests.pages import HTMX, is_page, soup, step_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(row) -> str:
    """Return the address that begins a set."""
    return f"/sets/{row.pk}/begin/"


def test_begin_starts_the_set(patient_client: Client, ready_set):
    response = patient_client.post(url_of(ready_set), follow=True)

    ready_set.refresh_from_db()
    assert response.redirect_chain == [(f"/sessions/{ready_set.exercise_session_id}/", 302)]
    assert (step_of(response), ready_set.started_at) == ("reps", NOW)
    assert not soup(response).find("rep-coach").has_attr("data-autostart")


def test_begin_with_htmx_lets_the_clock_run(patient_client: Client, ready_set):
    response = patient_client.post(url_of(ready_set), headers=HTMX)

    ready_set.refresh_from_db()
    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "reps")
    assert soup(response).find("rep-coach").has_attr("data-autostart")
    assert ready_set.started_at == NOW


def test_begin_sent_twice_keeps_the_first_time(patient_client: Client, begun_set, clock):
    clock.move_to(later(NOW, minutes=5), tick=False)
    before = all_rows()

    again = patient_client.post(url_of(begun_set), headers=HTMX)

    assert (again.status_code, step_of(again)) == (200, "reps")
    assert all_rows() == before


def test_begin_of_a_set_that_is_done_changes_nothing(patient_client: Client, patient, prescription):
    done = make_finished_session(patient=patient, now=NOW)
    before = all_rows()

    response = patient_client.post(url_of(sets_of(done)[0]), follow=True)

    assert step_of(response) == "done"
    assert all_rows() == before


def test_begin_in_a_session_left_open_writes_nothing(patient_client: Client, ready_set, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(ready_set))

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_begin_of_somebody_elses_set_is_not_found(patient_client: Client, other_session, headers: dict[str, str]):
    foreign_set = sets_of(other_session)[0]
    before = all_rows()

    foreign = patient_client.post(url_of(foreign_set), headers=headers)
    missing = patient_client.post(f"/sets/{uuid.uuid4()}/begin/", headers=headers)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign_set.started_at is None
    assert all_rows() == before


def test_begin_rejects_get(patient_client: Client, ready_set):
    assert patient_client.get(url_of(ready_set)).status_code == 405


def test_begin_leads_anonymous_to_log_in(client: Client, ready_set):
    url = url_of(ready_set)
    before = all_rows()

    plain, htmx = client.post(url), client.post(url, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
