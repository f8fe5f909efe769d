"""Repetitions: each is written once, the first of two counts, and one that was taken back frees its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from kneecoach.prepared import Prepared
from progress.facts import is_session_live
from progress.models import ExerciseSet, Rep, RepConflict
from progress.rules.reps import Outcome, honest_outcome, read_clock
from progress.services.locking import SessionClosed, closed_text, end_when_done, refuse_after_end

REP_COLUMNS = ("id", "number", "held_ms", "paused_ms", "outcome", "method", "done_at")


class RepRow(Protocol):
    """What is looked at of a repetition: a row of REP_COLUMNS, or the whole of it."""

    id: UUID
    number: int
    held_ms: int | None
    paused_ms: int
    outcome: str
    method: str
    done_at: datetime


# All that stand in a set, and the one of an id, which may have been taken back or be of another set.
REPS_TO_COMPARE = Prepared[Any](
    lambda exercise_set, rep_id: (
        Rep.objects.filter(Q(exercise_set=exercise_set, voided_at=None) | Q(pk=rep_id))
        .order_by()
        .values_list(*REP_COLUMNS, "voided_at", "exercise_set_id", named=True)
    ),
    UUID(int=1),
    UUID(int=2),
)


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
    """The answer to a claim: its verdict, the repetition that counts, and all that stand in the set now."""

    verdict: Verdict
    rep: RepRow
    standing: Sequence[RepRow]


def record_rep(*, exercise_set: ExerciseSet, claim: RepClaim, now: datetime) -> Receipt:
    """Store one repetition once: `store_rep`, in a transaction of its own."""
    with transaction.atomic():
        return store_rep(locked_set=_lock_set(exercise_set), claim=claim, now=now)


def store_rep(*, locked_set: ExerciseSet, claim: RepClaim, now: datetime) -> Receipt:
    """Store one repetition once, in a set with its session, whose row is locked: two devices cannot both take a number.

    The same id with the same words changes nothing. The same id with other words, or another id on a taken number, is
    kept as a conflict; the first counts. Raises Rep.DoesNotExist for an id used in another set, SessionClosed for a
    repetition done after the session's day. Two queries where nothing stands in the way.
    """
    session = locked_set.exercise_session
    result, times = _result_of(claim, locked_set, now)
    rows = REPS_TO_COMPARE(locked_set.pk, claim.rep_id)
    standing = [row for row in rows if row.exercise_set_id == locked_set.pk and row.voided_at is None]
    same_id = next((row for row in rows if row.id == claim.rep_id), None)
    if same_id and same_id.exercise_set_id != locked_set.pk:
        raise Rep.DoesNotExist
    rival = same_id or next((row for row in standing if row.number == claim.number), None)
    if rival:
        return Receipt(_compare(rival, locked_set, claim.rep_id, result, times), rival, standing)
    if not is_session_live(session, times["done_at"]):
        raise SessionClosed(closed_text())
    rep = Rep.objects.create(id=claim.rep_id, exercise_set=locked_set, **result, **times)
    if locked_set.started_at is None:
        ExerciseSet.objects.filter(pk=locked_set.pk).update(started_at=times["done_at"])
    # Before the last question about this set is answered, a session asks for more.
    if locked_set.felt_muscle:
        end_when_done(session, now)
    return Receipt(Verdict.STORED, rep, [*standing, rep])


def take_back_rep(*, exercise_set: ExerciseSet, rep_id: UUID, claim: RepClaim | None, now: datetime) -> Receipt:
    """Take one repetition back, which frees its number; the row stays. Taking it back again changes nothing.

    The word may arrive before the repetition itself: with a `claim` that is then stored as taken back at once. Raises
    Rep.DoesNotExist for an id that is not there and has no claim, or is used in another set; SessionClosed once the
    session has ended.
    """
    with transaction.atomic():
        locked_set = _lock_set(exercise_set)
        rep = Rep.objects.filter(pk=rep_id).first()
        if rep is None:
            if claim is None:
                raise Rep.DoesNotExist
            refuse_after_end(locked_set.exercise_session)
            result, times = _result_of(claim, locked_set, now)
            rep = Rep.objects.create(id=rep_id, exercise_set=locked_set, voided_at=now, **result, **times)
            return Receipt(Verdict.STORED, rep, standing_reps(locked_set))
        if rep.exercise_set_id != locked_set.pk:
            raise Rep.DoesNotExist
        if rep.voided_at is not None:
            return Receipt(Verdict.REPEATED, rep, standing_reps(locked_set))
        refuse_after_end(locked_set.exercise_session)
        rep.voided_at = now
        rep.save(update_fields=["voided_at"])
        return Receipt(Verdict.STORED, rep, standing_reps(locked_set))


def standing_reps(exercise_set: ExerciseSet) -> list[RepRow]:
    """Return the repetitions of a set that count, as the counter shows them. One query."""
    return list(exercise_set.reps.standing().values_list(*REP_COLUMNS, named=True))


def _lock_set(exercise_set: ExerciseSet) -> ExerciseSet:
    locked = ExerciseSet.objects.select_for_update(of=("self",)).get(pk=exercise_set.pk)
    locked.exercise_session = exercise_set.exercise_session
    return locked


def _result_of(claim: RepClaim, exercise_set: ExerciseSet, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a claim says was done, and when, as far as it can be believed."""
    started_at = exercise_set.exercise_session.started_at
    clock = read_clock(claimed=claim.done_at, started_at=started_at, received_at=now)
    result = {
        "number": claim.number,
        "held_ms": claim.held_ms,
        "paused_ms": claim.paused_ms,
        "outcome": honest_outcome(claim.outcome, held_ms=claim.held_ms, planned_ms=exercise_set.hold_target_ms),
        "method": claim.method,
    }
    return result, {"done_at": clock.done_at, "received_at": now, "is_clock_suspect": clock.is_suspect}


def _compare(
    rival: RepRow, exercise_set: ExerciseSet, claimed_id: UUID, result: Mapping[str, Any], times: Mapping[str, Any]
) -> Verdict:
    if rival.id == claimed_id and all(getattr(rival, name) == value for name, value in result.items()):
        return Verdict.REPEATED
    # Sent again, the same words may meet another repetition on that number: they are kept once all the same.
    kept = RepConflict.objects.filter(rep__exercise_set=exercise_set, claimed_id=claimed_id, **result)
    if not kept.exists():
        RepConflict.objects.create(rep_id=rival.id, claimed_id=claimed_id, **result, **times)
    return Verdict.CONFLICT
