"""Stored evidence of alerts turned back into the values that the rules compare."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

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
    return _evidence(resolved_rows(patient, today))


def resolved_rows(patient: Patient, today: date) -> QuerySet[AlertEvidence]:
    """Return the rows of it."""
    return _recent(patient, today).filter(alert__resolved_at__isnull=False)


def resolved_evidence_of(days: Mapping[UUID, date]) -> dict[UUID, tuple[Evidence, ...]]:
    """Return the same of several patients, each with their today. One query."""
    if not days:
        return {}
    rows = AlertEvidence.objects.filter(
        alert__patient__in=list(days),
        alert__resolved_at__isnull=False,
        value__isnull=False,
        limit__isnull=False,
        local_date__gte=min(days.values()) - LOOKED_BACK,
    )
    found: defaultdict[UUID, list[AlertEvidence]] = defaultdict(list)
    for row in rows.select_related("alert"):
        if row.local_date >= days[row.alert.patient_id] - LOOKED_BACK:
            found[row.alert.patient_id].append(row)
    return {patient_id: _evidence(found[patient_id]) for patient_id in days}


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
