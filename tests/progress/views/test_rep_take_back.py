"""Taking a repetition back: its number is free again, and the row stays."""

import re
import uuid

import pytest
from django.conf import settings
from django.test import Client

from kneecoach.accounts.models import Patient
from progress import services
from progress.models import ExerciseSet, Rep
from progress.rules.reps import PAYLOAD_VERSION
from tests.factories import (
    a_claim,
    do_reps,
    later,
    make_finished_session,
    make_prescription,
    make_ready_session,
    sets_of,
)
from tests.pages import HTMX, form_errors, is_page, soup, step_of
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

REP = {"v": str(PAYLOAD_VERSION), "number": "3", "held_ms": "3000", "outcome": "ok", "method": "guided"}


def url_of(exercise_set: ExerciseSet, rep_id: object) -> str:
    """Return the address that takes a repetition back."""
    return f"/sets/{exercise_set.pk}/reps/{rep_id}/take-back/"


def standing(exercise_set: ExerciseSet) -> list[int]:
    """Return the numbers that count."""
    return list(Rep.objects.standing().filter(exercise_set=exercise_set).values_list("number", flat=True))


def test_rep_taken_back_frees_its_number_and_stays(patient_client: Client, begun_set: ExerciseSet):
    _first, second = do_reps(exercise_set=begun_set, now=NOW, numbers=[1, 2])

    response = patient_client.post(url_of(begun_set, second.pk), headers=HTMX)

    second.refresh_from_db()
    assert (response.status_code, is_page(response)) == (200, False)
    assert soup(response).select_one("#rep-count")["data-number"] == "2"
    assert (second.voided_at, second.number, standing(begun_set)) == (NOW, 2, [1])
    services.record_rep(exercise_set=begun_set, claim=a_claim(number=2), now=NOW)
    assert standing(begun_set) == [1, 2]


def test_taken_back_without_htmx_shows_the_step(patient_client: Client, begun_set: ExerciseSet):
    (rep,) = do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    page = soup(patient_client.get(f"/sessions/{begun_set.exercise_session_id}/"))
    form = page.select_one(f"form[action='{url_of(begun_set, rep.pk)}']")
    assert form is not None

    response = patient_client.post(url_of(begun_set, rep.pk), follow=True)

    assert (is_page(response), step_of(response), standing(begun_set)) == (True, "reps", [])


def test_taken_back_twice_is_the_same_as_once(patient_client: Client, begun_set: ExerciseSet):
    (rep,) = do_reps(exercise_set=begun_set, now=NOW, numbers=[1])
    patient_client.post(url_of(begun_set, rep.pk), headers=HTMX)
    before = all_rows()

    again = patient_client.post(url_of(begun_set, rep.pk), headers=HTMX)

    assert again.status_code == 200
    assert all_rows() == before


def test_word_that_arrives_before_its_repetition_holds(patient_client: Client, begun_set: ExerciseSet):
    rep_id = uuid.uuid4()

    taken_back = patient_client.post(url_of(begun_set, rep_id), REP, headers=HTMX)
    late = patient_client.post(f"/sets/{begun_set.pk}/reps/{rep_id}/", REP, headers=HTMX)

    assert (taken_back.status_code, late.status_code) == (200, 200)
    assert standing(begun_set) == []
    assert Rep.objects.get().voided_at == NOW


@pytest.mark.parametrize("data", [{}, REP])
def test_repetition_of_somebody_else_is_not_there(patient_client: Client, other_set: ExerciseSet, data):
    (rep,) = do_reps(exercise_set=other_set, now=NOW, numbers=[1])
    before = all_rows()

    assert patient_client.post(url_of(other_set, rep.pk), data).status_code == 404
    assert all_rows() == before


def test_repetition_of_another_set_or_none_is_not_there(patient_client: Client, patient: Patient, prescription):
    make_prescription(patient=patient, stage_number=2, now=YESTERDAY)
    begun_set, other = sets_of(make_ready_session(patient=patient, now=NOW))
    (rep,) = do_reps(exercise_set=other, now=NOW, numbers=[1])
    before = all_rows()

    assert patient_client.post(url_of(begun_set, rep.pk), REP).status_code == 404
    assert patient_client.post(url_of(begun_set, uuid.uuid4())).status_code == 404
    assert all_rows() == before


def test_bad_values_change_nothing(patient_client: Client, begun_set: ExerciseSet):
    before = all_rows()

    response = patient_client.post(url_of(begun_set, uuid.uuid4()), REP | {"number": "99"}, headers=HTMX)

    assert response.status_code == 422
    assert form_errors(response)
    assert all_rows() == before


def test_ended_session_keeps_its_repetitions(patient_client: Client, patient: Patient, prescription, clock):
    row = sets_of(make_finished_session(patient=patient, now=NOW))[0]
    rep = row.reps.all()[0]
    clock.move_to(later(NOW, minutes=20))
    before = all_rows()

    assert patient_client.post(url_of(row, rep.pk), headers=HTMX).status_code == 409
    assert all_rows() == before


def test_newer_page_is_asked_to_wait(patient_client: Client, begun_set: ExerciseSet):
    for address in (url_of(begun_set, uuid.uuid4()), f"/sets/{begun_set.pk}/reps/{uuid.uuid4()}/"):
        response = patient_client.post(address, REP | {"v": str(PAYLOAD_VERSION + 1)}, headers=HTMX)
        assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert not Rep.objects.exists()


def test_page_of_this_version_is_understood_and_is_the_one_that_is_sent(patient_client: Client, begun_set: ExerciseSet):
    script = (settings.BASE_DIR / "static/kneecoach/js/rep-coach.js").read_text(encoding="utf-8")

    assert patient_client.post(f"/sets/{begun_set.pk}/reps/{uuid.uuid4()}/", REP, headers=HTMX).status_code == 200
    assert standing(begun_set) == [3]
    assert re.findall(r"^const VERSION = (\d+);", script, re.MULTILINE) == [str(PAYLOAD_VERSION)]


def test_older_page_is_understood(patient_client: Client, begun_set: ExerciseSet):
    older = {key: value for key, value in REP.items() if key != "v"}

    assert patient_client.post(f"/sets/{begun_set.pk}/reps/{uuid.uuid4()}/", older, headers=HTMX).status_code == 200
    assert standing(begun_set) == [3]
