"""What is prescribed to a patient in some days, as Today needs it: one query in the place of two."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from exercises.access import in_readers_language
from exercises.models import Prescription, PrescriptionPause
from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.facts import prescription_fact_of
from progress.rules.slots import PrescriptionFact


class Prescribed(NamedTuple):
    """A prescription with its stage, and the fact that the day rules take."""

    row: Prescription
    fact: PrescriptionFact


def load_prescribed(patient: Patient, first: date, last: date) -> list[Prescribed]:
    """Return what had not ended on the first day and has begun by the last, by stage and when it was made. One query."""
    rows: list[Any] = PRESCRIBED(patient.pk, first, last)
    in_readers_language(row.stage for row in rows)
    return [
        Prescribed(row, prescription_fact_of(row, zip(row.paused_from, row.paused_to, strict=True), patient.time_zone))
        for row in sorted(rows, key=lambda row: (row.stage.number, row.prescribed_at))
    ]


def _rows(patient: UUID, first: date, last: date) -> QuerySet[Prescription]:
    pauses = PrescriptionPause.objects.filter(prescription=OuterRef("pk")).order_by("from_on", "pk")
    return (
        Prescription.objects.filter(Q(ended_on=None) | Q(ended_on__gt=first), patient=patient, starts_on__lte=last)
        .select_related("stage")
        .annotate(paused_from=ArraySubquery(pauses.values("from_on")), paused_to=ArraySubquery(pauses.values("to_on")))
        .order_by()
    )


PRESCRIBED = Prepared(_rows, UUID(int=0), date(2000, 1, 3), date(2000, 1, 12))
