"""Rows turned into the plain values that the rules work on. The only place where the two meet."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Q

from exercises.access import in_readers_language
from exercises.models import Prescription
from kneecoach.accounts.models import Patient, Side
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep, RuleSet
from progress.models.sessions import ExerciseSessionQuerySet
from progress.rules.days import LocalMoment, Slot, is_live, local_moment
from progress.rules.reps import MISSED, Outcome
from progress.rules.slots import PrescriptionFact, SessionFact, SetFact
from progress.rules.steps import SessionFacts, SetFacts, Step, next_step
from progress.switches import pain_advice_is_on

# An early finish may be an accident of the thumb.
FINISH_TAKEN_BACK_WITHIN = timedelta(minutes=5)
SESSION_COLUMNS = ("id", "local_date", "slot", "started_at", "time_zone", "ended_at", "entry")
SET_COLUMNS = ("prescription_id", "reps_min", "reps_done")
# First and last day; without a last day it is open.
Pause = tuple[date, date | None]


class SessionColumns(Protocol):
    """What the day rules look at of a session: a row of SESSION_COLUMNS, or the whole of it."""

    id: UUID
    local_date: date
    slot: str
    started_at: datetime
    time_zone: str
    ended_at: datetime | None
    entry: str


class SetColumns(Protocol):
    """The same of a set."""

    prescription_id: int
    reps_min: int
    reps_done: int


@dataclass(frozen=True)
class Span:
    """Prescriptions and sessions of a patient over some days: the rows, and the facts made of them."""

    prescriptions: tuple[Prescription, ...]
    prescription_facts: tuple[PrescriptionFact, ...]
    sessions: tuple[ExerciseSession, ...]
    session_facts: tuple[SessionFact, ...]


def load_span(
    patient: Patient,
    first: date,
    last: date,
    now: datetime,
    *,
    rows: ExerciseSessionQuerySet | None = None,
    known: Iterable[Prescription] | None = None,
) -> Span:
    """Load what concerns the days from `first` to `last`, both included. Four queries, however many rows.

    `rows` are the sessions with more than their counts, such as `with_each_hold`; `known` all prescriptions with stage and
    pauses, where a page has them already.
    """
    if known is None:
        known = (
            Prescription.objects.of(patient)
            .filter(Q(ended_on=None) | Q(ended_on__gt=first), starts_on__lte=last)
            .select_related("stage")
            .prefetch_related("pauses")
        )
    due = (row for row in known if row.starts_on <= last and (row.ended_on is None or row.ended_on > first))
    prescriptions = tuple(sorted(due, key=lambda row: (row.stage.number, row.prescribed_at)))
    in_readers_language(row.stage for row in prescriptions)
    sessions = tuple(
        (ExerciseSession.objects.with_counts() if rows is None else rows)
        .of(patient)
        .filter(local_date__range=(first, last))
        .order_by("local_date", "started_at")
    )
    return Span(
        prescriptions,
        tuple(prescription_fact(row, patient.time_zone) for row in prescriptions),
        sessions,
        tuple(session_fact(row, now) for row in sessions),
    )


def prescription_fact(prescription: Prescription, zone: str) -> PrescriptionFact:
    """Return a prescription as the day rules need it; its pauses have to be loaded."""
    return prescription_fact_of(prescription, ((row.from_on, row.to_on) for row in prescription.pauses.all()), zone)


def prescription_fact_of(prescription: Prescription, pauses: Iterable[Pause], zone: str) -> PrescriptionFact:
    """Return the same, with the pauses beside it."""
    return PrescriptionFact(
        id=prescription.pk,
        sessions_per_day=prescription.sessions_per_day,
        starts_on=prescription.starts_on,
        ended_on=prescription.ended_on,
        prescribed=local_moment(prescription.prescribed_at, zone),
        pauses=tuple(pauses),
    )


def session_fact(session: ExerciseSession, now: datetime) -> SessionFact:
    """Return a session as the day rules need it; loaded with `with_counts`."""
    return session_fact_of(session, session.sets.all(), now)  # type: ignore[arg-type]


def session_fact_of(session: SessionColumns, sets: Iterable[SetColumns], now: datetime) -> SessionFact:
    """Return the same of plain values: SESSION_COLUMNS, and SET_COLUMNS of sets loaded with `with_counts`."""
    return SessionFact(
        id=session.id,
        local_date=session.local_date,
        slot=Slot(session.slot),
        started_wall=local_moment(session.started_at, session.time_zone).wall,
        is_open=session.ended_at is None and is_session_live(session, now),
        sets=tuple(SetFact(row.prescription_id, row.reps_min, row.reps_done) for row in sets),
        is_entered_later=session.entry != ExerciseSession.Entry.LIVE,
    )


def is_session_live(session: SessionColumns, at: datetime) -> bool:
    """Tell whether an unfinished session can still go on at an instant."""
    return is_live(local_date=session.local_date, zone=session.time_zone, started_at=session.started_at, at=at)


def moment_of(patient: Patient, now: datetime) -> LocalMoment:
    """Return an instant as this patient's clock shows it."""
    return local_moment(now, patient.zone_now)


def sides_of(sets: Iterable[ExerciseSet]) -> tuple[str, ...]:
    """Return the knees that pain is asked for: those that are exercised, left before right."""
    sides = {row.side for row in sets}
    if Side.BOTH in sides:
        return (Side.LEFT, Side.RIGHT)
    return tuple(side for side in (Side.LEFT, Side.RIGHT) if side in sides)


@dataclass(frozen=True)
class SessionState:
    """A session with its sets in order, what it asks for next, and what the knees said so far."""

    session: ExerciseSession
    sets: tuple[ExerciseSet, ...]
    ratings: tuple[PainRating, ...]
    facts: SessionFacts
    step: Step

    def may_resume(self, now: datetime) -> bool:
        """Tell whether a stop or an early finish can be taken back.

        Only where repetitions are left or were missed, and for five minutes after the end of the session or of a set.
        Until the session ends, a stop can be taken back and what was missed be done.
        """
        session = self.session
        is_flagged = session.stop_reason == ExerciseSession.StopReason.RED_FLAG
        is_lacking = bool(self.facts.missed_sets) or any(row.is_short for row in self.facts.sets)
        if is_flagged or session.is_entered_later or self.facts.is_left_open or not is_lacking:
            return False
        if session.ended_at is None and (session.stop_reason or self.facts.missed_sets):
            return True
        ends = [at for at in (session.ended_at, *(row.finished_at for row in self.sets)) if at is not None]
        return bool(ends) and now - max(ends) <= FINISH_TAKEN_BACK_WITHIN

    @property
    def current_set(self) -> ExerciseSet | None:
        """Return the set that the step is about."""
        return next((row for row in self.sets if row.pk == self.step.set_id), None)


def pain_limit_of(session: ExerciseSession) -> int | None:
    """Return the most pain with which a session of this patient starts; None with advice switched off. One query."""
    if not pain_advice_is_on():
        return None
    return RuleSet.objects.for_patient(session.patient_id).values_list("amber_max", flat=True)[0]


def set_facts(row: ExerciseSet, done: Iterable[tuple[int, str]]) -> SetFacts:
    """Return a set as the steps need it, with number and outcome of each repetition that stands."""
    numbers_done = tuple(done)
    outcomes = Counter(outcome for _number, outcome in numbers_done)
    return SetFacts(
        id=row.pk,
        is_started=row.started_at is not None,
        is_finished=row.finished_at is not None,
        reps_target=row.reps_to_do,
        numbers=tuple(number for number, _outcome in numbers_done),
        is_felt_answered=bool(row.felt_muscle),
        is_depth_answered=row.depth_target is None or row.depth is not None,
        reps_min=row.reps_min,
        held=outcomes[Outcome.OK],
        missed=sum(outcomes[outcome] for outcome in MISSED),
        reps_prescribed=row.reps_target,
    )


def load_state(session: ExerciseSession, now: datetime) -> SessionState:
    """Load what decides the next step. Three queries, and one for the limit until the first set has begun."""
    sets = tuple(session.sets.select_related("stage").order_by("order"))
    in_readers_language(row.stage for row in sets)
    done: defaultdict[object, list[tuple[int, str]]] = defaultdict(list)
    standing = Rep.objects.standing().filter(exercise_set__in=[row.pk for row in sets])
    for set_id, number, outcome in standing.values_list("exercise_set_id", "number", "outcome"):
        done[set_id].append((number, outcome))
    ratings = tuple(session.pain_ratings.order_by("rated_at", "side"))
    limit = pain_limit_of(session) if session.ended_at is None and not any(row.started_at for row in sets) else None
    facts = SessionFacts(
        is_left_open=session.ended_at is None and not is_session_live(session, now),
        is_safe=session.is_safe,
        is_stopped=bool(session.stop_reason),
        sides=sides_of(sets),
        rated_before=frozenset(row.side for row in ratings if row.moment == PainRating.Moment.BEFORE),
        # Who went on after all does more: the worst pain is asked for again.
        rated_worst=frozenset(
            row.side
            for row in ratings
            if row.moment == PainRating.Moment.WORST
            and (session.resumed_at is None or row.rated_at >= session.resumed_at)
        ),
        sets=tuple(set_facts(row, done[row.pk]) for row in sets),
        is_ended=session.ended_at is not None,
        pain_limit=limit,
        over_limit=frozenset(
            row.side
            for row in ratings
            if row.moment == PainRating.Moment.BEFORE
            and limit is not None
            and row.value is not None
            and row.value > limit
        ),
        is_overridden=session.pain_overridden_at is not None,
    )
    return SessionState(session, sets, ratings, facts, next_step(facts))
