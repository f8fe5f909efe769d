"""Starting a session: under the id that the page minted, once."""

import uuid

import pytest
from django.test import Client

from exercises import services as exercise_services
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from tests.factories import a_moment, do_reps, later, make_patient, make_prescription, make_ready_session, sets_of
from tests.fixtures import client_of
from tests.pages import HTMX, faults, is_page, step_of, text_at
from tests.progress.views.conftest import NOW, YESTERDAY
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL = "/sessions/start/"


def start(client: Client, session_id: object, **headers: str):
    """Press the button of Today."""
    return client.post(URL, {"session_id": str(session_id)}, headers=headers)


def test_start_makes_the_session_under_the_id_of_the_page(patient_client: Client, patient: Patient, prescription):
    session_id = uuid.uuid4()

    response = start(patient_client, session_id)

    made = ExerciseSession.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/sessions/{session_id}/")
    assert (made.pk, made.patient, str(made.local_date), made.slot) == (session_id, patient, "2026-11-25", "morning")
    assert [row.prescription for row in made.sets.all()] == [prescription]


def test_start_with_htmx_ends_at_the_first_step(patient_client: Client, prescription: Prescription):
    response = patient_client.post(URL, {"session_id": str(uuid.uuid4())}, headers=HTMX, follow=True)

    assert (response.status_code, is_page(response), step_of(response)) == (200, False, "safety")


def test_start_sent_twice_starts_once(patient_client: Client, prescription: Prescription):
    session_id = uuid.uuid4()
    first = start(patient_client, session_id)
    before = all_rows()

    again = start(patient_client, session_id)

    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert all_rows() == before


def test_start_from_another_device_goes_on_with_the_session_that_runs(patient_client: Client, exercise_session):
    before = all_rows()

    response = start(patient_client, uuid.uuid4())

    assert response["Location"] == f"/sessions/{exercise_session.pk}/"
    assert all_rows() == before


@pytest.mark.parametrize("data", [{}, {"session_id": ""}, {"session_id": "x"}, {"session_id": "-1"}])
def test_start_without_a_proper_id_says_so_and_writes_nothing(
    patient_client: Client, prescription: Prescription, data: dict[str, str]
):
    before = all_rows()

    response = patient_client.post(URL, data)

    assert response.status_code == 422
    assert text_at(response, ".message") == "That did not work. Please press the button again."
    assert text_at(response, "form#start button") == "Start the morning session"
    assert faults(response) == []
    assert all_rows() == before


def test_start_without_a_prescription_says_so(patient_client: Client):
    before = all_rows()

    response = start(patient_client, uuid.uuid4())

    assert (response.status_code, text_at(response, ".message")) == (422, "Nothing is prescribed for today.")
    assert all_rows() == before


def test_start_after_the_stage_was_ended_says_so(patient_client: Client, prescription: Prescription, physiotherapist):
    exercise_services.end_prescription(
        prescription=prescription, reason="stopped", on=NOW.date(), by=physiotherapist, now=NOW
    )
    before = all_rows()

    response = start(patient_client, uuid.uuid4())

    assert (response.status_code, text_at(response, ".message")) == (422, "Nothing is prescribed for today.")
    assert all_rows() == before


def test_start_before_the_muscle_is_found_says_so():
    patient = make_patient(has_found_vmo=False)
    make_prescription(patient=patient, now=YESTERDAY)
    client = client_of(patient.user)
    before = all_rows()

    response = start(client, uuid.uuid4())

    assert response.status_code == 422
    assert text_at(response, ".message") == "Find the muscle first. It takes two minutes."
    assert all_rows() == before


def test_start_under_the_id_of_somebody_elses_session_is_not_found(patient_client: Client, prescription, other_session):
    before = all_rows()

    response = start(patient_client, other_session.pk)

    assert response.status_code == 404
    assert all_rows() == before


def test_start_three_days_after_a_session_was_left_open_starts_a_new_one(
    patient_client: Client, patient: Patient, prescription: Prescription, clock
):
    left_open = make_ready_session(patient=patient, now=NOW)
    reps = do_reps(exercise_set=sets_of(left_open)[0], now=NOW, numbers=[1, 2, 3])
    clock.move_to(later(NOW, days=3), tick=False)
    session_id = uuid.uuid4()

    response = start(patient_client, session_id)

    left_open.refresh_from_db()
    kept = [(rep.pk, rep.number, rep.outcome) for rep in sets_of(left_open)[0].reps.order_by("number")]
    assert response["Location"] == f"/sessions/{session_id}/"
    assert [str(row.local_date) for row in ExerciseSession.objects.order_by("started_at")] == [
        "2026-11-25",
        "2026-11-28",
    ]
    assert (left_open.ended_at, kept) == (None, [(rep.pk, rep.number, "ok") for rep in reps])


def test_start_in_another_zone_fills_the_slot_of_that_clock(clock):
    patient = make_patient(time_zone="America/New_York")
    make_prescription(patient=patient, now=YESTERDAY)
    clock.move_to(a_moment("2026-11-25 08:30"), tick=False)

    start(client_of(patient.user), uuid.uuid4())

    made = ExerciseSession.objects.get()
    assert (str(made.local_date), made.slot, made.time_zone) == ("2026-11-24", "evening", "America/New_York")


def test_start_rejects_get(patient_client: Client):
    assert patient_client.get(URL).status_code == 405


def test_start_leads_anonymous_to_log_in(client: Client, prescription: Prescription):
    before = all_rows()

    plain = start(client, uuid.uuid4())
    htmx = client.post(URL, headers={**HTMX, "HX-Current-URL": "http://testserver/progress/"})

    assert (plain.status_code, plain["Location"]) == (302, "/account/login/?next=/sessions/start/")
    assert (htmx.status_code, htmx["HX-Redirect"]) == (200, "/account/login/?next=/progress/")
    assert all_rows() == before
