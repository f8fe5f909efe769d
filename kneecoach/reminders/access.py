"""What a view may load."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Patient
from kneecoach.accounts.services import hash_of
from kneecoach.reminders.models import CalendarFeed, PushDevice


def calendar_by(token: str) -> CalendarFeed:
    """Return the calendar with this secret, of somebody who may still log in and is not stopped, or Http404."""
    feeds = CalendarFeed.objects.select_related("patient").filter(
        patient__user__is_active=True, patient__stopped_at=None
    )
    return get_object_or_404(feeds, token_hash=hash_of(token))


def calendar_of(patient: Patient) -> CalendarFeed | None:
    """Return a patient's own calendar, or None."""
    return CalendarFeed.objects.filter(patient=patient).first()


def push_devices_of(patient: Patient) -> "QuerySet[PushDevice]":
    """Return the browsers that a patient is reminded in, the oldest on top."""
    return PushDevice.objects.filter(patient=patient)


def push_device_of(patient: Patient, pk: int) -> PushDevice:
    """Return one of them, or Http404."""
    return get_object_or_404(push_devices_of(patient), pk=pk)
