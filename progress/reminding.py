"""What reminders go by: which slots of today wait for their first session, and what speaks against reminding of them.

Asked before each reminder; nothing is remembered. For one patient or for many, the queries are as many.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kneecoach.accounts.models import Patient
from progress.evidence import resolved_evidence_of
from progress.facts import moment_of
from progress.history import PAIN_DAYS
from progress.many import load_pains, load_rule_sets, load_todays
from progress.models import RedFlagReport
from progress.rules.advice import advise
from progress.rules.days import Slot
from progress.rules.slots import SlotState
from progress.switches import pain_advice_is_on


class Rest(StrEnum):
    """Why reminders rest."""

    WARNING_SIGN = "warning_sign"
    PAUSE = "pause"
    STOPPED = "stopped"


def slots_waiting(patients: Sequence[Patient], now: datetime) -> dict[UUID, frozenset[Slot]]:
    """Return by patient the slots of today in which something is due now and no session was begun. Four queries."""
    return {
        key: frozenset(view.slot for view in day.slots if view.state is SlotState.DUE)
        for key, day in load_todays(patients, now).items()
    }


def rests_for(patient: Patient, now: datetime) -> Rest | None:
    """Return why reminders rest for a patient, or None where they may be sent."""
    return resting([patient], now).get(patient.pk)


def resting(patients: Sequence[Patient], now: datetime) -> dict[UUID, Rest]:
    """Return by patient why reminders rest; who may be reminded is not in it. Six queries.

    Where nothing is recorded any more, of somebody who took their consent back or is locked away, there is nothing to remind
    of. Until a physiotherapist has cleared every warning sign, and while the advice is to pause (only where advice is
    switched on: nobody has been told to pause otherwise). What a physiotherapist has closed pauses nothing any more.
    """
    found = {patient.pk: Rest.STOPPED for patient in patients if patient.stopped_why}
    keys = [patient.pk for patient in patients if patient.pk not in found]
    signs = RedFlagReport.objects.open().filter(patient__in=keys).order_by().values_list("patient_id", flat=True)
    found |= dict.fromkeys(signs, Rest.WARNING_SIGN)
    if not pain_advice_is_on():
        return found
    todays = {patient.pk: moment_of(patient, now).local_date for patient in patients if patient.pk not in found}
    pains = load_pains({key: (today - timedelta(days=PAIN_DAYS), today) for key, today in todays.items()})
    rule_sets, resolved = load_rule_sets(todays), resolved_evidence_of(todays)
    for key, today in todays.items():
        rule_set = rule_sets.get(key) or rule_sets[None]
        told = advise(today, pains[key], rule_set.values.limits, resolved=resolved[key])
        if any(advice.pauses_reminders for advice in told):
            found[key] = Rest.PAUSE
    return found
