"""What is changed is one's own, whoever else has the same."""

import pytest

from kneecoach.accounts.models import Patient
from kneecoach.reminders.access import calendar_of, push_devices_of
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.services import Subscription, end_calendar, make_calendar, switch_push_on
from tests.factories import a_moment

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 07:00")


def switch_on(who: Patient, endpoint: str) -> PushDevice:
    """Remind somebody in one more browser."""
    asked = Subscription(endpoint=endpoint, public_key="key", auth_secret="secret")
    return switch_push_on(who, asked, log_in=None, browser=("Firefox", "Linux"), now=NOW)


def test_devices_of_somebody_else_take_nobodys_place(patient: Patient, other_patient: Patient):
    for number in range(PushDevice.MOST):
        switch_on(other_patient, f"https://fcm.googleapis.com/fcm/send/{number}")

    assert switch_on(patient, "https://fcm.googleapis.com/fcm/send/own").patient == patient
    assert len(push_devices_of(other_patient)) == PushDevice.MOST


def test_calendar_of_somebody_else_goes_on(patient: Patient, other_patient: Patient):
    for who in (patient, other_patient):
        make_calendar(who, now=NOW)

    end_calendar(patient)

    assert (calendar_of(patient), calendar_of(other_patient).patient) == (None, other_patient)
