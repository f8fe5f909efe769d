"""The whole session with JavaScript off: every step is a form, every repetition a press of a button."""

import re

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet, PainRating, Rep
from tests.e2e.hands import expect_reps, expect_step, log_in_by_form, press, rate_pain, recorded
from tests.factories import PASSWORD, make_patient, make_prescription
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
DONE, SKIP, HURTS = "I have done this one", "Skip", "It hurts"


@pytest.fixture
def newcomer(live_db) -> Patient:
    patient = make_patient(email="nina.new@example.org", name="Nina New", password=PASSWORD, has_found_vmo=False)
    make_prescription(patient=patient)
    return patient


def walk_to_reps(page: Page) -> ExerciseSet:
    """Log in, find the muscle at the second try, and answer what comes before the first repetition."""
    page.goto("/")
    log_in_by_form(page, "nina.new@example.org")
    page.get_by_role("link", name="Show me how").click()
    press(page, "Not yet")
    expect(page.get_by_role("heading", name="Try once more")).to_be_visible()
    press(page, "Yes, I can feel it")
    page.get_by_role("button", name=re.compile("Start the")).click()
    expect_step(page, "safety")
    press(page, SKIP)
    expect_step(page, "get_ready")
    press(page, "I am ready")
    expect_step(page, "reps")
    return ExerciseSet.objects.get()


def test_session_is_done_rep_by_rep(open_page: OpenPage, newcomer: Patient):
    page = open_page(width=390, javascript=False)

    exercise_set = walk_to_reps(page)
    for count in range(1, 10):
        press(page, DONE if count != 4 else SKIP)
        expect_reps(page, "ok", count - (count >= 4))
    page.reload()
    press(page, DONE)
    expect_step(page, "pain_worst")
    rate_pain(page, 3)
    expect_step(page, "felt_muscle")
    page.locator("button[name=felt][value=yes]").click()
    expect_step(page, "done")

    expect(page.get_by_text("9 of 10 held")).to_be_visible()
    assert recorded(exercise_set) == [(number, "skipped" if number == 4 else "ok") for number in range(1, 11)]
    # Nobody measured a hold: none is written down.
    assert set(Rep.objects.values_list("method", "held_ms")) == {("manual", None)}
    assert list(PainRating.objects.order_by("rated_at").values_list("moment", "status", "value")) == [
        ("before", "skipped", None),
        ("worst", "answered", 3),
    ]
    assert ExerciseSession.objects.get().ended_at is not None
    page.get_by_role("link", name="See my progress").click()
    page.locator("[aria-current=date]").click()
    expect(page.get_by_text("9 of 10 repetitions held")).to_be_visible()


def test_controls_of_the_clock_are_not_shown(open_page: OpenPage, newcomer: Patient):
    page = open_page(width=390, javascript=False)

    walk_to_reps(page)

    expect(page.locator("[data-coach-controls]")).to_be_hidden()
    expect(page.get_by_role("button", name=HURTS)).to_have_count(1)


def test_it_hurts_stops_and_a_mistake_goes_on(open_page: OpenPage, newcomer: Patient):
    page = open_page(width=390, javascript=False)
    exercise_set = walk_to_reps(page)
    press(page, DONE)
    expect_reps(page, "ok", 1)

    press(page, HURTS)

    expect_step(page, "pain_worst")
    assert ExerciseSession.objects.get().stop_reason == "pain"
    press(page, "That was a mistake: go on")
    expect_step(page, "reps")
    press(page, DONE)
    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]
    assert ExerciseSession.objects.get().stop_reason == ""


def test_stop_for_another_reason_keeps_what_was_done(open_page: OpenPage, newcomer: Patient):
    page = open_page(width=390, javascript=False)
    exercise_set = walk_to_reps(page)
    press(page, DONE)
    expect_reps(page, "ok", 1)

    page.get_by_role("link", name="Stop for another reason").click()
    page.get_by_label("too tired", exact=False).check()
    press(page, "Stop here")
    expect_step(page, "pain_worst")
    press(page, SKIP)
    page.locator("button[name=felt][value=no]").click()

    expect_step(page, "done")
    assert recorded(exercise_set) == [(1, "ok")]
    session = ExerciseSession.objects.get()
    assert session.stop_reason == "tired"
    assert session.ended_at is not None
