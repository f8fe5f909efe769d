"""A day, opened: its sessions with each repetition, pain at every moment, notes, corrections."""

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.charts import RepBar, RepsChart, reps_chart
from progress.day_record import DayRecord, SetRecord, first_day_of, load_day
from progress.facts import moment_of
from progress.rules.later import DAYS_BACK
from progress.rules.months import Month
from progress.rules.pain import ONE_DAY
from progress.rules.slots import SlotState


@require_safe
@patient_required
def day(request: PatientRequest, day: str) -> HttpResponse:
    """Show a day between the patient's first one and today; any other is not found."""
    now = timezone.now()
    asked_for, today = _day_of(day), moment_of(request.patient, now).local_date
    first = first_day_of(request.patient, now)
    if not first <= asked_for <= today:
        raise Http404
    record = load_day(request.patient, asked_for, now)
    context = {
        "patient": request.patient,
        "section": "progress",
        "record": record,
        "month": Month.of(asked_for),
        "yesterday": asked_for - ONE_DAY if asked_for > first else None,
        "tomorrow": asked_for + ONE_DAY if asked_for < today else None,
        "sessions": [(row, [(part, _chart(part)) for part in row.sets]) for row in record.sessions],
        "can_enter": _can_enter(record),
    }
    return render(request, "progress/day.html", context)


def _day_of(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    # Other spellings of the same day are other addresses.
    if found.isoformat() != text:
        raise Http404
    return found


def _chart(part: SetRecord) -> RepsChart | None:
    if not part.standing:
        return None
    bars = [RepBar(rep.number, rep.outcome, rep.held_ms) for rep in part.standing]
    return reps_chart(bars, part.row.hold_target_ms, part.row.reps_target)


def _can_enter(record: DayRecord) -> bool:
    """Tell whether something that was due and is not recorded can still be entered."""
    is_recent = record.today - record.day <= timedelta(days=DAYS_BACK)
    return is_recent and any(part.state in (SlotState.MISSED, SlotState.DUE) for part in record.view.slots)
