"""The thread between a patient and the physiotherapists, as both sides read it."""

from dataclasses import dataclass

from kneecoach.accounts.models import Patient
from progress.models import Message
from progress.models.messages import MessageQuerySet

SHOWN = 50


@dataclass(frozen=True)
class Thread:
    """Some messages in a row, oldest first; `has_earlier` where there are more before them."""

    messages: tuple[Message, ...]
    has_earlier: bool

    def newest_unread(self, *, is_from_patient: bool) -> Message | None:
        """Return the newest one of a side that the other has not marked as read."""
        unread = (row for row in self.messages[::-1] if row.is_from_patient == is_from_patient and not row.read_at)
        return next(unread, None)


def load_thread(patient: Patient, *, before: Message | None = None, most: int = SHOWN) -> Thread:
    """Return the last messages, or the last ones before another. One query."""
    rows = (
        Message.objects.of(patient).select_related("author", "read_by", "exercise_session").order_by("-sent_at", "-pk")
    )
    if before:
        rows = rows.filter(sent_at__lt=before.sent_at)
    found = list(rows[: most + 1])
    return Thread(tuple(found[:most][::-1]), has_earlier=len(found) > most)


def unread_by(patient: Patient) -> MessageQuerySet:
    """Return the messages of physiotherapists that the patient has not read."""
    return Message.objects.of(patient).from_staff().unread()


def unread_answer_of(patient: Patient) -> Message | None:
    """Return the newest message of a physiotherapist that the patient has not read. One query."""
    return unread_by(patient).select_related("author").order_by("sent_at").last()
