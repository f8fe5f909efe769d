"""Notes and answers between a patient and the physiotherapists. Nobody watches them live."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kneecoach.accounts.models import Patient, User
from progress.models import ExerciseSession, Message


def send_message(
    *,
    patient: Patient,
    message_id: UUID,
    body: str,
    author: User | None,
    is_from_patient: bool,
    session: ExerciseSession | None = None,
    now: datetime,
) -> Message:
    """Write a message down. The same id again changes nothing.

    Raises Message.DoesNotExist for an id of somebody else, ValidationError for one that says nothing.
    """
    with transaction.atomic():
        # The patient's row is the lock: two taps at once send one message.
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        standing = Message.objects.filter(pk=message_id).first()
        if standing:
            if (standing.patient_id, standing.is_from_patient) != (patient.pk, is_from_patient):
                raise Message.DoesNotExist
            return standing
        if not body.strip():
            raise ValidationError({"body": _("Write something first.")})
        return Message.objects.create(
            id=message_id,
            patient=patient,
            exercise_session=session,
            is_from_patient=is_from_patient,
            author=author,
            body=body.strip(),
            sent_at=now,
        )


def write_session_note(*, session: ExerciseSession, body: str, now: datetime) -> None:
    """Keep the note of a session as the patient has it now.

    Until somebody has read it, it is the same note changed; afterwards a new one follows, and what was read stays.
    """
    note = session.messages.from_patients().unread().order_by("sent_at").last()
    if note is None:
        known = session.messages.from_patients().order_by("sent_at").last()
        if body and (known is None or known.body != body):
            Message.objects.create(
                patient_id=session.patient_id,
                exercise_session=session,
                is_from_patient=True,
                author=session.patient.user,
                body=body,
                sent_at=now,
            )
    elif not body:
        note.delete()
    elif note.body != body:
        note.body, note.sent_at = body, now
        note.save(update_fields=["body", "sent_at"])


def note_of(session: ExerciseSession) -> str:
    """Return the newest note that the patient left with a session; empty where there is none. One query."""
    note = session.messages.from_patients().order_by("sent_at").last()
    return note.body if note else ""


def mark_read(*, patient: Patient, by: User, is_by_patient: bool, up_to: datetime, now: datetime) -> int:
    """Mark what the other side had written by an instant as read, and return how many were new. Once read stays read.

    `up_to` is when the newest message was sent that the reader has on the screen: what came since is still unread.
    """
    theirs = Message.objects.of(patient).unread().filter(is_from_patient=not is_by_patient, sent_at__lte=up_to)
    return theirs.update(read_by=by, read_at=now)
