"""Repetitions: each is written once, the first of two counts, and one that was taken back frees its number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from progress.facts import SessionState, is_session_live, load_state
from progress.models import ExerciseSession, ExerciseSet, Rep, RepConflict
from progress.rules.reps import Outcome, honest_outcome, read_clock
from progress.services.locking import SessionClosed, closed_text, end_when_done, refuse_after_end


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
        session, locked = _lock_set(exercise_set)
        result, times = _result_of(claim, exercise_set, now)
        standing = _standing_rep(exercise_set, claim)
        if standing:
            verdict = _compare(standing, claim.rep_id, result, times)
            return Receipt(verdict, standing, load_state(session, now))
        if not is_session_live(session, times["done_at"]):
            raise SessionClosed(closed_text())
        rep = Rep.objects.create(id=claim.rep_id, exercise_set=exercise_set, **result, **times)
        if locked.started_at is None:
            ExerciseSet.objects.filter(pk=exercise_set.pk).update(started_at=times["done_at"])
        return Receipt(Verdict.STORED, rep, end_when_done(session, now))


def take_back_rep(*, exercise_set: ExerciseSet, rep_id: UUID, claim: RepClaim | None, now: datetime) -> Receipt:
    """Take one repetition back, which frees its number; the row stays. Taking it back again changes nothing.

    The word may arrive before the repetition itself: with a `claim` that is then stored as taken back at once. Raises
    Rep.DoesNotExist for an id that is not there and has no claim, or is used in another set; SessionClosed once the
    session has ended.
    """
    with transaction.atomic():
        session, _locked = _lock_set(exercise_set)
        rep = Rep.objects.filter(pk=rep_id).first()
        if rep is None:
            if claim is None:
                raise Rep.DoesNotExist
            refuse_after_end(session)
            result, times = _result_of(claim, exercise_set, now)
            rep = Rep.objects.create(id=rep_id, exercise_set=exercise_set, voided_at=now, **result, **times)
            return Receipt(Verdict.STORED, rep, load_state(session, now))
        if rep.exercise_set_id != exercise_set.pk:
            raise Rep.DoesNotExist
        if rep.voided_at is not None:
            return Receipt(Verdict.REPEATED, rep, load_state(session, now))
        refuse_after_end(session)
        rep.voided_at = now
        rep.save(update_fields=["voided_at"])
        return Receipt(Verdict.STORED, rep, load_state(session, now))


def _lock_set(exercise_set: ExerciseSet) -> tuple[ExerciseSession, ExerciseSet]:
    # The set's row is the lock: two devices cannot both take a number.
    locked = ExerciseSet.objects.select_for_update(of=("self",)).get(pk=exercise_set.pk)
    return exercise_set.exercise_session, locked


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
    # Sent again, the same words may meet another repetition on that number: they are kept once all the same.
    kept = RepConflict.objects.filter(rep__exercise_set=standing.exercise_set_id, claimed_id=claimed_id, **result)
    if not kept.exists():
        RepConflict.objects.create(rep=standing, claimed_id=claimed_id, **result, **times)
    return Verdict.CONFLICT
