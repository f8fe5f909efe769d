"""What patient and physiotherapist wrote to each other in a month, by the patient's own days."""

from collections.abc import Iterable
from datetime import timedelta

from kneecoach.accounts.models import Patient
from progress.models import Message
from progress.rules.days import local_moment
from progress.rules.months import Month


def load_notes(patient: Patient, month: Month) -> list[Message]:
    """Return the messages of a month with who wrote and who has seen them, the newest first. One query."""
    # A programme day ends in the night after it, so the calendar's day after the last is looked at as well.
    near = Message.objects.of(patient).filter(sent_at__date__range=(month.first, month.last + timedelta(days=1)))
    rows: Iterable[Message] = near.select_related("author", "read_by").order_by("-sent_at", "-pk")
    return [row for row in rows if month.first <= local_moment(row.sent_at, patient.zone_now).local_date <= month.last]
