"""What happens in a session, one verb each. Keyword-only; `now` is an argument; twice is the same as once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from exercises.models import Prescription
from kneecoach.accounts.models import Patient, Side
from progress.facts import SessionState, Span, is_session_live, load_span, load_state, moment_of
from progress.models import ExerciseSession, ExerciseSet, PainRating, RedFlagReport, Rep, RepConflict
from progress.rules.days import PLANNED_SLOTS, LocalMoment, Slot, pick_slot
from progress.rules.reps import Outcome, honest_outcome, read_clock
from progress.rules.slots import due_in
from progress.rules.steps import StepKind

RED_FLAG_CARD_VERSION = 1


class SessionClosed(ValidationError):
    """The session has ended, or its day is over; what it holds stays as it is."""


# --- starting ------------------------------------------------------------------------------------------------------
def start_session(*, patient: Patient, session_id: UUID, now: datetime) -> ExerciseSession:
    """Start today's session, or return the one that this id or the same sitting has already started.

    Raises ExerciseSession.DoesNotExist for an id that belongs to somebody else, ValidationError where nothing is
    prescribed today or the muscle has not been found yet.
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once start one session.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = ExerciseSession.objects.filter(pk=session_id).first()
        if standing:
            if standing.patient_id != patient.pk:
                raise ExerciseSession.DoesNotExist
            return standing
        running = open_session(patient=patient, now=now)
        if running:
            return running
        if patient.vmo_found_at is None:
            raise ValidationError(_("Find the muscle first. It takes two minutes."))
        return _create_session(patient, session_id, now)


def open_session(*, patient: Patient, now: datetime) -> ExerciseSession | None:
    """Return the session that this patient is in the middle of, or None. One query."""
    unfinished = ExerciseSession.objects.of(patient).unfinished().order_by("-started_at")[:5]
    return next((row for row in unfinished if is_session_live(row, now)), None)


def _create_session(patient: Patient, session_id: UUID, now: datetime) -> ExerciseSession:
    moment = moment_of(patient, now)
    span = load_span(patient, moment.local_date, moment.local_date, now)
    taken = {Slot(row.slot): row.started_at for row in span.sessions if row.slot != Slot.EXTRA}
    slot = pick_slot(moment, taken, now)
    prescriptions = for_slot(span, slot, moment)
    if not prescriptions:
        raise ValidationError(_("Nothing is prescribed for today."))
    session = ExerciseSession.objects.create(
        id=session_id,
        patient=patient,
        local_date=moment.local_date,
        time_zone=patient.time_zone,
        utc_offset_minutes=moment.utc_offset_minutes,
        slot=slot,
        started_at=now,
    )
    ExerciseSet.objects.bulk_create(sets_for(session, prescriptions))
    return session


def for_slot(span: Span, slot: Slot, moment: LocalMoment) -> list[Prescription]:
    """Return what is due in the slot; where nothing is, whatever runs today (an extra session)."""
    day = moment.local_date
    due: Iterable[int] = ()
    if slot in PLANNED_SLOTS:
        due = due_in(slot, day, span.prescription_facts, span.session_facts)
    ids = set(due) or {fact.id for fact in span.prescription_facts if fact.covers(day)}
    return [row for row in span.prescriptions if row.pk in ids]


def sets_for(session: ExerciseSession, prescriptions: Iterable[Prescription]) -> list[ExerciseSet]:
    """Return the sets of a session, not saved: one for each prescription and leg, with the targets of now."""
    wanted = [
        (row, side)
        for row in prescriptions
        # Both knees in a one-legged stage are two sets, one after the other.
        for side in ((Side.LEFT, Side.RIGHT) if row.stage.is_one_legged and row.side == Side.BOTH else (row.side,))
    ]
    return [
        ExerciseSet(
            exercise_session=session,
            order=order,
            prescription=row,
            stage=row.stage,
            side=side,
            reps_min=row.reps_min,
            reps_max=row.reps_max,
            reps_target=row.reps_target,
            hold_target_ms=row.hold_target_seconds * 1000,
        )
        for order, (row, side) in enumerate(wanted, start=1)
    ]


# --- questions -----------------------------------------------------------------------------------------------------
def answer_safety(*, session: ExerciseSession, is_safe: bool, now: datetime) -> None:
    """Write down the answer to the warning signs. A yes to any of them ends the session; it is not taken back."""
    with transaction.atomic():
        session = _lock(session, now)
        if session.is_safe is False:
            return
        session.is_safe = is_safe
        if not is_safe:
            RedFlagReport.objects.create(
                patient_id=session.patient_id,
                exercise_session=session,
                answered_at=now,
                card_version=RED_FLAG_CARD_VERSION,
            )
            session.stop_reason = ExerciseSession.StopReason.RED_FLAG
            session.ended_at = session.ended_at or now
        session.save(update_fields=["is_safe", "stop_reason", "ended_at"])


def rate_pain(*, session: ExerciseSession, moment: str, side: str, value: int | None, now: datetime) -> PainRating:
    """Write down pain from 0 to 10, or None for skipped. Until the session ends it may be changed."""
    with transaction.atomic():
        session = _lock(session, now)
        status = PainRating.Status.SKIPPED if value is None else PainRating.Status.ANSWERED
        rating = session.pain_ratings.filter(moment=moment, side=side).first() or PainRating(
            patient_id=session.patient_id,
            exercise_session=session,
            local_date=session.local_date,
            moment=moment,
            side=side,
        )
        if rating.rated_at and (rating.status, rating.value) == (status, value):
            return rating
        _refuse_after_end(session)
        rating.status, rating.value, rating.rated_at = status, value, now
        rating.save()
        _end_when_done(session, now)
        return rating


def answer_felt(*, exercise_set: ExerciseSet, felt: str, now: datetime) -> None:
    """Write down whether the muscle was felt in a set."""
    with transaction.atomic():
        session = _lock(exercise_set.exercise_session, now)
        changed = ExerciseSet.objects.filter(pk=exercise_set.pk).exclude(felt_muscle=felt)
        if changed.exists():
            _refuse_after_end(session)
            changed.update(felt_muscle=felt)
        _end_when_done(session, now)


# --- sets and repetitions ------------------------------------------------------------------------------------------
def begin_set(*, exercise_set: ExerciseSet, now: datetime) -> None:
    """Start a set. The first time counts."""
    with transaction.atomic():
        _lock(exercise_set.exercise_session, now)
        ExerciseSet.objects.filter(pk=exercise_set.pk, started_at=None).update(started_at=now)


def finish_set(*, exercise_set: ExerciseSet, now: datetime) -> None:
    """End a set before its target, as a decision of the patient. The first time counts."""
    with transaction.atomic():
        session = _lock(exercise_set.exercise_session, now)
        ExerciseSet.objects.filter(pk=exercise_set.pk, finished_at=None).update(finished_at=now)
        _end_when_done(session, now)


@dataclass(frozen=True)
class RepClaim:
    """What a phone says about one repetition, checked by a form. `done_at` is the phone's own clock, or None."""

    rep_id: UUID
    number: int
    held_ms: int | None
    paused_ms: int
    outcome: Outcome
    method: str
    done_at: datetime | None = None


class Verdict(StrEnum):
    """What became of a claim: stored now, stored before with the same words, or in conflict with what stands."""

    STORED = "stored"
    REPEATED = "repeated"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Receipt:
    """The answer to a claim: its verdict, the repetition that counts, and what the session asks for now."""

    verdict: Verdict
    rep: Rep
    state: SessionState


def record_rep(*, exercise_set: ExerciseSet, claim: RepClaim, now: datetime) -> Receipt:
    """Store one repetition once.

    The same id with the same words changes nothing. The same id with other words, or another id on a taken number, is
    kept as a conflict; the first counts. Raises Rep.DoesNotExist for an id used in another set, SessionClosed for a
    repetition done after the session's day.
    """
    with transaction.atomic():
        # The set's row is the lock: two devices cannot both take a number.
        locked = ExerciseSet.objects.select_for_update(of=("self",)).get(pk=exercise_set.pk)
        session = exercise_set.exercise_session
        clock = read_clock(claimed=claim.done_at, started_at=session.started_at, received_at=now)
        result = {
            "number": claim.number,
            "held_ms": claim.held_ms,
            "paused_ms": claim.paused_ms,
            "outcome": honest_outcome(claim.outcome, held_ms=claim.held_ms, planned_ms=exercise_set.hold_target_ms),
            "method": claim.method,
        }
        times = {"done_at": clock.done_at, "received_at": now, "is_clock_suspect": clock.is_suspect}
        standing = _standing_rep(exercise_set, claim)
        if standing:
            verdict = _compare(standing, claim.rep_id, result, times)
            return Receipt(verdict, standing, load_state(session, now))
        if not is_session_live(session, clock.done_at):
            raise SessionClosed(_closed_text())
        rep = Rep.objects.create(id=claim.rep_id, exercise_set=exercise_set, **result, **times)
        if locked.started_at is None:
            ExerciseSet.objects.filter(pk=exercise_set.pk).update(started_at=clock.done_at)
        return Receipt(Verdict.STORED, rep, _end_when_done(session, now))


def _standing_rep(exercise_set: ExerciseSet, claim: RepClaim) -> Rep | None:
    has_number = Q(exercise_set=exercise_set, number=claim.number, voided_at=None)
    rivals = {row.pk: row for row in Rep.objects.filter(Q(pk=claim.rep_id) | has_number)}
    same_id = rivals.get(claim.rep_id)
    if same_id and same_id.exercise_set_id != exercise_set.pk:
        raise Rep.DoesNotExist
    return same_id or next(iter(rivals.values()), None)


def _compare(standing: Rep, claimed_id: UUID, result: Mapping[str, Any], times: Mapping[str, Any]) -> Verdict:
    if standing.pk == claimed_id and all(getattr(standing, name) == value for name, value in result.items()):
        return Verdict.REPEATED
    RepConflict.objects.get_or_create(rep=standing, claimed_id=claimed_id, **result, defaults=times)
    return Verdict.CONFLICT


# --- stopping ------------------------------------------------------------------------------------------------------
def stop_session(*, session: ExerciseSession, reason: str, note: str = "", now: datetime) -> None:
    """Stop before the end. The questions about pain and the muscle still follow if anything was done."""
    with transaction.atomic():
        session = _lock(session, now)
        if session.ended_at is not None:
            return
        session.stop_reason, session.stop_note = reason, note.strip()
        session.save(update_fields=["stop_reason", "stop_note"])
        _end_when_done(session, now)


def resume_session(*, session: ExerciseSession, now: datetime) -> None:
    """Take a stop back, as long as the session has not ended. A warning sign is not taken back."""
    with transaction.atomic():
        session = _lock(session, now)
        if session.ended_at is None and session.stop_reason:
            session.stop_reason = session.stop_note = ""
            session.save(update_fields=["stop_reason", "stop_note"])


# --- shared --------------------------------------------------------------------------------------------------------
def _lock(session: ExerciseSession, now: datetime) -> ExerciseSession:
    """Return the session's row, locked. Raises SessionClosed when it was left open past its day."""
    locked = ExerciseSession.objects.select_for_update(of=("self",)).get(pk=session.pk)
    if locked.ended_at is None and not is_session_live(locked, now):
        raise SessionClosed(_closed_text())
    return locked


def _refuse_after_end(session: ExerciseSession) -> None:
    if session.ended_at is not None:
        raise SessionClosed(_("This session has ended. Everything recorded in it is kept."))


def _end_when_done(session: ExerciseSession, now: datetime) -> SessionState:
    state = load_state(session, now)
    if session.ended_at is None and state.step.kind is StepKind.DONE:
        session.ended_at = now
        session.save(update_fields=["ended_at"])
    return state


def _closed_text() -> str:
    return _("The day of this session is over, so it is closed. Everything recorded in it is kept.")
