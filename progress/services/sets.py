"""Beginning and ending a set, stopping a session, and going on after all or over the limit."""

from datetime import datetime

from django.db import transaction

from progress.facts import load_state
from progress.models import ExerciseSession, ExerciseSet, Rep
from progress.rules.reps import MISSED
from progress.rules.steps import StepKind
from progress.services.locking import end_when_done, lock_session, refuse_after_end


def begin_set(*, exercise_set: ExerciseSet, now: datetime) -> None:
    """Start a set. The first time counts."""
    with transaction.atomic():
        if lock_session(exercise_set.exercise_session, now).ended_at is None:
            ExerciseSet.objects.filter(pk=exercise_set.pk, started_at=None).update(started_at=now)


def choose_minimum(*, exercise_set: ExerciseSet, is_minimum: bool, now: datetime) -> None:
    """Do the fewest repetitions that were prescribed, or all of them after all. Once the set has begun it stays."""
    with transaction.atomic():
        if lock_session(exercise_set.exercise_session, now).ended_at is None:
            waiting = ExerciseSet.objects.filter(pk=exercise_set.pk, started_at=None, finished_at=None)
            waiting.exclude(is_minimum=is_minimum).update(is_minimum=is_minimum)


def finish_set(*, exercise_set: ExerciseSet, now: datetime) -> None:
    """End a set before its target, as a decision of the patient. The first time counts."""
    with transaction.atomic():
        session = lock_session(exercise_set.exercise_session, now)
        if session.ended_at is None:
            ExerciseSet.objects.filter(pk=exercise_set.pk, finished_at=None).update(finished_at=now)
            end_when_done(session, now)


def stop_session(*, session: ExerciseSession, reason: str, note: str = "", now: datetime) -> None:
    """Stop before the end. The questions about pain and the muscle still follow if anything was done."""
    with transaction.atomic():
        session = lock_session(session, now)
        if session.ended_at is not None:
            return
        session.stop_reason, session.stop_note = reason, note.strip()
        session.save(update_fields=["stop_reason", "stop_note"])
        end_when_done(session, now)


def override_pain_limit(*, session: ExerciseSession, now: datetime) -> None:
    """Go on although the pain before is over the limit, because the physiotherapist has said so. The first time counts.

    Nothing happens where nobody is held back. The alert is open since the pain was told.
    """
    with transaction.atomic():
        session = lock_session(session, now)
        if load_state(session, now).step.kind is StepKind.OVER_LIMIT:
            session.pain_overridden_at = now
            session.save(update_fields=["pain_overridden_at"])


def resume_session(*, session: ExerciseSession, now: datetime) -> None:
    """Take a stop or an early finish back, where SessionState.may_resume says so; otherwise nothing happens.

    Where every number is used up, what was skipped or let go early is taken back, to be done again. The worst pain is then asked for again at the end. Raises SessionClosed after the five minutes, and for a warning
    sign, which is never taken back.
    """
    with transaction.atomic():
        session = lock_session(session, now)
        state = load_state(session, now)
        if not state.may_resume(now):
            refuse_after_end(session)
            return
        missed = Rep.objects.standing().filter(exercise_set__in=state.facts.missed_sets, outcome__in=MISSED)
        missed.update(voided_at=now)
        session.sets.filter(finished_at__isnull=False).update(finished_at=None)
        session.stop_reason = session.stop_note = ""
        session.ended_at, session.resumed_at = None, now
        session.save(update_fields=["stop_reason", "stop_note", "ended_at", "resumed_at"])
