"""Whether reminders rest: what speaks against sending one now. Asked before each reminder; nothing is remembered."""

from datetime import datetime
from enum import StrEnum

from kneecoach.accounts.models import Patient
from progress.advice import load_advice
from progress.models import RedFlagReport


class Rest(StrEnum):
    """Why reminders rest."""

    WARNING_SIGN = "warning_sign"
    PAUSE = "pause"
    STOPPED = "stopped"


def rests_for(patient: Patient, now: datetime) -> Rest | None:
    """Return why reminders rest for a patient, or None where they may be sent.

    Where nothing is recorded any more, of somebody who took their consent back or is locked away, there is nothing to remind
    of. Until a physiotherapist has cleared every warning sign, and while the advice is to pause (only where advice is
    switched on: nobody has been told to pause otherwise).
    """
    if patient.stopped_why:
        return Rest.STOPPED
    if RedFlagReport.objects.filter(patient=patient).open().exists():
        return Rest.WARNING_SIGN
    told = load_advice(patient, now)
    return Rest.PAUSE if told and told.pauses else None
