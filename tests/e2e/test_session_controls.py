"""Pause, skip, enough, it hurts, and a phone that looks away: nothing counts that was not held."""

import pytest
from playwright.sync_api import expect

from kneecoach.accounts.models import ClinicSettings, Patient
from progress.models import PainRating
from tests.e2e.hands import (
    HOLD_MS,
    LATE_MS,
    expect_count,
    expect_phase,
    expect_reps,
    expect_step,
    hold_to_end,
    leap,
    leap_to_hold,
    open_set,
    press,
    rate_pain,
    ready_set,
    recorded,
    rest_to_hold,
    session_row,
    start_clock,
    the_rep,
)
from tests.e2e.waiting import wait_for_session, wait_until
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
HIDE = """
isHidden => {
  Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


# --- pause, skip, enough ---------------------------------------------------------------------------------------------
def test_pause_during_a_hold_credits_nothing_of_it(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 2000)

    press(page, "Pause")
    expect_phase(page, "paused")
    expect(page.get_by_text("This repetition starts again")).to_be_visible()
    leap(page, 10_000)
    assert recorded(exercise_set) == []
    start_clock(page, "Go on")
    leap(page, 2000)
    assert recorded(exercise_set) == []
    hold_to_end(page)

    expect_reps(page, "ok", 1)
    rep = the_rep(exercise_set, 1)
    assert HOLD_MS <= (rep.held_ms or 0) <= HOLD_MS + 2000
    assert rep.paused_ms >= 10_000


def test_pause_in_the_rest_goes_on_in_the_rest(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)

    press(page, "Pause")
    leap(page, 10_000)
    press(page, "Go on")

    expect_phase(page, "relax")
    rest_to_hold(page)
    expect_count(page, 2)
    assert recorded(exercise_set) == [(1, "ok")]


def test_skip_in_a_hold_is_skipped_and_the_next_one_is_led(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)

    press(page, "Skip")

    expect_reps(page, "skipped", 1)
    expect_count(page, 2)
    leap_to_hold(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    assert recorded(exercise_set) == [(1, "skipped"), (2, "ok")]


def test_skip_while_paused_does_not_credit_the_pause(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)
    press(page, "Pause")
    page.evaluate("sleepFor(200_000)")  # more than the longest hold that the server takes

    press(page, "Skip")

    expect_reps(page, "skipped", 1)
    assert recorded(exercise_set) == [(1, "skipped")]
    assert (the_rep(exercise_set, 1).held_ms or 0) < HOLD_MS


def test_skip_in_the_rest_skips_only_the_rest(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)

    press(page, "Skip")

    expect_count(page, 2)
    expect_phase(page, "ready")
    assert recorded(exercise_set) == [(1, "ok")]


def test_enough_for_this_time_ends_the_set_from_the_least_on(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient, reps_min=2, reps_target=10, reps_max=20)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    expect(page.get_by_role("button", name="Enough for this time")).to_have_count(0)
    rest_to_hold(page)
    hold_to_end(page)
    expect_reps(page, "ok", 2)

    press(page, "Enough for this time")

    expect_step(page, "pain_worst")
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


# --- it hurts --------------------------------------------------------------------------------------------------------
def test_it_hurts_stops_with_one_tap_and_shows_the_warning_signs(open_page: OpenPage, live_db, patient: Patient):
    ClinicSettings(phone="020 7946 0000", emergency_number="999").save()
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)

    press(page, "It hurts")

    expect_step(page, "pain_worst")
    expect(page.locator("#step-title")).to_be_focused()
    assert recorded(exercise_set) == [(1, "stopped_pain")]
    assert 1000 <= (the_rep(exercise_set, 1).held_ms or 0) < HOLD_MS
    assert session_row(exercise_set).stop_reason == "pain"
    rate_pain(page, 7)
    expect_step(page, "felt_muscle")
    page.locator("button[name=felt][value=unsure]").click()
    expect_step(page, "done")
    expect(page.get_by_role("heading", name="Stopped, and recorded")).to_be_visible()
    expect(page.get_by_role("heading", name="Stop, and get help")).to_be_visible()
    expect(page.get_by_role("link", name="Emergency: 999")).to_be_visible()
    assert PainRating.objects.get(moment="worst").value == 7
    assert session_row(exercise_set).ended_at is not None


def test_it_hurts_was_a_mistake_goes_on_at_the_next_repetition(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    press(page, "It hurts")
    expect_step(page, "pain_worst")

    press(page, "That was a mistake: go on")

    expect_step(page, "reps")
    expect_count(page, 2)
    leap_to_hold(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    assert recorded(exercise_set) == [(1, "stopped_pain"), (2, "ok")]
    assert session_row(exercise_set).stop_reason == ""


def test_it_hurts_after_a_hold_keeps_that_hold(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)

    press(page, "It hurts")

    expect_step(page, "pain_worst")
    assert recorded(exercise_set) == [(1, "ok")]
    assert session_row(exercise_set).stop_reason == "pain"


def test_it_hurts_without_network_goes_on_and_arrives_later(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_INTERNET_DISCONNECTED",))
    wait_for_session(page)
    start_clock(page)
    page.context.set_offline(True)

    press(page, "It hurts")

    expect_step(page, "pain_worst")
    expect(page.get_by_text("Waiting on this phone to be sent: 2")).to_be_visible()
    assert recorded(exercise_set) == []
    page.context.set_offline(False)
    wait_until(page, lambda: recorded(exercise_set) == [(1, "stopped_pain")])
    wait_until(page, lambda: session_row(exercise_set).stop_reason == "pain")


# --- the phone looks away --------------------------------------------------------------------------------------------
def test_hidden_page_interrupts_the_hold(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)

    page.evaluate(HIDE, True)  # noqa: FBT003 -- an argument of the script
    leap(page, 5000)
    assert recorded(exercise_set) == []
    page.evaluate(HIDE, False)  # noqa: FBT003

    expect_phase(page, "paused")
    expect(page.get_by_text("This repetition starts again")).to_be_visible()
    start_clock(page, "Go on")
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    assert recorded(exercise_set) == [(1, "ok")]
    assert (the_rep(exercise_set, 1).held_ms or 0) <= HOLD_MS + 700 + LATE_MS


def test_hidden_page_does_not_begin_a_hold(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    press(page, "Start")
    expect_phase(page, "ready")

    page.evaluate(HIDE, True)  # noqa: FBT003
    leap(page, 10_000)

    expect_phase(page, "paused")
    expect(page.locator(".coach-note[role=status]")).to_be_empty()
    assert recorded(exercise_set) == []


def test_phone_that_slept_credits_nothing_of_its_sleep(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)

    page.evaluate("sleepFor(600_000)")

    expect_phase(page, "paused")
    assert recorded(exercise_set) == []
    press(page, "It hurts")
    expect_step(page, "pain_worst")
    assert recorded(exercise_set) == [(1, "stopped_pain")]
    assert (the_rep(exercise_set, 1).held_ms or 0) < HOLD_MS
