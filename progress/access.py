"""The only places where a view may load a row. What belongs to somebody else is not there: 404."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.models import ExerciseSession, ExerciseSet, Message, RedFlagReport, StageRequest

LOCKED_SET = Prepared[ExerciseSet](
    lambda patient, set_id: (
        ExerciseSet.objects.filter(pk=set_id, exercise_session__patient=patient)
        .select_related("exercise_session")
        .select_for_update(of=("self",))
        .order_by()
    ),
    UUID(int=1),
    UUID(int=2),
)


def session_of(patient: Patient, session_id: UUID) -> ExerciseSession:
    """Return a session of this patient, or raise Http404."""
    return get_object_or_404(ExerciseSession.objects.of(patient), pk=session_id)


def set_of(patient: Patient, set_id: UUID) -> ExerciseSet:
    """Return a set of this patient with its session, or raise Http404."""
    return get_object_or_404(
        ExerciseSet.objects.select_related("exercise_session"), pk=set_id, exercise_session__patient=patient
    )


def locked_set_of(patient: Patient, set_id: UUID) -> ExerciseSet:
    """Return the same, its row locked until the end of the transaction, or raise Http404. One query."""
    for row in LOCKED_SET(patient.pk, set_id):
        return row
    raise Http404


def report_of(patient: Patient, report_id: int) -> RedFlagReport:
    """Return a report of a warning sign of this patient, or raise Http404."""
    return get_object_or_404(RedFlagReport.objects.filter(patient=patient), pk=report_id)


def stage_request_of(patient: Patient, request_id: UUID) -> StageRequest:
    """Return a request of this patient with its stage, or raise Http404."""
    return get_object_or_404(StageRequest.objects.of(patient).select_related("stage"), pk=request_id)


def message_of(patient: Patient, message_id: str) -> Message:
    """Return a message from or to this patient, or raise Http404; also for what is no id at all."""
    try:
        key = UUID(message_id)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Message.objects.of(patient), pk=key)
