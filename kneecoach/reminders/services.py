"""What a patient does about their calendar."""

import secrets
from datetime import datetime
from uuid import uuid4

from kneecoach.accounts.models import Patient
from kneecoach.accounts.services import hash_of
from kneecoach.reminders.models import CalendarFeed

TOKEN_BYTES = 32


def make_calendar(patient: Patient, *, now: datetime) -> str:
    """Give a patient's calendar a new address and return its secret part, which is known only now.

    An address from before no longer works.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(
        patient=patient, defaults={"token_hash": hash_of(token), "seed": uuid4(), "made_at": now}
    )
    return token


def end_calendar(patient: Patient) -> None:
    """Switch a patient's calendar off: its address no longer works. Again changes nothing."""
    CalendarFeed.objects.filter(patient=patient).delete()
