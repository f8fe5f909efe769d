"""Everything that a patient's page at the desk shows, loaded in a number of queries that no history changes."""

from datetime import datetime

from kneecoach.accounts.models import Patient
from kneecoach.desk.attention import load_attention
from kneecoach.desk.buttons import decisions_about
from kneecoach.desk.cases import running
from kneecoach.desk.decided import load_decided
from progress.day_record import first_day_of
from progress.facts import moment_of
from progress.history import rule_set_of
from progress.models import ExerciseSession, RedFlagReport
from progress.months import load_month, month_context
from progress.readiness_words import criterion_lines
from progress.requesting import Known, load_outlook
from progress.rules.months import Month
from progress.stages import load_prescriptions
from progress.switches import alerts_are_on, pain_advice_is_on, readiness_is_on

SESSIONS_SHOWN, FLAGS_SHOWN = 14, 5


def load_story(patient: Patient, now: datetime, month_text: str | None = None) -> dict[str, object]:
    """Return what templates/admin/accounts/patient/change_form.html shows; of one month, the current one unless told.

    A month that is none, or is still to come, is the current one: the page is more than its month.
    """
    this_month = Month.of(moment_of(patient, now).local_date)
    month = _month(month_text, this_month)
    prescriptions = load_prescriptions(patient)
    record = load_month(patient, month, now, prescriptions)
    rule_set = rule_set_of(patient)
    known = Known(rule_set, prescriptions, record.loaded if record.is_current else None)
    outlook = load_outlook(patient, now, known)
    first_day = first_day_of(patient, now, prescriptions)
    limits = rule_set if pain_advice_is_on() else None
    return {
        "prescriptions": [(row, decisions_about(row, record.today)) for row in prescriptions],
        "stages": [(row, on, on.days(record.today)) for row, on in running(prescriptions)],
        "today": record.today,
        "sessions": ExerciseSession.objects.of(patient)
        .with_counts()
        .select_related("entered_by")
        .prefetch_related("pain_ratings__corrections", "messages")
        .order_by("-started_at")[:SESSIONS_SHOWN],
        "red_flags": RedFlagReport.objects.filter(patient=patient).select_related("cleared_by")[:FLAGS_SHOWN],
        "attention": load_attention(patient),
        "rule_set": rule_set if pain_advice_is_on() or readiness_is_on() or alerts_are_on() else None,
        "limits": limits,
        "outlook": outlook,
        "criteria": criterion_lines(outlook.readiness.criteria) if outlook.readiness else (),
        "decided": load_decided(patient),
        "first_day": first_day,
        "has_earlier": first_day < month.first,
        **month_context(record, limits.values.limits if limits else None),
    }


def _month(text: str | None, this_month: Month) -> Month:
    try:
        month = Month.parse(text) if text else this_month
    except ValueError:
        return this_month
    return month if month.first <= this_month.first else this_month
