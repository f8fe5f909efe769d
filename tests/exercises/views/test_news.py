"""What the physiotherapist decided, told on Today until it is put away."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from exercises.models import Decision
from kneecoach.accounts.models import Patient
from tests.factories import a_moment, make_prescription, master_stage
from tests.pages import HTMX, texts_at
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

URL, TODAY = "/learn/news/read/", "/"
NOW = a_moment("2026-11-25 08:00")
EARLIER = a_moment("2026-11-24 08:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


def news(client: Client) -> list[str]:
    """Return what Today tells of decisions."""
    return texts_at(
        client.get(TODAY), "[aria-labelledby=news-title] > p:not(.small), [aria-labelledby=news-title] blockquote"
    )


def newest() -> dict[str, str]:
    """Return what the form names."""
    return {"newest": str(Decision.objects.latest("decided_at").pk)}


def test_news_are_told_with_their_note_the_newest_first(patient_client: Client, patient: Patient, physiotherapist):
    make_prescription(patient=patient, now=EARLIER, by=physiotherapist, note="Slowly, please")
    master_stage(patient=patient, stage_number=1, now=NOW, by=physiotherapist)

    page = patient_client.get(TODAY)

    assert news(patient_client) == [
        "Stage 1: Seated squeeze is marked as mastered. It is no longer due.",
        "Stage 1: Seated squeeze from 24 November: 10 repetitions, hold 3 s, twice a day, right knee.",
        "Slowly, please",
    ]
    assert texts_at(page, "[aria-labelledby=news-title] > p.small") == [
        "Petra Physio, Wednesday 25 November",
        "Petra Physio, Tuesday 24 November",
    ]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_news_that_were_read_are_gone(patient_client: Client, patient: Patient, headers: dict[str, str]):
    make_prescription(patient=patient, now=EARLIER)

    patient_client.post(URL, newest(), headers=headers)

    assert news(patient_client) == []
    assert Decision.objects.get().put_away_at == NOW


def test_news_that_came_since_stay(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=EARLIER)
    seen = newest()
    master_stage(patient=patient, stage_number=1, now=NOW)

    patient_client.post(URL, seen)

    assert news(patient_client) == ["Stage 1: Seated squeeze is marked as mastered. It is no longer due."]


def test_news_put_away_twice_keep_the_first_time(patient_client: Client, patient: Patient, clock):
    make_prescription(patient=patient, now=EARLIER)
    patient_client.post(URL, newest())
    clock.move_to(a_moment("2026-11-25 09:00"), tick=False)

    patient_client.post(URL, newest())

    assert Decision.objects.get().put_away_at == NOW


def test_news_of_two_weeks_ago_are_old(patient_client: Client, patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-11-11 08:00"))

    assert news(patient_client) == []


def test_news_of_somebody_else_are_not_found(patient_client: Client, other_patient: Patient):
    make_prescription(patient=other_patient, now=EARLIER, note="canary")
    before = all_rows()

    statuses = [
        patient_client.post(URL, newest()).status_code,
        patient_client.post(URL, {"newest": str(uuid4())}).status_code,
    ]

    assert statuses == [404, 404]
    assert "canary" not in patient_client.get(TODAY).content.decode()
    assert all_rows() == before


@pytest.mark.parametrize("data", [{}, {"newest": "x"}])
def test_news_without_an_id_are_refused(patient_client: Client, patient: Patient, data: dict[str, str]):
    make_prescription(patient=patient, now=EARLIER)
    before = all_rows()

    assert patient_client.post(URL, data).status_code == 422
    assert all_rows() == before
