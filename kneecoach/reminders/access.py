"""What a view may load."""

from django.shortcuts import get_object_or_404

from kneecoach.accounts.models import Patient
from kneecoach.accounts.services import hash_of
from kneecoach.reminders.models import CalendarFeed


def calendar_by(token: str) -> CalendarFeed:
    """Return the calendar with this secret, of somebody who may still log in and is not stopped, or Http404."""
    feeds = CalendarFeed.objects.select_related("patient").filter(
        patient__user__is_active=True, patient__stopped_at=None
    )
    return get_object_or_404(feeds, token_hash=hash_of(token))


def calendar_of(patient: Patient) -> CalendarFeed | None:
    """Return a patient's own calendar, or None."""
    return CalendarFeed.objects.filter(patient=patient).first()
