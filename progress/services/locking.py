"""What every service shares: the locked row of a session, and its end."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient
from progress.facts import SessionState, is_session_live, load_state
from progress.models import ExerciseSession
from progress.rules.steps import StepKind


class SessionClosed(ValidationError):
    """The session has ended, or its day is over; what it holds stays as it is."""


def lock_session(session: ExerciseSession, now: datetime) -> ExerciseSession:
    """Return the session's row, locked. Raises SessionClosed when it was left open past its day."""
    locked = ExerciseSession.objects.select_for_update(of=("self",)).get(pk=session.pk)
    if locked.ended_at is None and not is_session_live(locked, now):
        raise SessionClosed(closed_text())
    return locked


def lock_patient(patient: Patient) -> None:
    """Lock the patient's row until the end of the transaction, so that two taps at once write one row.

    Whoever locks a session as well locks it first.
    """
    Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient.pk)


def refuse_after_end(session: ExerciseSession) -> None:
    """Raise SessionClosed when a session has ended."""
    if session.ended_at is not None:
        raise SessionClosed(_("This session has ended. Everything recorded in it is kept."))


def end_when_done(session: ExerciseSession, now: datetime) -> SessionState:
    """End a session that asks nothing more, and return where it stands."""
    state = load_state(session, now)
    if session.ended_at is None and state.step.kind is StepKind.DONE:
        session.ended_at = end_of(session, now)
        session.save(update_fields=["ended_at"])
    return state


def end_of(session: ExerciseSession, now: datetime) -> datetime:
    """Return when a session ends that ends now: not before it began, though a clock was set back meanwhile."""
    return max(now, session.started_at)


def closed_text() -> str:
    """Say that the day of a session is over."""
    return _("The day of this session is over, so it is closed. Everything recorded in it is kept.")
