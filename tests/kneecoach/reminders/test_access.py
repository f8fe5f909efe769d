"""Whose calendar and whose devices are loaded: one's own, whoever else has some."""

import pytest
from django.http import Http404

from kneecoach.accounts.models import Patient
from kneecoach.reminders.access import calendar_by, calendar_of, push_device_of, push_devices_of
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.services import Subscription, end_calendar, make_calendar, switch_push_on
from tests.factories import a_moment

pytestmark = pytest.mark.django_db
NOW = a_moment("2026-11-25 07:00")


@pytest.fixture
def both(patient: Patient, other_patient: Patient) -> tuple[Patient, Patient]:
    return patient, other_patient


def _switch_on(who: Patient, endpoint: str) -> PushDevice:
    asked = Subscription(endpoint=endpoint, public_key="key", auth_secret="secret")
    return switch_push_on(who, asked, log_in=None, browser=("Firefox", "Linux"), now=NOW)


def test_calendar_is_ones_own(both: tuple[Patient, Patient]):
    tokens = [make_calendar(who, now=NOW) for who in both]

    assert [calendar_of(who).patient for who in both] == list(both)
    assert [calendar_by(token).patient for token in tokens] == list(both)

    end_calendar(both[0])
    assert (calendar_of(both[0]), calendar_of(both[1]).patient) == (None, both[1])


def test_devices_are_ones_own(both: tuple[Patient, Patient]):
    rows = [_switch_on(who, f"https://fcm.googleapis.com/fcm/send/{who.pk}") for who in both]

    assert [list(push_devices_of(who)) for who in both] == [[row] for row in rows]
    assert push_device_of(both[0], rows[0].pk) == rows[0]
    with pytest.raises(Http404):
        push_device_of(both[0], rows[1].pk)
