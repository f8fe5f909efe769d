"""What there is for a patient, at one glance: on most days most of what Today could say has nothing to say."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, QuerySet, Subquery, Value

from exercises.access import news_of
from exercises.models import Prescription
from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.asking import ended_about_an_hour_ago
from progress.conversation import unread_by
from progress.evidence import resolved_rows
from progress.flags import reports_told
from progress.models import ExerciseSet, MorningCheck, WeeklyCheck
from progress.requesting import answers_to
from progress.rules.pain import ONE_DAY
from progress.rules.weekly import last_monday_of


class Glance(NamedTuple):
    """What is there. Each `has_` tells that the loader named after it would not come back with empty hands.

    `sides_yesterday` are the sides of the sets of the day before; `swelling` is None before it is answered this morning,
    and empty where it was skipped.
    """

    has_active: bool
    has_ended_about_an_hour_ago: bool
    has_reports: bool
    has_resolved: bool
    has_answers: bool
    has_news: bool
    has_unread: bool
    is_week_answered: bool
    sides_yesterday: list[str]
    swelling: str | None


def glance_at(patient: Patient, now: datetime, today: date) -> Glance:
    """Return what there is for a patient. One query."""
    return Glance._make(GLANCE(patient.pk, now, today, today - ONE_DAY, last_monday_of(today))[0])


def _rows(
    patient: Any, now: datetime, today: date, yesterday: date, last_monday: date
) -> "QuerySet[Patient, tuple[object, ...]]":
    # What the loaders count back from them, the database counts: as plain values the difference would be in the SQL.
    at: Any = Value(now)
    on: Any = Value(today)
    sets = ExerciseSet.objects.filter(exercise_session__patient=patient, exercise_session__local_date=yesterday)
    checked = MorningCheck.objects.filter(patient=patient, local_date=today)
    return Patient.objects.filter(pk=patient).values_list(
        Exists(Prescription.objects.of(patient).active()),
        Exists(ended_about_an_hour_ago(patient, at)),
        Exists(reports_told(patient, at)),
        Exists(resolved_rows(patient, on)),
        Exists(answers_to(patient)),
        Exists(news_of(patient, at)),
        Exists(unread_by(patient)),
        Exists(WeeklyCheck.objects.filter(patient=patient, week_starts_on=last_monday)),
        ArraySubquery(sets.order_by().values("side").distinct()),
        Subquery(checked.values("swelling")),
    )


GLANCE = Prepared(
    _rows, UUID(int=0), datetime(2000, 1, 5, tzinfo=UTC), date(2000, 1, 5), date(2000, 1, 4), date(1999, 12, 27)
)
