"""Requests for the next stage at the desk: the wish, the criteria then and now, the answer."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from exercises.models import Prescription
from kneecoach.accounts.models import AccessLog, Patient, User
from progress import services
from progress.models import StageRequest
from tests.factories import a_moment, make_prescription, make_request, make_user
from tests.fixtures import client_of
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at, texts_at, title_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

LIST = "/admin/progress/stagerequest/"


def url_of(row: StageRequest, what: str = "change") -> str:
    """Return the page of a request, or its answer."""
    return f"{LIST}{row.pk}/{what}/"


@pytest.fixture
def asked(patient: Patient) -> StageRequest:
    """Return a request of three days ago, for stage 2."""
    make_prescription(patient=patient, now=a_moment("2026-11-15 08:00"))
    return make_request(patient=patient, now=a_moment("2026-11-22 08:00"), message="It feels easy")


def test_page_shows_the_wish_and_the_criteria_then_and_now(
    physio_client: Client, patient: Patient, asked: StageRequest
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.get(url_of(asked))

    assert (response.status_code, faults(response)) == (200, [])
    assert title_of(response) == "Anna Knee asks for Stage 2: Lying lift"
    assert "“It feels easy”" in text_at(response, ".desk-panel")
    then, now = (texts_at(response, f"[aria-labelledby={name}] li")[0] for name in ("asked-title", "now-title"))
    assert (then, now) == (
        "met On this stage for at least 7 days 7 days so far",
        "met On this stage for at least 7 days 10 days so far",
    )
    assert text_at(response, "#now-title") == "Now: 2 of 8 criteria"
    assert "the criteria as they are counted now" in text_at(response, "[aria-labelledby=answer-title]")
    assert "No prescription changes" in text_at(response, "[aria-labelledby=answer-title]")
    assert soup(response).select("[type=radio][checked]") == []
    assert list(AccessLog.objects.values_list("patient_id", "view")) == [(patient.pk, "stagerequest")]
    assert all_rows(without=(AccessLog,)) == before


@pytest.mark.parametrize("status", ["approved", "declined"])
def test_answer_records_who_and_why_and_says_what_comes_next(
    physio_client: Client, physiotherapist: User, asked: StageRequest, status: str
):
    prescriptions = list(Prescription.objects.values_list())

    for _time in (1, 2):
        response = physio_client.post(url_of(asked, "answer"), {"status": status, "note": "Well done"}, follow=True)

    asked.refresh_from_db()
    assert (asked.status, asked.decision_note, asked.decided_by, asked.decided_at) == (
        status,
        "Well done",
        physiotherapist,
        NOW,
    )
    assert list(Prescription.objects.values_list()) == prescriptions
    assert len(texts_at(response, "[aria-labelledby=answered-title] li")) == 8
    assert soup(response).select(f"form[action='{url_of(asked, 'answer')}']") == []
    prescribe = soup(response).select(
        f"a[href='/admin/exercises/prescription/add/?patient={asked.patient_id}&stage={asked.stage_id}']"
    )
    assert len(prescribe) == (1 if status == "approved" else 0)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"note": "x"}, "status"),
        ({"status": "withdrawn", "note": "x"}, "status"),
        ({"status": "declined", "note": " "}, "note"),
        ({"status": "approved", "note": "x" * 1001}, "note"),
    ],
)
def test_answer_that_cannot_be_comes_back(
    physio_client: Client, asked: StageRequest, typed: dict[str, str], field: str
):
    before = all_rows(without=(AccessLog,))

    response = physio_client.post(url_of(asked, "answer"), typed)

    assert (response.status_code, faults(response), list(response.context["form"].errors)) == (422, [], [field])
    assert all_rows(without=(AccessLog,)) == before


def test_answer_to_one_that_was_taken_back_is_refused(physio_client: Client, asked: StageRequest):
    services.withdraw_request(request=asked, now=NOW)

    page = physio_client.get(url_of(asked))
    response = physio_client.post(url_of(asked, "answer"), {"status": "approved", "note": ""})

    asked.refresh_from_db()
    assert (page.status_code, response.status_code, asked.status) == (200, 422, "withdrawn")
    assert "Taken back on 25 November 2026, 08:00." in text_at(page, ".desk-panel")


def test_page_names_what_has_to_be_mastered_first(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, stage_number=1, now=NOW)
    make_prescription(patient=patient, stage_number=2, now=NOW)
    row = make_request(patient=patient, now=NOW)

    response = physio_client.get(url_of(row))

    assert "Stage 1: Seated squeeze; Stage 2: Lying lift." in text_at(response, ".desk-panel")


def test_without_readiness_there_are_no_criteria_and_the_answer_remains(
    physio_client: Client, patient: Patient, settings: Any
):
    settings.READINESS = False
    make_prescription(patient=patient, now=a_moment("2026-11-15 08:00"))
    row = make_request(patient=patient, now=NOW)

    page = physio_client.get(url_of(row))
    physio_client.post(url_of(row, "answer"), {"status": "approved", "note": ""})

    row.refresh_from_db()
    assert (faults(page), b"criteri" in page.content) == ([], False)
    assert (row.status, row.evaluation, row.decision_evaluation) == ("approved", None, None)


def test_list_and_who_may(physio_client: Client, physiotherapist: User, asked: StageRequest, patient_client: Client):
    listed = physio_client.get(LIST, {"status__exact": "requested"})
    group = physiotherapist.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_stagerequest"))
    nobody = client_of(make_user(is_staff=True))
    before = all_rows(without=(AccessLog, User))
    answer = {"status": "approved", "note": ""}

    statuses = [
        physio_client.post(url_of(asked, "answer"), answer).status_code,
        physio_client.get(url_of(asked, "answer")).status_code,
        nobody.post(url_of(asked, "answer"), answer).status_code,
        patient_client.post(url_of(asked, "answer"), answer).status_code,
        physio_client.post(f"{LIST}{uuid4()}/answer/", answer).status_code,
        physio_client.get(f"{LIST}{uuid4()}/change/").status_code,
    ]

    assert texts_at(listed, ".field-patient") == ["Anna Knee"]
    assert statuses == [403, 405, 403, 302, 404, 404]
    assert all_rows(without=(AccessLog, User)) == before
