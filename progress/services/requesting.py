"""A patient asks for the next stage, a physiotherapist answers. Nothing here changes a prescription."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.models import StageRequest
from progress.requesting import stage_ahead
from progress.services.counting import keep_readiness

Status = StageRequest.Status


def ask_for_stage(
    *, patient: Patient, request_id: UUID, stage_key: str, message: str = "", now: datetime
) -> StageRequest:
    """Write down that a patient asks for the next stage, with the criteria as they are counted now.

    May be asked at any time, whatever the criteria say. The same id again changes nothing. Raises
    StageRequest.DoesNotExist for an id of somebody else; ValidationError while another request is open, and where the
    stage is not the next one (any more).
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once are one request.
        patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = StageRequest.objects.filter(pk=request_id).select_related("stage").first()
        if standing:
            if standing.patient_id != patient.pk:
                raise StageRequest.DoesNotExist
            return standing
        if StageRequest.objects.of(patient).open().exists():
            raise ValidationError(_("You have asked already. Your physiotherapist will answer."))
        ahead = stage_ahead(patient)
        if ahead is None or ahead.stage is None or ahead.stage.key != stage_key:
            raise ValidationError(_("Your stages have changed meanwhile. Look at them again before you ask."))
        return StageRequest.objects.create(
            id=request_id,
            patient=patient,
            stage=ahead.stage,
            evaluation=keep_readiness(patient, ahead, now),
            message=message.strip(),
            requested_at=now,
        )


def withdraw_request(*, request: StageRequest, now: datetime) -> StageRequest:
    """Take a request back. Taken back again changes nothing; raises ValidationError for one that was answered."""
    with transaction.atomic():
        row = StageRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if row.status == Status.WITHDRAWN:
            return row
        if not row.is_open:
            raise ValidationError(_("Your physiotherapist has answered already."))
        row.status, row.decided_at = Status.WITHDRAWN, now
        row.save(update_fields=["status", "decided_at"])
        return row


def answer_request(*, request: StageRequest, status: str, note: str, by: User, now: datetime) -> StageRequest:
    """Approve or decline a request, with a note that the patient reads and the criteria as they are counted now.

    The same answer again changes nothing. Raises ValidationError for another status than these two, for a decline
    without a note, and for a request that was answered differently or taken back.
    """
    if status not in {Status.APPROVED, Status.DECLINED}:
        raise ValidationError({"status": _("Approve it, or say that it is not time yet.")})
    note = note.strip()
    if status == Status.DECLINED and not note:
        raise ValidationError({"note": _("Say in a sentence what is to come first: the patient reads it.")})
    with transaction.atomic():
        row = StageRequest.objects.select_for_update(of=("self",)).select_related("patient").get(pk=request.pk)
        if (row.status, row.decision_note) == (status, note):
            return row
        if not row.is_open:
            raise ValidationError(_("This request is not open any more: it was answered or taken back."))
        row.status, row.decision_note, row.decided_by, row.decided_at = status, note, by, now
        row.decision_evaluation = keep_readiness(row.patient, stage_ahead(row.patient), now)
        row.save(update_fields=["status", "decision_note", "decided_by", "decided_at", "decision_evaluation"])
        return row


def put_answer_away(*, request: StageRequest, now: datetime) -> None:
    """Write down that the patient has read an answer and does not want to see it again. Again changes nothing."""
    StageRequest.objects.answered().filter(pk=request.pk, dismissed_at=None).update(dismissed_at=now)
