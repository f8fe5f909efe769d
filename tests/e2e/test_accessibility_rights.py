"""axe, widths and the security policy on what patients choose about their data and reminders, and what the desk sees of it."""

from collections.abc import Callable
from datetime import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kneecoach.accounts.models import ClinicSettings, DataRequest, Stopped
from tests.e2e.hands import press
from tests.e2e.walk import Walk, assert_none
from tests.factories import make_finished_session, make_patient, make_physiotherapist

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]


def test_screens_of_ones_own_data(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    patient = make_patient(name="Anna Knee")
    make_finished_session(patient=patient, now=timezone.now())
    walk = make_walk(patient.user)
    page = walk.page

    walk.go("/me/data/", "my data")
    walk.go("/me/data/ask/", "erase or lock away")
    press(page, "Ask my clinic")
    walk.look("erase or lock away, with errors")
    page.locator("input[name=kind]").first.check()
    press(page, "Ask my clinic")
    page.wait_for_url("**/me/data/")
    walk.look("my data, asked")
    walk.go("/me/consent/withdraw/", "take consent back")
    press(page, "Take my consent back")
    expect(page.get_by_role("heading", name="Nothing is recorded")).to_be_visible()
    walk.look("nothing is recorded")
    walk.go("/me/consent/", "agree again")
    press(page, "Go on")
    walk.look("agree again, with errors")

    assert_none(walk.found)
    assert walk.screens == 8


def test_screens_of_reminders(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    ClinicSettings.objects.update(quiet_from=time(21), quiet_until=time(8))
    patient = make_patient(email="anna@example.org")
    patient.morning_time, patient.evening_time = time(7), time(19)
    patient.save()
    walk = make_walk(patient.user)

    walk.go("/me/reminders/", "reminders")
    walk.page.get_by_label("Remind me by e-mail").check()
    press(walk.page, "Save")
    walk.look("reminders, saved")
    press(walk.page, "Make a calendar")
    expect(walk.page.locator("code")).to_be_visible()
    walk.look("reminders, with the address of a calendar")
    patient.morning_time = patient.evening_time = None
    patient.save(update_fields=["morning_time", "evening_time"])
    walk.go("/me/reminders/", "reminders, no time named")

    assert_none(walk.found)
    assert walk.screens == 4


def test_screens_of_the_desk_about_data(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    physiotherapist, now = make_physiotherapist(), timezone.now()
    asks = make_patient(name="Anna Knee", lead_physiotherapist=physiotherapist)
    row = DataRequest.objects.create(patient=asks, kind=DataRequest.Kind.ERASE, words="I moved away.", asked_at=now)
    locked = make_patient(name="Lena Locked", lead_physiotherapist=physiotherapist)
    locked.stopped_at, locked.stopped_why = now, Stopped.RESTRICTED
    locked.save()
    walk = make_walk(user=physiotherapist)

    walk.go("/admin/accounts/datarequest/", "requests about data")
    walk.go(f"/admin/accounts/datarequest/{row.pk}/change/", "request about data")
    walk.page.evaluate("document.querySelector('form.desk-form').noValidate = true")
    press(walk.page, "Record the answer")
    walk.look("request about data, with errors")
    walk.go(f"/admin/accounts/patient/{asks.pk}/change/", "patient who asks")
    walk.go(f"/admin/accounts/patient/{locked.pk}/change/", "patient locked away")

    assert_none(walk.found)
    assert walk.screens == 5
