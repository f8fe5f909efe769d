"""Patients who asked for reminders."""

from datetime import datetime, time

from kneecoach.accounts.models import Device, Patient
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.services import Subscription, switch_push_on
from tests.factories import a_moment, make_patient, make_prescription
from tests.push_service import Browser

ASKED = a_moment("2026-10-01 10:00")


def make_wishing(
    *,
    email: str | None = None,
    zone: str = "Europe/London",
    morning: time | None = time(8),
    evening: time | None = time(18),
    asked_at: datetime = ASKED,
    **dose: int,
) -> Patient:
    """Make a patient with stage 1 prescribed who asked for reminders."""
    patient = make_patient(email=email, time_zone=zone)
    make_prescription(patient=patient, now=ASKED, **dose)
    Patient.objects.filter(pk=patient.pk).update(morning_time=morning, evening_time=evening, mail_reminders_at=asked_at)
    patient.refresh_from_db()
    return patient


def let_push(patient: Patient, browser: Browser, *, now: datetime = ASKED, log_in: Device | None = None) -> PushDevice:
    """Have a patient reminded in a browser."""
    said = Subscription(**browser.said)
    return switch_push_on(patient, said, log_in=log_in, browser=("Firefox", "Android"), now=now)
