"""The sessions of one day as Today shows them: plain values from two queries."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db.models import QuerySet

from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.facts import SESSION_COLUMNS, SET_COLUMNS, SessionColumns, SetColumns, session_fact_of
from progress.models import ExerciseSession, ExerciseSet
from progress.rules.slots import SessionFact


class Reps(NamedTuple):
    """How many repetitions of a session were held, and how many were prescribed."""

    done: int
    target: int


class Sitting(NamedTuple):
    """One session: the fact that the day rules take, and its repetitions."""

    fact: SessionFact
    reps: Reps


class DoneSet(SetColumns, Protocol):
    """A set as SETS returns it: also of which session, and how many repetitions were prescribed."""

    exercise_session_id: UUID
    reps_target: int


def load_sittings(patient: Patient, day: date, now: datetime) -> list[Sitting]:
    """Return the sessions of a day, first to last. Two queries; one where there is none."""
    rows = SESSIONS(patient.pk, day)
    sets: defaultdict[UUID, list[DoneSet]] = defaultdict(list)
    for row in SETS(patient.pk, day) if rows else ():
        sets[row.exercise_session_id].append(row)
    return [Sitting(session_fact_of(row, sets[row.id], now), _reps(sets[row.id])) for row in rows]


def _reps(sets: Iterable[DoneSet]) -> Reps:
    return Reps(sum(row.reps_done for row in sets), sum(row.reps_target for row in sets))


def _sessions(patient: UUID, day: date) -> "QuerySet[ExerciseSession, SessionColumns]":
    rows = ExerciseSession.objects.filter(patient=patient, local_date=day).order_by("started_at")
    return rows.values_list(*SESSION_COLUMNS, named=True)


def _sets(patient: UUID, day: date) -> "QuerySet[ExerciseSet, DoneSet]":
    rows = ExerciseSet.objects.filter(exercise_session__patient=patient, exercise_session__local_date=day)
    return rows.with_counts().values_list(*SET_COLUMNS, "exercise_session_id", "reps_target", named=True)


SESSIONS = Prepared(_sessions, UUID(int=0), date(2000, 1, 5))
SETS = Prepared(_sets, UUID(int=0), date(2000, 1, 5))
