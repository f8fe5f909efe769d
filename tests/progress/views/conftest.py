"""A Wednesday in November at eight o'clock, a patient with stage 1, and somebody else with the same."""

from typing import Any

import pytest

from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from progress import services
from progress.models import ExerciseSession, ExerciseSet
from tests.factories import a_moment, make_prescription, make_ready_session, make_session, sets_of

NOW = a_moment("2026-11-25 08:00")
YESTERDAY = a_moment("2026-11-24 07:00")


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """Stop the clock at NOW; `clock.move_to(...)` sets it to another instant."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def prescription(patient: Patient) -> Prescription:
    """Return stage 1, prescribed yesterday."""
    return make_prescription(patient=patient, now=YESTERDAY)


@pytest.fixture
def exercise_session(patient: Patient, prescription: Prescription) -> ExerciseSession:
    """Return a session in which nothing has been answered yet."""
    return make_session(patient=patient, now=NOW)


@pytest.fixture
def ready_session(patient: Patient, prescription: Prescription) -> ExerciseSession:
    """Return a session that waits for its first set."""
    return make_ready_session(patient=patient, now=NOW)


@pytest.fixture
def ready_set(ready_session: ExerciseSession) -> ExerciseSet:
    """Return a set that has not begun."""
    return sets_of(ready_session)[0]


@pytest.fixture
def begun_set(ready_set: ExerciseSet) -> ExerciseSet:
    """Return a set that waits for its first repetition."""
    services.begin_set(exercise_set=ready_set, now=NOW)
    ready_set.refresh_from_db()
    return ready_set


@pytest.fixture
def other_session(other_patient: Patient) -> ExerciseSession:
    """Return a session of somebody else, ready for its first set."""
    make_prescription(patient=other_patient, now=YESTERDAY, note="Otto only")
    return make_ready_session(patient=other_patient, now=NOW)


@pytest.fixture
def other_set(other_session: ExerciseSession) -> ExerciseSet:
    """Return a set of somebody else that has begun."""
    row = sets_of(other_session)[0]
    services.begin_set(exercise_set=row, now=NOW)
    return row
