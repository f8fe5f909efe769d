"""The only places where a view may load a row. What belongs to somebody else is not there: 404."""

from uuid import UUID

from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet, RedFlagReport


def session_of(patient: Patient, session_id: UUID) -> ExerciseSession:
    """Return a session of this patient, or raise Http404."""
    return get_object_or_404(ExerciseSession.objects.of(patient), pk=session_id)


def set_of(patient: Patient, set_id: UUID) -> ExerciseSet:
    """Return a set of this patient with its session, or raise Http404."""
    return get_object_or_404(
        ExerciseSet.objects.select_related("exercise_session"), pk=set_id, exercise_session__patient=patient
    )


def report_of(patient: Patient, report_id: int) -> RedFlagReport:
    """Return a report of a warning sign of this patient, or raise Http404."""
    return get_object_or_404(RedFlagReport.objects.filter(patient=patient), pk=report_id)
