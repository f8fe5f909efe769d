"""What a patient does about their calendar, and about the browsers that they are reminded in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from kneecoach.accounts.models import Device, Patient
from kneecoach.accounts.services import hash_of, log_ins_ended
from kneecoach.reminders.models import CalendarFeed, PushDevice

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


class TooManyDevices(Exception):
    """A patient has as many browsers as they may be reminded in."""


@dataclass(frozen=True)
class Subscription:
    """What a browser tells of itself: the address at its push service, and its keys as base64url without padding."""

    endpoint: str
    public_key: str
    auth_secret: str


def switch_push_on(
    patient: Patient, subscription: Subscription, *, log_in: Device | None, browser: tuple[str, str], now: datetime
) -> PushDevice:
    """Remind a patient in one more browser, from now on; `browser` is what it calls itself, and its system.

    One that somebody else was reminded in is theirs no longer, and one that has got a new address has the one before no
    longer. Raises TooManyDevices.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        PushDevice.objects.filter(endpoint=subscription.endpoint).delete()
        if log_in is not None:
            PushDevice.objects.filter(log_in=log_in).delete()
        if PushDevice.objects.filter(patient=patient).count() >= PushDevice.MOST:
            raise TooManyDevices
        return PushDevice.objects.create(
            patient=patient,
            log_in=log_in,
            endpoint=subscription.endpoint,
            public_key=subscription.public_key,
            auth_secret=subscription.auth_secret,
            browser=browser[0],
            system=browser[1],
            made_at=now,
        )


def switch_push_off(device: PushDevice) -> None:
    """Push nothing to a browser any more."""
    device.delete()


def end_push_of(sender: Any, keys: Sequence[int], **told: Any) -> None:
    """Push nothing to browsers whose log-in somebody has ended: on a phone that is lost, or another's now."""
    PushDevice.objects.filter(log_in__in=keys).delete()


def connect() -> None:
    """Hear of log-ins that end."""
    log_ins_ended.connect(end_push_of, dispatch_uid="push")
