"""Progress: a month of mornings and evenings, what was done of what was due, pain, holds, stages and notes."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kneecoach.accounts.access import patient_required
from kneecoach.http import PatientRequest
from progress.day_record import first_day_of
from progress.facts import moment_of
from progress.history import rule_set_of
from progress.months import load_month, month_context
from progress.notes import load_notes
from progress.requesting import Known, load_outlook
from progress.rules.months import Month
from progress.stages import load_prescriptions
from progress.switches import pain_advice_is_on
from progress.views.readiness import readiness_context


@require_safe
@patient_required
def overview(request: PatientRequest) -> HttpResponse:
    """Show one month, the current one unless `?month=2026-10` asks for another."""
    patient, now = request.patient, timezone.now()
    month = _month_asked_for(request, this_month=Month.of(moment_of(patient, now).local_date))
    prescriptions = load_prescriptions(patient)
    record = load_month(patient, month, now, prescriptions)
    first_day = first_day_of(patient, now, prescriptions)
    rule_set = rule_set_of(patient) if pain_advice_is_on() else None
    context = {
        "patient": patient,
        "first_day": first_day,
        "has_earlier": first_day < month.first,
        "rule_set": rule_set,
        "prescriptions": prescriptions,
        "notes": load_notes(patient, month),
        **month_context(record, rule_set.values.limits if rule_set else None),
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
