"""Whether reminders rest: what speaks against sending one now. Asked before each reminder; nothing is remembered."""

from datetime import datetime, timedelta
from enum import StrEnum

from kneecoach.accounts.models import Patient
from progress.evidence import resolved_evidence
from progress.facts import moment_of
from progress.history import PAIN_DAYS, load_pain, rule_set_of
from progress.models import RedFlagReport
from progress.rules.advice import Advice, advise
from progress.switches import pain_advice_is_on


class Rest(StrEnum):
    """Why reminders rest."""

    WARNING_SIGN = "warning_sign"
    PAUSE = "pause"


def rests_for(patient: Patient, now: datetime) -> Rest | None:
    """Return why reminders rest for a patient, or None where they may be sent.

    Until a physiotherapist has cleared every warning sign, and while the advice is to pause (only where advice is
    switched on: nobody has been told to pause otherwise).
    """
    if RedFlagReport.objects.filter(patient=patient).open().exists():
        return Rest.WARNING_SIGN
    return Rest.PAUSE if any(advice.pauses_reminders for advice in advice_for(patient, now)) else None


def advice_for(patient: Patient, now: datetime) -> tuple[Advice, ...]:
    """Return what a patient's pain calls for now; empty where nothing is known or advice is switched off.

    Five queries. What a physiotherapist has closed pauses nothing any more.
    """
    if not pain_advice_is_on():
        return ()
    today = moment_of(patient, now).local_date
    pain = load_pain(patient, today - timedelta(days=PAIN_DAYS), today)
    limits = rule_set_of(patient).values.limits
    return advise(today, pain, limits, resolved=resolved_evidence(patient, today))
