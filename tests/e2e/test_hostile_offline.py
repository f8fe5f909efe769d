"""A session is done without a network from texts that would run as a script: what the phone kept is put into the page as text."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import ClinicSettings, Patient
from progress.models import ExerciseSession
from tests.e2e.hands import expect_step, press, rate_pain
from tests.e2e.hostile import hostile, poison
from tests.e2e.hostile_look import judge, notices, watch
from tests.e2e.test_offline_session import NO_NETWORK, expect_kept, expect_sent
from tests.e2e.waiting import wait_for_worker
from tests.factories import make_prescription
from tests.plugins.browser import OpenPage
from tests.plugins.database import TestDatabase

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TAKEN_ALONG = {
    *("accounts.ClinicSettings.phone", "accounts.ClinicSettings.urgent_text", "accounts.Patient.name"),
    *("exercises.RepPhase.cue", "exercises.Stage.action", "exercises.Stage.position", "exercises.Stage.title"),
    "exercises.Tip.text",
}
# Every screen that was taken along is shown in turn, as offline-session.js shows one.
SHOW_ALL = """async () => {
  const { find } = await import("/static/kneecoach/js/kept-plan.js");
  const kept = await find("plan");
  const screens = new DOMParser().parseFromString(kept.html, "text/html").querySelectorAll("[data-plan] template");
  for (const screen of screens) document.getElementById("step").append(document.importNode(screen.content, true));
  return screens.length;
}"""


def test_no_stored_text_runs_in_a_session_without_a_network(
    live_db: TestDatabase, patient: Patient, open_page: OpenPage
):
    ClinicSettings.objects.create(name="Knee House", phone="020 7946 0000", emergency_number="999")
    make_prescription(patient=patient, now=timezone.now(), note="slowly")
    found: list[str] = []

    with poison(live_db) as poisoned:
        page = open_page(user=patient.user, width=390, service_workers="allow", allow=NO_NETWORK)
        watch(page, found, "patient")
        page.goto("/")
        wait_for_worker(page)
        expect_kept(page, "plan", patient)
        page.context.set_offline(True)
        seen = do_a_session(page, found)
        page.context.set_offline(False)
        expect_sent(page)
        page.wait_for_url(f"**/sessions/{ExerciseSession.objects.get().pk}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        judge(page, "sent", 200, found)

    assert found == []
    # The texts of the programme and of the clinic came along.
    assert {name for name, mark in poisoned.marks.items() if mark in seen} >= TAKEN_ALONG
    assert (ExerciseSession.objects.get().stop_reason, notices(page)) == ("other", True)


def do_a_session(page: Page, found: list[str]) -> str:
    """Begin a session on the phone alone and stop it, with a reason in words. Return all that was shown."""
    page.reload()
    seen = judge(page, "offline", 200, found)
    press(page, "Start the session")
    expect_step(page, "safety")
    seen += judge(page, "safety", 200, found)
    rate_pain(page, 2)
    expect_step(page, "get_ready")
    seen += judge(page, "get ready", 200, found)
    press(page, "I am ready")
    expect_step(page, "reps")
    seen += judge(page, "reps", 200, found)
    page.get_by_role("link", name="Stop for another reason").click()
    page.locator("#step input[value=other]").check()
    page.locator("#step [name=note]").fill("^note^" + hostile(200, 0))
    press(page, "Stop here")
    expect_step(page, "done")
    seen += judge(page, "done", 200, found)
    assert page.evaluate(SHOW_ALL) > 5
    return seen + judge(page, "every screen", 200, found)
