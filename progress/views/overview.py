"""Progress: a month of mornings and evenings, what was done of what was due, pain, holds, stages and notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from exercises.models import Depth
from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.charts import DayHolds, PainChart, depth_chart, holds_chart, pain_chart
from progress.charts.pain import JOINED, SHAPES
from progress.day_record import first_day_of
from progress.facts import moment_of
from progress.history import rule_set_of
from progress.models import PainRating, RuleSet
from progress.months import KneePain, MonthRecord, load_month, weeks
from progress.notes import load_notes
from progress.requesting import Known, load_outlook
from progress.rules.months import Month
from progress.stages import load_prescriptions
from progress.switches import pain_advice_is_on
from progress.views.readiness import readiness_context

# Any week will do: only the names of its days are shown.
WEEK_DAYS = [date(2026, 11, 2) + timedelta(days=offset) for offset in range(7)]


@dataclass(frozen=True)
class PainSign:
    """A mark of the pain chart and what it stands for; a week has no shape, but a bar."""

    moment: str
    label: str
    shape: str | None
    is_joined: bool


@require_GET
@patient_required
def overview(request: PatientRequest) -> HttpResponse:
    """Show one month, the current one unless `?month=2026-10` asks for another."""
    patient, now = request.patient, timezone.now()
    month = _month_asked_for(request, this_month=Month.of(moment_of(patient, now).local_date))
    prescriptions = load_prescriptions(patient)
    record = load_month(patient, month, now, prescriptions)
    first_day = first_day_of(patient, now, prescriptions)
    rule_set = rule_set_of(patient) if pain_advice_is_on() else None
    holds = [row.holds for row in record.work]
    context = {
        "patient": patient,
        "record": record,
        "month": month,
        "first_day": first_day,
        "has_earlier": first_day < month.first,
        "week_days": WEEK_DAYS,
        "weeks": weeks(record.days),
        "rule_set": rule_set,
        "knees": [(knee, _pain_chart(knee, record, rule_set)) for knee in record.knees if knee.readings],
        "pain_signs": _pain_signs(record),
        "holds": holds_chart(holds, month.days) if any(row.all for row in holds) else None,
        "total": _total(holds),
        "depth": depth_chart(record.depths, month.days, {rung.value: str(rung.label) for rung in Depth})
        if record.depths
        else None,
        "depths": [(row, _rung(row.done), _rung(row.prescribed)) for row in record.depths[::-1]],
        "prescriptions": prescriptions,
        "notes": load_notes(patient, month),
    }
    if record.is_current:
        context |= readiness_context(load_outlook(patient, now, Known(rule_set, prescriptions, record.loaded)))
    return render(request, "progress/overview.html", context)


def _month_asked_for(request: PatientRequest, *, this_month: Month) -> Month:
    text = request.GET.get("month")
    if text is None:
        return this_month
    try:
        month = Month.parse(text)
    except ValueError:
        raise Http404 from None
    if month.first > this_month.first:
        raise Http404
    return month


def _pain_chart(knee: KneePain, record: MonthRecord, rule_set: RuleSet | None) -> PainChart:
    return pain_chart(knee.readings, record.month.days, rule_set.values.limits if rule_set else None)


def _pain_signs(record: MonthRecord) -> list[PainSign]:
    """Return the marks that occur, in the order of the moments."""
    occurring = {moment for knee in record.knees for moment in knee.moments}
    return [
        PainSign(moment.value, str(moment.label), SHAPES.get(moment), is_joined=moment in JOINED)
        for moment in PainRating.Moment
        if moment in occurring
    ]


def _total(holds: Sequence[DayHolds]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in holds) for name in ("timed", "kept", "untimed")}


def _rung(depth: int | None) -> str:
    """Return the name of a rung, nothing for one that nobody said."""
    return "" if depth is None else str(Depth(depth).label)
