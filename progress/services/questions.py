"""What a patient answers in a session: pain, whether the muscle was felt, how deep and how hard it was."""

from datetime import datetime

from django.db import transaction

from progress.facts import is_session_live
from progress.models import ExerciseSession, ExerciseSet, PainRating
from progress.services.alerting import refresh_alerts
from progress.services.locking import SessionClosed, closed_text, end_when_done, lock_session, refuse_after_end
from progress.services.messaging import write_session_note


def rate_pain(*, session: ExerciseSession, moment: str, side: str, value: int | None, now: datetime) -> PainRating:
    """Write down pain from 0 to 10, or None for skipped. Until the session ends it may be changed."""
    with transaction.atomic():
        session = lock_session(session, now)
        status = PainRating.Status.SKIPPED if value is None else PainRating.Status.ANSWERED
        rating = session.pain_ratings.filter(moment=moment, side=side).first() or PainRating(
            patient_id=session.patient_id,
            exercise_session=session,
            local_date=session.local_date,
            moment=moment,
            side=side,
        )
        is_asked_again = session.resumed_at and rating.rated_at and rating.rated_at < session.resumed_at
        if rating.rated_at and not is_asked_again and (rating.status, rating.value) == (status, value):
            return rating
        refuse_after_end(session)
        rating.status, rating.value, rating.rated_at = status, value, now
        rating.save()
        end_when_done(session, now)
        refresh_alerts(patient=session.patient, now=now)
        return rating


def answer_depth(*, exercise_set: ExerciseSet, depth: int, now: datetime) -> None:
    """Write down how deep the squats of a set were, or, before it, that they will be less deep than prescribed."""
    with transaction.atomic():
        session = lock_session(exercise_set.exercise_session, now)
        changed = ExerciseSet.objects.filter(pk=exercise_set.pk).exclude(depth=depth)
        if changed.exists():
            refuse_after_end(session)
            changed.update(depth=depth)
        end_when_done(session, now)


def answer_effort(*, session: ExerciseSession, effort: int | None, note: str, now: datetime) -> None:
    """Write down how hard a session was, from 0 to 10 or None for not answered, and a note. Also after its end.

    As long as its day lasts it may be changed; later it is corrected. Raises SessionClosed then.
    """
    with transaction.atomic():
        session = lock_session(session, now)
        if not is_session_live(session, now):
            raise SessionClosed(closed_text())
        session.effort = effort
        session.save(update_fields=["effort"])
        write_session_note(session=session, body=note.strip(), now=now)


def answer_felt(*, exercise_set: ExerciseSet, felt: str, now: datetime) -> None:
    """Write down whether the muscle was felt in a set."""
    with transaction.atomic():
        session = lock_session(exercise_set.exercise_session, now)
        changed = ExerciseSet.objects.filter(pk=exercise_set.pk).exclude(felt_muscle=felt)
        if changed.exists():
            refuse_after_end(session)
            changed.update(felt_muscle=felt)
        end_when_done(session, now)
