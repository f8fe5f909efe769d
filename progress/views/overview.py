"""Progress: a month of mornings and evenings, pain over time, and what was done."""

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kneecoach.accounts.access import patient_required
from kneecoach.accounts.models import Patient, Side
from kneecoach.http import PatientRequest
from progress.charts import PainChart, Reading, pain_chart
from progress.facts import load_span, moment_of
from progress.models import PainRating, Slot
from progress.rules.months import Month
from progress.rules.slots import DayView, day_view

# Any week will do: only the names of its days are shown.
WEEK_DAYS = [date(2026, 11, 2) + timedelta(days=offset) for offset in range(7)]
CHART_MOMENTS = (PainRating.Moment.BEFORE, PainRating.Moment.WORST)


@require_GET
@patient_required
def overview(request: PatientRequest) -> HttpResponse:
    """Show one month, the current one unless `?month=2026-10` asks for another."""
    now = timezone.now()
    moment = moment_of(request.patient, now)
    month = _month_asked_for(request, this_month=Month.of(moment.local_date))
    span = load_span(request.patient, month.first, month.last, now)
    ratings = list(
        PainRating.objects.of(request.patient)
        .filter(local_date__range=(month.first, month.last))
        .select_related("exercise_session")
        .with_corrections()
        .order_by("rated_at")
    )
    context = {
        "patient": request.patient,
        "month": month,
        "is_this_month": month == Month.of(moment.local_date),
        "today": moment.local_date,
        "week_days": WEEK_DAYS,
        "weeks": weeks([day_view(day, moment, span.prescription_facts, span.session_facts) for day in month.days]),
        "charts": [(side, _chart(ratings, side, month)) for side in _sides(request.patient, ratings)],
        "ratings": ratings,
        "sessions": span.sessions[::-1],
    }
    return render(request, "progress/overview.html", context)


def weeks(days: list[DayView]) -> list[list[DayView | None]]:
    """Return the days of a month in rows from Monday to Sunday, with None where the month has not begun or is over."""
    cells: list[DayView | None] = [*[None] * days[0].day.weekday(), *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


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


def _sides(patient: Patient, ratings: list[PainRating]) -> list[Side]:
    """Return the knees to draw: those rated this month, else the patient's."""
    rated = {row.side for row in ratings} or ({Side.LEFT, Side.RIGHT} if patient.side == Side.BOTH else {patient.side})
    return [side for side in (Side.LEFT, Side.RIGHT) if side in rated]


def _chart(ratings: list[PainRating], side: Side, month: Month) -> PainChart:
    readings = [
        Reading(row.local_date, row.moment, row.value_now, is_evening=_is_evening(row))
        for row in ratings
        if row.side == side
    ]
    return pain_chart(readings, month.days, CHART_MOMENTS)


def _is_evening(rating: PainRating) -> bool:
    return rating.exercise_session is not None and rating.exercise_session.slot != Slot.MORNING
