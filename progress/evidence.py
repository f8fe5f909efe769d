"""Stored evidence of alerts turned back into the values that the rules compare."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet

from kneecoach.accounts.models import Patient
from progress.models import AlertEvidence
from progress.rules.advice import RECENT, Evidence
from progress.rules.pain import WEEK

# The rules look at two weeks, and a median is the same news for one week more.
LOOKED_BACK = RECENT + WEEK + timedelta(days=1)


def known_evidence(patient: Patient, kind: str, today: date) -> tuple[Evidence, ...]:
    """Return what stands in the alerts of one kind of a patient already, open or not. One query."""
    return _evidence(_recent(patient, today).filter(alert__kind=kind))


def resolved_evidence(patient: Patient, today: date) -> tuple[Evidence, ...]:
    """Return what physiotherapists have looked at and closed. One query."""
    return _evidence(_recent(patient, today).filter(alert__resolved_at__isnull=False))


def _recent(patient: Patient, today: date) -> QuerySet[AlertEvidence]:
    # A warning sign has no number.
    rows = AlertEvidence.objects.filter(alert__patient=patient, value__isnull=False, limit__isnull=False)
    return rows.filter(local_date__gte=today - LOOKED_BACK)


def _evidence(rows: Iterable[AlertEvidence]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(row.what, row.local_date, float(row.value), float(row.limit), row.exercise_session_id, row.side)
        for row in rows
        if row.value is not None and row.limit is not None
    )
