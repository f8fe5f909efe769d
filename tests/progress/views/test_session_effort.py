"""How hard was it, and a note: on the last screen, and both may be left out."""

import uuid

import pytest
from django.test import Client

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from progress.services import note_of
from tests.factories import later, make_finished_session
from tests.pages import HTMX, faults, form_errors, is_page, soup, step_of, text_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(patient: Patient, prescription) -> ExerciseSession:
    """Return a session that has ended."""
    return make_finished_session(patient=patient, now=NOW)


def url_of(session: ExerciseSession) -> str:
    """Return the address that takes the effort."""
    return f"/sessions/{session.pk}/effort/"


def test_last_screen_asks_and_nothing_is_chosen_beforehand(patient_client: Client, finished):
    page = patient_client.get(f"/sessions/{finished.pk}/")

    assert (step_of(page), faults(page)) == ("done", [])
    assert [str(tag["value"]) for tag in soup(page).select("input[name=effort]")] == [str(n) for n in range(11)]
    assert soup(page).select("input[checked]") == []
    assert (finished.effort, note_of(finished)) == (None, "")


@pytest.mark.parametrize(
    ("data", "effort", "note"),
    [
        ({"effort": "0"}, 0, ""),
        ({"effort": "10", "note": " Stairs were fine. "}, 10, "Stairs were fine."),
        ({"effort": "", "note": "Only a note"}, None, "Only a note"),
        ({}, None, ""),
    ],
)
def test_effort_and_note_are_kept_and_zero_is_not_missing(
    patient_client: Client, finished, data: dict[str, str], effort: int | None, note: str
):
    response = patient_client.post(url_of(finished), data, headers=HTMX)

    finished.refresh_from_db()
    assert (response.status_code, step_of(response), is_page(response)) == (200, "done", False)
    assert (finished.effort, note_of(finished)) == (effort, note)
    assert ("Saved." in text_at(response, "form.tell")) is (effort is not None or bool(note))


def test_effort_without_htmx_comes_back_to_the_last_screen_and_thanks(patient_client: Client, finished):
    response = patient_client.post(url_of(finished), {"effort": "4"}, follow=True)

    assert response.redirect_chain == [(f"/sessions/{finished.pk}/", 302)]
    assert "Thank you, it is saved." in text_at(response, "body")
    assert soup(response).select_one("input[name=effort][checked]")["value"] == "4"


def test_effort_may_be_changed_and_twice_is_the_same_as_once(patient_client: Client, finished):
    patient_client.post(url_of(finished), {"effort": "4", "note": "a"})
    patient_client.post(url_of(finished), {"effort": "5", "note": "a"})
    before = all_rows()

    patient_client.post(url_of(finished), {"effort": "5", "note": "a"})

    finished.refresh_from_db()
    assert (finished.effort, all_rows() == before) == (5, True)


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"effort": "11"}, "Effort is a whole number from 0 to 10."),
        ({"effort": "-1"}, "Effort is a whole number from 0 to 10."),
        ({"effort": "much"}, "Effort is a whole number from 0 to 10."),
        ({"effort": "3", "note": "x" * 1001}, "Please keep the note to 1000 characters."),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_written_stays(patient_client: Client, finished, data, error, headers):
    before = all_rows()

    response = patient_client.post(url_of(finished), data, headers=headers)

    assert (response.status_code, step_of(response), form_errors(response)) == (422, "done", [error])
    assert text_at(response, "textarea") == data.get("note", "")
    assert all_rows() == before


def test_effort_when_the_day_is_over_is_refused(patient_client: Client, finished, clock):
    clock.move_to(later(NOW, days=2), tick=False)
    before = all_rows()

    response = patient_client.post(url_of(finished), {"effort": "3"}, headers=HTMX)

    assert (response.status_code, all_rows() == before) == (409, True)
    assert soup(response).select("form.tell") == []


def test_effort_of_somebody_elses_session_is_not_found(patient_client: Client, other_session):
    before = all_rows()

    foreign = patient_client.post(url_of(other_session), {"effort": "3"})
    missing = patient_client.post(f"/sessions/{uuid.uuid4()}/effort/", {"effort": "3"})

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert all_rows() == before
