"""A session that a phone has started without a network: made once, by whichever message arrives first."""

import uuid
from dataclasses import replace
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from exercises import services as exercise_services
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet
from progress.services.opening import OLDEST, OpenedSet, Opening, ensure_session
from tests.factories import a_moment, later, make_patient, make_physiotherapist, make_prescription, make_session
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 08:00")
BEFORE = a_moment("2026-11-02 08:00")


@pytest.fixture
def prescription(patient: Patient) -> Prescription:
    """Return stage 1, prescribed weeks ago."""
    return make_prescription(patient=patient, now=BEFORE)


def an_opening(*prescriptions: Prescription, started_at: datetime = NOW) -> Opening:
    """Return what a phone says that has started a session, one set for each prescription."""
    sets = tuple(OpenedSet(uuid.uuid4(), row.pk, row.side) for row in prescriptions)
    return Opening(uuid.uuid4(), started_at, sets)


def test_opening_makes_session_and_sets_with_the_ids_of_the_phone(patient: Patient, prescription: Prescription):
    opening = an_opening(prescription, started_at=a_moment("2026-11-24 18:00"))

    session = ensure_session(patient=patient, opening=opening, now=NOW)

    row = ExerciseSet.objects.get(exercise_session=session)
    assert (session.pk, session.patient, session.slot) == (opening.session_id, patient, "evening")
    assert (str(session.local_date), session.started_at) == ("2026-11-24", a_moment("2026-11-24 18:00"))
    assert (row.pk, row.prescription, row.order) == (opening.sets[0].id, prescription, 1)
    assert (row.reps_target, row.hold_target_ms) == (prescription.reps_target, prescription.hold_target_seconds * 1000)


def test_opening_twice_is_the_same_as_once(patient: Patient, prescription: Prescription):
    opening = an_opening(prescription)
    ensure_session(patient=patient, opening=opening, now=NOW)
    before = all_rows()

    ensure_session(patient=patient, opening=opening, now=later(NOW, days=2))

    assert all_rows() == before


def test_opening_keeps_the_order_of_the_phone(patient: Patient, prescription: Prescription):
    second = make_prescription(patient=patient, now=BEFORE, stage_number=2)

    session = ensure_session(patient=patient, opening=an_opening(second, prescription), now=NOW)

    assert [row.prescription for row in session.sets.order_by("order")] == [second, prescription]


def test_opening_of_a_slot_that_is_taken_becomes_extra(patient: Patient, prescription: Prescription):
    make_session(patient=patient, now=later(NOW, hours=-1))

    session = ensure_session(patient=patient, opening=an_opening(prescription), now=later(NOW, hours=3))

    assert session.slot == "extra"


def test_opening_of_a_slot_that_somebody_else_has_taken(
    patient: Patient, other_patient: Patient, prescription: Prescription
):
    make_session(patient=other_patient, now=later(NOW, hours=-1))

    session = ensure_session(patient=patient, opening=an_opening(prescription), now=NOW)

    assert session.slot == "morning"


def test_opening_with_an_id_of_somebody_else_is_not_there(
    patient: Patient, other_patient: Patient, prescription: Prescription
):
    theirs = make_session(patient=other_patient, now=NOW)
    opening = an_opening(prescription)
    before = all_rows()

    for stolen in (
        replace(opening, session_id=theirs.pk),
        replace(opening, sets=(replace(opening.sets[0], id=theirs.sets.get().pk),)),
    ):
        with pytest.raises(ExerciseSession.DoesNotExist):
            ensure_session(patient=patient, opening=stolen, now=NOW)
    assert all_rows() == before


def test_opening_with_a_prescription_of_somebody_else_is_refused(patient: Patient, other_patient: Patient):
    theirs = make_prescription(patient=other_patient, now=BEFORE)
    before = all_rows()

    with pytest.raises(ValidationError, match="not part of your plan"):
        ensure_session(patient=patient, opening=an_opening(theirs), now=NOW)
    assert all_rows() == before


@pytest.mark.parametrize("sides", [["left"], ["both"], ["right", "right"]])
def test_opening_with_a_leg_that_is_not_prescribed_is_refused(
    patient: Patient, prescription: Prescription, sides: list[str]
):
    sets = tuple(OpenedSet(uuid.uuid4(), prescription.pk, side) for side in sides)
    before = all_rows()

    with pytest.raises(ValidationError, match="not prescribed for that leg"):
        ensure_session(patient=patient, opening=Opening(uuid.uuid4(), NOW, sets), now=NOW)
    assert all_rows() == before


@pytest.mark.parametrize("days", [0, 8])
def test_opening_with_a_prescription_that_has_ended_since_is_taken(
    patient: Patient, prescription: Prescription, days: int
):
    ended_at = end(prescription, days_ago=days)

    session = ensure_session(patient=patient, opening=an_opening(prescription, started_at=ended_at), now=NOW)

    assert session.sets.get().prescription == prescription


def test_opening_with_a_prescription_that_ended_long_ago_is_refused(patient: Patient, prescription: Prescription):
    ended_at = end(prescription, days_ago=9)

    with pytest.raises(ValidationError, match="not part of your plan"):
        ensure_session(patient=patient, opening=an_opening(prescription, started_at=ended_at), now=NOW)


def end(prescription: Prescription, *, days_ago: int) -> datetime:
    """End a prescription as a physiotherapist does; return when."""
    at = later(NOW, days=-days_ago)
    exercise_services.end_prescription(
        prescription=prescription, reason="stopped", on=at.date(), by=make_physiotherapist(), now=at
    )
    return at


class AnyClock(TestCase):
    """Whatever a phone's clock says, the session is taken, and its time is one that can be."""

    @given(st.integers(-10_000, 30_000), st.integers(0, 59), st.integers(0, 20))
    def test_a_wrong_clock_is_clamped_and_never_refused(self, hours: int, minutes: int, days: int):
        claimed = later(NOW, hours=-hours, minutes=minutes)
        patient = make_patient()
        prescribed_at = later(NOW, days=-days)
        prescription = make_prescription(patient=patient, now=prescribed_at)

        session = ensure_session(patient=patient, opening=an_opening(prescription, started_at=claimed), now=NOW)

        earliest = max(NOW - OLDEST, prescribed_at)
        assert session.started_at == min(max(claimed, earliest), NOW)
        # London in winter: the programme day is the date four hours earlier.
        assert session.local_date == later(session.started_at, hours=-4).date()


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/New_York", ("America/New_York", "2026-11-24", "morning", -300)),
        ("Europe/Guernsey", ("Europe/London", "2026-11-24", "evening", 0)),
        ("Mars/Olympus", ("Europe/London", "2026-11-24", "evening", 0)),
        ("", ("Europe/London", "2026-11-24", "evening", 0)),
    ],
)
def test_opening_follows_the_zone_of_the_phone_and_leaves_the_patient_where_they_are(
    patient: Patient, prescription: Prescription, zone: str, expected: tuple[object, ...]
):
    opening = replace(an_opening(prescription, started_at=a_moment("2026-11-24 18:00")), zone=zone)

    made = ensure_session(patient=patient, opening=opening, now=NOW)

    assert (made.time_zone, str(made.local_date), made.slot, made.utc_offset_minutes) == expected
    patient.refresh_from_db()
    assert patient.travel_zone == ""
