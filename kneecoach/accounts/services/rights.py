"""What patients agree to, take back and ask for about their data, and what the clinic answers."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts import rules
from kneecoach.accounts.models import Consent, DataRequest, Patient, Stopped, User

Status = DataRequest.Status


def agree_anew(*, patient: Patient, guardian_name: str = "", now: datetime) -> None:
    """Write down that a patient agrees to the text as it is now; what had stopped with their consent goes on.

    Again changes nothing. Raises ValidationError for somebody who is locked away: that is the clinic's to end.
    """
    with transaction.atomic():
        row = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if row.stopped_why not in {"", Stopped.WITHDRAWN}:
            raise ValidationError(_("Your clinic keeps your data locked away. Please ask your clinic."))
        newest = Consent.objects.filter(patient=row).first()
        if newest and newest.version >= rules.CONSENT_VERSION and not newest.is_withdrawal:
            return
        Consent.objects.create(
            patient=row, version=rules.CONSENT_VERSION, agreed_at=now, guardian_name=guardian_name.strip()
        )
        Patient.objects.filter(pk=row.pk).update(stopped_at=None, stopped_why="")


def withdraw_consent(*, patient: Patient, now: datetime) -> None:
    """Write down that a patient takes their consent back: from now on nothing is recorded. Again changes nothing."""
    with transaction.atomic():
        row = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if row.stopped_why:
            return
        newest = Consent.objects.filter(patient=row).first()
        version = newest.version if newest else rules.CONSENT_VERSION
        Consent.objects.create(patient=row, version=version, agreed_at=now, is_withdrawal=True)
        Patient.objects.filter(pk=row.pk).update(stopped_at=now, stopped_why=Stopped.WITHDRAWN)


def ask_about_data(*, patient: Patient, request_id: UUID, kind: str, words: str = "", now: datetime) -> DataRequest:
    """Write down that a patient asks for their data to be erased or locked away. The same id again changes nothing.

    Raises DataRequest.DoesNotExist for an id of somebody else, ValidationError while another request is open.
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once are one request.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = DataRequest.objects.filter(pk=request_id).first()
        if standing:
            if standing.patient_id != patient.pk:
                raise DataRequest.DoesNotExist
            return standing
        if DataRequest.objects.of(patient).open().exists():
            raise ValidationError(_("You have asked already. Your clinic will answer."))
        return DataRequest.objects.create(id=request_id, patient=patient, kind=kind, words=words.strip(), asked_at=now)


def take_data_request_back(*, request: DataRequest, now: datetime) -> None:
    """Take a request back. Again changes nothing; raises ValidationError for one that was answered."""
    with transaction.atomic():
        row = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if row.status == Status.WITHDRAWN:
            return
        if not row.is_open:
            raise ValidationError(_("Your clinic has answered already."))
        row.status, row.decided_at = Status.WITHDRAWN, now
        row.save(update_fields=["status", "decided_at"])


def answer_data_request(*, request: DataRequest, status: str, answer: str, by: User, now: datetime) -> DataRequest:
    """Agree to a request or decline it, with words that the patient reads. Nothing is erased by it.

    The same answer again changes nothing. Raises ValidationError for another status, for a decline without a word, and
    for a request that was answered differently or taken back.
    """
    if status not in {Status.AGREED, Status.DECLINED}:
        raise ValidationError({"status": _("Agree, or say why not.")})
    answer = answer.strip()
    if status == Status.DECLINED and not answer:
        raise ValidationError(
            {"answer": _("Say in a sentence why not: the patient reads it, and has a right to know.")}
        )
    with transaction.atomic():
        row = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if (row.status, row.answer) == (status, answer):
            return row
        if not row.is_open:
            raise ValidationError(_("This request is not open any more: it was answered or taken back."))
        row.status, row.answer, row.decided_by, row.decided_at = status, answer, by, now
        row.save(update_fields=["status", "answer", "decided_by", "decided_at"])
        return row
