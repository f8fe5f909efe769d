"""On a normal day two taps lead from Today to the first repetition; hands and voice do not have to do more."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, Rep
from tests.e2e.hands import LEAPING_CLOCK, expect_phase, expect_step, leap, leap_to, press, rate_pain, recorded
from tests.factories import make_finished_session, make_prescription, sets_of
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage, live_db, patient: Patient) -> Page:
    """Today, of somebody who did the exercise yesterday."""
    yesterday = timezone.now() - timedelta(days=1)
    make_prescription(patient=patient, now=yesterday)
    make_finished_session(patient=patient, now=yesterday)
    page = open_page(user=patient.user, width=390)
    page.add_init_script(LEAPING_CLOCK)
    page.goto("/")
    return page


def test_two_taps_lead_to_the_first_repetition(page: Page, patient: Patient):
    before = Rep.objects.count()

    page.get_by_role("button", name=re.compile("Start the")).click()
    rate_pain(page, 2)
    expect_step(page, "get_ready")
    leap(page, 5000)
    leap_to(page, "hold")
    leap_to(page, "relax")

    expect(page.locator(".reps > [data-rep=ok]:not([data-waiting])")).to_have_count(1)
    session = ExerciseSession.objects.latest("started_at")
    assert session.is_safe is True
    assert recorded(sets_of(session)[0]) == [(1, "ok")]
    assert Rep.objects.count() == before + 1


def test_wait_stops_the_countdown(page: Page):
    page.get_by_role("button", name=re.compile("Start the")).click()
    rate_pain(page, 2)
    expect(page.get_by_text("It starts by itself in")).to_be_visible()

    press(page, "Wait")
    leap(page, 30_000)

    expect(page.get_by_text("It starts by itself in")).to_be_hidden()
    expect_step(page, "get_ready")
    press(page, "I am ready")
    expect_phase(page, "ready")


def test_touching_the_page_stops_the_countdown(page: Page):
    page.get_by_role("button", name=re.compile("Start the")).click()
    rate_pain(page, 2)

    page.get_by_text("How it is done").click()
    leap(page, 30_000)

    expect_step(page, "get_ready")


def test_settings_are_remembered_on_this_phone(page: Page):
    page.get_by_role("button", name=re.compile("Start the")).click()
    rate_pain(page, 2)
    page.get_by_text("Sound:").click()
    page.get_by_label("Tones and voice").check()
    page.get_by_label("Time to get ready").select_option("20")

    stored = page.evaluate("JSON.parse(localStorage.getItem('kneecoach.guidance'))")

    assert (stored["sound"], stored["readySeconds"]) == ("voice", 20)
    expect(page.locator("[data-chosen]")).to_have_text("Tones and voice")
    expect(page.get_by_text("This phone has no voice")).to_be_visible(
        visible=page.evaluate("!speechSynthesis.getVoices().length")
    )
