"""Where a patient stands with the warning signs that they reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.db.models import Q

from kneecoach.accounts.models import Patient
from progress.models import RedFlagReport
from progress.models.pain import RedFlagReportQuerySet

# What the physiotherapist found stays on Today so long after a report was cleared.
CLEARED_SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Flags:
    """The newest report that waits for a physiotherapist, or else the one that was cleared last, within a week."""

    waiting: RedFlagReport | None = None
    cleared: RedFlagReport | None = None


def reports_told(patient: Patient, now: datetime) -> RedFlagReportQuerySet:
    """Return the reports that Today says something about."""
    recent = Q(cleared_at=None) | Q(cleared_at__gt=now - CLEARED_SHOWN_FOR)
    return RedFlagReport.objects.filter(recent, patient=patient)


def load_flags(patient: Patient, now: datetime) -> Flags:
    """Return what Today says about warning signs. Two queries; one where there is nothing to say."""
    reports = list(
        reports_told(patient, now).select_related("cleared_by").prefetch_related("signs").order_by("-answered_at")
    )
    waiting = next((row for row in reports if row.cleared_at is None), None)
    cleared = max((row for row in reports if row.cleared_at), key=attrgetter("cleared_at"), default=None)
    return Flags(waiting, None if waiting else cleared)
