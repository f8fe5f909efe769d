"""Answers that arrive from a phone which started the session itself."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from exercises.models import Prescription
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from tests.factories import a_moment, later
from tests.pages import HTMX, text_at
from tests.progress.views.conftest import NOW
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
STARTED = later(NOW, hours=-13)  # yesterday evening; the phone has had no network since
SESSION, SET = uuid.uuid4(), uuid.uuid4()


def ms(instant: Any) -> int:
    """Return an instant as a phone sends it."""
    return int(instant.timestamp() * 1000)


@pytest.fixture
def told(prescription: Prescription) -> dict[str, Any]:
    """Return what every message carries."""
    sets = [{"id": str(SET), "prescription": prescription.pk, "side": "right"}]
    return {"session_id": str(SESSION), "started_at_ms": ms(STARTED), "sets": sets}


@pytest.fixture
def messages(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every message of a session, in the order in which it was done."""
    carried = {"opening": json.dumps(told)}
    answers: list[tuple[str, dict[str, Any]]] = [
        (f"/sessions/{SESSION}/safety/", {"answer": "clear"}),
        (f"/sessions/{SESSION}/pain/before/right/", {"value": 2}),
        (f"/sets/{SET}/begin/", {}),
        *((f"/sets/{SET}/reps/{uuid.uuid4()}/", rep_fields(number)) for number in range(1, 4)),
        (f"/sets/{SET}/finish/", {}),
        (f"/sessions/{SESSION}/pain/worst/right/", {"value": 4}),
        (f"/sets/{SET}/felt/", {"felt": "yes"}),
    ]
    return [
        (url, fields | carried | {"done_at_ms": ms(later(STARTED, minutes=minute))})
        for minute, (url, fields) in enumerate(answers, start=1)
    ]


def rep_fields(number: int) -> dict[str, Any]:
    """Return one repetition as the clock sends it."""
    return {"v": 2, "number": number, "held_ms": 3000, "paused_ms": 0, "outcome": "ok", "method": "guided"}


def test_a_session_that_was_done_without_a_network_arrives_whole(patient_client: Client, messages):
    for url, fields in messages:
        assert patient_client.post(url, fields, headers=HTMX).status_code == 200

    session = ExerciseSession.objects.get(pk=SESSION)
    assert (session.slot, str(session.local_date), session.is_safe) == ("evening", "2026-11-24", True)
    assert session.started_at == STARTED
    assert session.ended_at == later(STARTED, minutes=len(messages))
    assert list(session.pain_ratings.order_by("rated_at").values_list("moment", "value")) == [
        ("before", 2),
        ("worst", 4),
    ]
    assert (ExerciseSet.objects.get().felt_muscle, Rep.objects.count()) == ("yes", 3)


def test_everything_sent_twice_is_the_same_as_once(patient_client: Client, messages):
    for url, fields in messages:
        patient_client.post(url, fields, headers=HTMX)
    before = all_rows()

    for url, fields in messages:
        assert patient_client.post(url, fields, headers=HTMX).status_code == 200

    assert all_rows() == before


@pytest.mark.parametrize("first", range(9))
def test_whichever_message_arrives_first_makes_the_session(patient_client: Client, messages, first: int):
    url, fields = messages[first]
    assert patient_client.post(url, fields, headers=HTMX).status_code == 200
    assert ExerciseSession.objects.get().started_at == STARTED
    assert ExerciseSet.objects.get().pk == SET


def test_without_htmx_it_leads_to_the_session(patient_client: Client, messages):
    response = patient_client.post(*messages[0])
    assert (response.status_code, response["Location"]) == (302, f"/sessions/{SESSION}/")


def test_a_message_of_a_session_that_is_there_changes_nothing_about_it(patient_client: Client, messages, told):
    patient_client.post(*messages[0])
    before = ExerciseSession.objects.values_list().get(), ExerciseSet.objects.values_list().get()

    told["started_at_ms"] = ms(NOW)
    patient_client.post(f"/sessions/{SESSION}/pain/before/right/", {"value": 1, "opening": json.dumps(told)})

    assert (ExerciseSession.objects.values_list().get(), ExerciseSet.objects.values_list().get()) == before


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    "broken",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 3990,
        '{"sets": []}',
        {"session_id": "1"},
        {"started_at_ms": None},
        {"started_at_ms": "soon"},
        {"started_at_ms": float("inf")},
        {"sets": []},
        {"sets": [{}]},
        {"sets": "right"},
        {"side": "middle"},
        {"id": 5},
        {"prescription": 10**30},
        {"prescription": -1},
        {"prescription": 10**9},
        {"side": "left"},
    ],
)
def test_what_cannot_be_read_or_was_never_prescribed_is_refused(
    patient_client: Client, told, broken: Any, headers: dict[str, str]
):
    if isinstance(broken, dict):
        of_set = {name: value for name, value in broken.items() if name in told["sets"][0]}
        told["sets"][0] |= of_set
        broken = json.dumps(told | {name: value for name, value in broken.items() if name not in of_set})
    before = all_rows()

    response = patient_client.post(
        f"/sessions/{SESSION}/safety/", {"answer": "clear", "opening": broken}, headers=headers
    )

    assert response.status_code == 422
    assert text_at(response, "[role=alert]")
    assert all_rows() == before


def test_ids_of_somebody_else_are_not_found(patient_client: Client, other_session, told):
    before = all_rows()
    theirs = str(other_session.pk)

    for taken in ({"session_id": theirs}, {"sets": [told["sets"][0] | {"id": str(other_session.sets.get().pk)}]}):
        fields = {"answer": "clear", "opening": json.dumps(told | taken)}
        assert patient_client.post(f"/sessions/{SESSION}/safety/", fields).status_code == 404
    assert all_rows() == before


def test_an_opening_lets_nobody_at_another_session(patient_client: Client, other_session, told):
    fields = {"answer": "flag", "opening": json.dumps(told)}
    assert patient_client.post(f"/sessions/{other_session.pk}/safety/", fields).status_code == 404
    other_session.refresh_from_db()
    assert other_session.is_safe is True


def test_an_answer_counts_from_when_it_was_given(patient_client: Client, exercise_session, clock):
    clock.move_to(later(NOW, days=1), tick=False)
    given = later(NOW, minutes=5)

    response = patient_client.post(
        f"/sessions/{exercise_session.pk}/pain/before/right/", {"value": 3, "done_at_ms": ms(given)}, headers=HTMX
    )

    assert response.status_code == 200
    assert PainRating.objects.get().rated_at == given


@pytest.mark.parametrize("told_ms", ["", "soon", "-1", str(ms(a_moment("2099-01-01 08:00"))), "9" * 400])
def test_a_time_that_cannot_be_is_never_the_reason_to_refuse(patient_client: Client, exercise_session, told_ms: str):
    response = patient_client.post(
        f"/sessions/{exercise_session.pk}/safety/", {"answer": "clear", "done_at_ms": told_ms}, headers=HTMX
    )
    assert response.status_code == 200
