"""Requests about data at the desk, and a patient who is locked away."""

import pytest
from django.test import Client

from kneecoach.accounts.models import AccessLog, DataRequest, Patient, Stopped, User
from progress.models import ExerciseSession
from tests.factories import a_moment, make_finished_session, make_message, make_prescription
from tests.pages import faults, field_errors, soup, text_at, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")


@pytest.fixture
def asked(patient: Patient) -> DataRequest:
    """Return what a patient asks."""
    return DataRequest.objects.create(patient=patient, kind="erase", words="It is over", asked_at=NOW)


def test_request_waits_on_the_patients_page_and_leads_to_its_own(
    physio_client: Client, patient: Patient, asked: DataRequest
):
    page = physio_client.get(f"/admin/accounts/patient/{patient.pk}/change/")

    (link,) = soup(page).select(f"a[href='/admin/accounts/datarequest/{asked.pk}/change/']")
    assert "Asks on 25 November 2026: erase what is stored about me" in text_at(page, ".desk-list li")
    own = physio_client.get(str(link["href"]))
    assert (own.status_code, faults(own)) == (200, [])
    assert "“It is over”" in text_at(own, ".desk-panel")
    assert AccessLog.objects.filter(patient_id=patient.pk, view="datarequest").count() == 1


def test_answer_is_recorded_and_erases_nothing(
    physio_client: Client, patient: Patient, asked: DataRequest, physiotherapist: User
):
    make_message(patient=patient, body="stays", now=NOW)
    before = {name: rows for name, rows in all_rows().items() if name.startswith("progress_")}
    url = f"/admin/accounts/datarequest/{asked.pk}/answer/"

    for _again in range(2):
        physio_client.post(url, {"status": "agreed", "answer": " Of course. "})

    asked.refresh_from_db()
    assert (asked.status, asked.answer, asked.decided_by) == ("agreed", "Of course.", physiotherapist)
    assert {name: rows for name, rows in all_rows().items() if name in before} == before
    page = physio_client.get(f"/admin/accounts/datarequest/{asked.pk}/change/")
    assert f"manage.py erase_patient {patient.pk}" in texts_at(page, "code")
    assert physio_client.post(url, {"status": "declined", "answer": "No"}).status_code == 422


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"status": ["Agree, or say why not."]}),
        ({"status": "withdrawn"}, None),
        (
            {"status": "declined"},
            {"answer": ["Say in a sentence why not: the patient reads it, and has a right to know."]},
        ),
    ],
)
def test_answer_that_is_none_is_refused(
    physio_client: Client, asked: DataRequest, data: dict[str, str], errors: object
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(f"/admin/accounts/datarequest/{asked.pk}/answer/", data)

    assert response.status_code == 422
    assert errors is None or field_errors(response) == errors
    assert all_rows(without=(AccessLog,)) == before


# --- locked away ---------------------------------------------------------------------------------------------------
@pytest.fixture
def locked(patient: Patient, physiotherapist: User) -> Patient:
    """Return a patient with a record, who is locked away."""
    make_prescription(patient=patient, now=a_moment("2026-11-20 08:00"), by=physiotherapist, note="canarynote")
    make_finished_session(patient=patient, now=a_moment("2026-11-21 08:00"))
    make_message(patient=patient, body="canarymessage", now=NOW)
    Patient.objects.filter(pk=patient.pk).update(stopped_at=NOW, stopped_why=Stopped.RESTRICTED)
    return patient


def test_page_of_somebody_locked_away_says_only_that(physio_client: Client, locked: Patient):
    response = physio_client.get(f"/admin/accounts/patient/{locked.pk}/change/")

    assert (response.status_code, faults(response)) == (200, [])
    assert text_at(response, ".desk-panel h2") == "Locked away"
    assert "canary" not in response.content.decode()
    assert AccessLog.objects.filter(patient_id=locked.pk, view="patient").count() == 1


def test_nothing_clinical_of_somebody_locked_away_is_at_the_desk(
    physio_client: Client, locked: Patient, other_patient: Patient
):
    make_message(patient=other_patient, body="Otto writes", now=NOW)
    session = ExerciseSession.objects.get(patient=locked)
    patient = f"/admin/accounts/patient/{locked.pk}/"
    before = all_rows(without=(AccessLog,))

    forbidden = [
        physio_client.get(f"{patient}{page}")
        for page in ("messages/", "invitation/", "visit/", "visit.pdf", "record.zip", "paper/", "paper/type/")
    ]
    forbidden.append(physio_client.post(f"{patient}change/", {"name": "taken over"}))
    lists = [
        physio_client.get(url)
        for url in (
            "/admin/?who=all",
            "/admin/accounts/patient/",
            "/admin/exercises/prescription/",
            "/admin/progress/exercisesession/",
            "/admin/progress/painrating/",
        )
    ]

    assert {answer.status_code for answer in forbidden} == {403}
    assert {answer.status_code for answer in lists} == {200}
    shown = [answer.content.decode() for answer in lists]
    assert [page for page in shown if "Anna Knee" in page] == []
    assert any("Otto Elsewhere" in page for page in shown)
    prescription = locked.prescriptions.get()
    answers = [
        physio_client.get(f"/admin/exercises/prescription/{prescription.pk}/{page}") for page in ("pause/", "resume/")
    ]
    assert {answer.status_code for answer in answers} == {404}
    # Django's own pages lead to the index where there is no such row.
    assert physio_client.get(f"/admin/progress/exercisesession/{session.pk}/change/")["Location"] == "/admin/"
    assert all_rows(without=(AccessLog,)) == before
