"""Asking, answering and writing: every screen through axe-core, and what needs a browser to be seen."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import ClinicSettings
from progress.models import Message, RuleSet, StageRequest
from tests.e2e.hands import press
from tests.e2e.walk import Walk
from tests.factories import (
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_red_flag,
    make_request,
)
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]


@pytest.fixture(autouse=True)
def switched_on(settings) -> None:
    """Switch everything on, whatever the run is about."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True


@pytest.fixture
def clinic(live_db) -> ClinicSettings:
    row = ClinicSettings(name="Knee clinic", phone="020 7946 0000", emergency_number="999")
    row.save()
    return row


def test_patient_asks_and_writes_and_reads_the_answer(
    open_page: OpenPage, axe: Callable[[Page], list[str]], clinic: ClinicSettings
):
    physiotherapist = make_physiotherapist()
    patient = make_patient(lead_physiotherapist=physiotherapist)
    now = timezone.now()
    make_prescription(patient=patient, now=now - timedelta(days=9), by=physiotherapist)
    make_finished_session(patient=patient, now=now - timedelta(days=2))
    answer = make_message(patient=patient, by=physiotherapist, body="How are the stairs?", now=now)
    page = open_page(user=patient.user, reduced_motion="reduce", allow=(r"status of 422",))
    walk = Walk(page, axe)

    walk.go("/progress/readiness/", "readiness")
    press(page, "Ask my physiotherapist")
    expect(page.get_by_role("heading", name="Stage 2: Lying lift", exact=True)).to_be_visible()
    walk.look("asked")
    asked = StageRequest.objects.get()
    asked.status, asked.decided_by, asked.decided_at = "declined", physiotherapist, timezone.now()
    asked.decision_note = "Two more weeks, please."
    asked.save()
    walk.go("/", "Today with an answer and a message")
    page.get_by_role("link", name=re.compile("New message from")).click()
    # It was opened, so it is read: the page says so by itself.
    expect(page.get_by_text("Marked as read.")).to_be_visible()
    walk.look("messages")
    page.get_by_label("Your message").evaluate("area => { area.required = false; }")
    press(page, "Send")
    expect(page.locator(".errorlist").first).to_be_visible()
    walk.look("messages with errors")
    answer.refresh_from_db()

    assert not walk.found, "\n".join(walk.found)
    assert answer.read_by == patient.user
    assert Message.objects.count() == 1


def test_desk_looks_decides_and_answers(open_page: OpenPage, axe: Callable[[Page], list[str]], clinic: ClinicSettings):
    physiotherapist = make_physiotherapist()
    patient = make_patient(lead_physiotherapist=physiotherapist)
    now = timezone.now()
    make_prescription(patient=patient, now=now - timedelta(days=9), by=physiotherapist)
    make_finished_session(patient=patient, now=now - timedelta(days=2))
    asked = make_request(patient=patient, now=now)
    alert = make_alert(patient=patient, now=now)
    report = make_red_flag(patient=patient, now=now)
    make_message(patient=patient, now=now)
    page = open_page(user=physiotherapist, reduced_motion="reduce", allow=(r"status of 422",))
    walk = Walk(page, axe)

    walk.go(f"/admin/accounts/patient/{patient.pk}/change/", "patient with everything open")
    walk.go("/admin/progress/alert/", "alerts")
    walk.go(f"/admin/progress/alert/{alert.pk}/change/", "alert")
    page.locator("#id_resolution").evaluate("area => { area.required = false; }")
    press(page, "Resolve")
    walk.look("alert with errors")
    walk.go("/admin/progress/stagerequest/", "requests")
    walk.go(f"/admin/progress/stagerequest/{asked.pk}/change/", "request")
    page.locator("[name=status]").first.evaluate("radio => { radio.form.noValidate = true; }")
    press(page, "Record the answer")
    walk.look("request with errors")
    page.get_by_label(re.compile("Approve")).check()
    press(page, "Record the answer")
    expect(page.get_by_role("link", name="Prescribe it")).to_be_visible()
    walk.look("request, answered")
    walk.go(f"/admin/progress/redflagreport/{report.pk}/change/", "warning sign")
    walk.go(f"/admin/accounts/patient/{patient.pk}/messages/", "messages")
    walk.go("/admin/progress/ruleset/", "limits and criteria")
    walk.go(f"/admin/progress/ruleset/add/?patient={patient.pk}", "limits of a patient")
    # Choosing a preset fills the fields in; the button for that is for pages without scripts.
    expect(page.get_by_role("button", name="Fill in the values")).to_be_hidden()
    page.get_by_label("Start from").select_option("strict")
    expect(page.get_by_label("Acceptable up to")).to_have_value("3")
    press(page, "See what changes")
    expect(page.get_by_role("button", name="Set these values")).to_be_visible()
    walk.look("limits, what changes")
    page.get_by_label("Acceptable up to").fill("9")
    press(page, "See what changes")
    expect(page.locator(".errorlist").first).to_be_visible()
    walk.look("limits, with errors")

    assert not walk.found, "\n".join(walk.found)
    assert RuleSet.objects.count() == 1
