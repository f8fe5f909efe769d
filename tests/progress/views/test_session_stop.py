"""Stopping early, with a reason."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from progress.models import ExerciseSession, Rep
from tests.factories import do_reps, later, make_finished_session
from tests.pages import HTMX, faults, soup, step_of, text_at, texts_at, title_of
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def url_of(session: ExerciseSession) -> str:
    """Return the address that stops a session."""
    return f"/sessions/{session.pk}/stop/"


def test_stop_asks_why_and_preselects_nothing(patient_client: Client, ready_session):
    before = all_rows()

    response = patient_client.get(url_of(ready_session))

    page = soup(response)
    assert (response.status_code, title_of(response), faults(response)) == (200, "Stop the session?", [])
    assert [str(tag["value"]) for tag in page.select("input[name=reason]")] == ["pain", "tired", "interrupted", "other"]
    assert page.select("input[checked]") == []
    assert all_rows() == before


def test_stop_before_anything_was_done_ends_the_session(patient_client: Client, ready_session):
    response = patient_client.post(url_of(ready_session), {"reason": "tired", "note": " Bad night \n"}, follow=True)

    ready_session.refresh_from_db()
    assert response.redirect_chain == [(f"/sessions/{ready_session.pk}/", 302)]
    assert (step_of(response), title_of(response)) == ("done", "Stopped, and recorded")
    assert (ready_session.stop_reason, ready_session.stop_note) == ("tired", "Bad night")
    assert ready_session.ended_at == NOW


def test_stop_by_a_clock_that_was_set_back(patient_client: Client, ready_session, clock):
    clock.move_to(ready_session.started_at - timedelta(seconds=5), tick=False)

    patient_client.post(url_of(ready_session), {"reason": "tired"})

    ready_session.refresh_from_db()
    assert ready_session.ended_at == ready_session.started_at


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_stop_after_repetitions_still_asks_for_the_worst_pain(
    patient_client: Client, begun_set, headers: dict[str, str]
):
    session = begun_set.exercise_session
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])

    response = patient_client.post(url_of(session), {"reason": "pain"}, headers=headers, follow=True)

    session.refresh_from_db()
    assert (response.status_code, step_of(response)) == (200, "pain_worst")
    assert (session.stop_reason, session.ended_at, Rep.objects.count()) == ("pain", None, 2)


def test_stop_for_pain_ends_with_the_card_of_warning_signs(patient_client: Client, begun_set):
    session = begun_set.exercise_session
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    patient_client.post(url_of(session), {"reason": "pain"})
    patient_client.post(f"/sessions/{session.pk}/pain/worst/right/", {"value": "8"})

    response = patient_client.post(f"/sets/{begun_set.pk}/felt/", {"felt": "no"}, follow=True)

    assert (step_of(response), text_at(response, ".redflag h2")) == ("done", "Stop, and get help")
    assert faults(response) == []


def test_stop_sent_twice_is_the_same_as_once(patient_client: Client, begun_set):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    patient_client.post(url_of(begun_set.exercise_session), {"reason": "tired"})
    before = all_rows()

    again = patient_client.post(url_of(begun_set.exercise_session), {"reason": "tired"}, follow=True)

    assert step_of(again) == "pain_worst"
    assert all_rows() == before


def test_stop_of_a_finished_session_changes_nothing(patient_client: Client, patient, prescription):
    done = make_finished_session(patient=patient, now=NOW)
    before = all_rows()

    response = patient_client.post(url_of(done), {"reason": "pain", "note": "too late"}, follow=True)

    assert step_of(response) == "done"
    assert all_rows() == before


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Please choose a reason. It helps your physiotherapist."),
        ({"reason": "", "note": "hello"}, "Please choose a reason. It helps your physiotherapist."),
        ({"reason": "bored"}, "Please choose one of the reasons."),
        # The answer to the warning signs alone may say this.
        ({"reason": "red_flag"}, "Please choose one of the reasons."),
        ({"reason": "other", "note": "x" * 301}, "Ensure this value has at most 300 characters (it has 301)."),
    ],
)
def test_stop_without_a_proper_reason_keeps_the_form(
    patient_client: Client, begun_set, data: dict[str, str], error: str
):
    do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    before = all_rows()

    response = patient_client.post(url_of(begun_set.exercise_session), data)

    assert response.status_code == 422
    assert [line for line in texts_at(response, "form *") if line == error] != []
    assert text_at(response, "textarea") == data.get("note", "")
    assert faults(response) == []
    assert all_rows() == before


def test_stop_of_a_session_left_open_writes_nothing(patient_client: Client, ready_session, clock):
    clock.move_to(later(NOW, days=3), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(ready_session), {"reason": "other"})

    assert (response.status_code, step_of(response)) == (409, "left_open")
    assert all_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_stop_of_somebody_elses_session_is_not_found(patient_client: Client, other_session, method: str):
    send = getattr(patient_client, method)
    before = all_rows()

    foreign = send(url_of(other_session), {"reason": "pain", "note": "mine now"})
    missing = send(f"/sessions/{uuid.uuid4()}/stop/", {"reason": "pain"})

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before


def test_stop_leads_anonymous_to_log_in(client: Client, ready_session):
    url = url_of(ready_session)
    before = all_rows()

    plain, htmx = client.post(url, {"reason": "pain"}), client.post(url, {"reason": "pain"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, f"/account/login/?next={url}")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/")
    assert all_rows() == before
