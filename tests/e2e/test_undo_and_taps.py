"""Again, undo, a tap anywhere, Space: what is corrected at once, with one hand or none."""

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet, Rep
from tests.e2e.hands import (
    expect_count,
    expect_phase,
    expect_reps,
    expect_step,
    hold_to_end,
    leap,
    leap_to,
    open_set,
    press,
    ready_set,
    recorded,
    rest_to_hold,
    session_row,
    start_clock,
)
from tests.e2e.waiting import wait_until
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser


def voided() -> list[int]:
    """Return the numbers of the repetitions that were taken back."""
    return list(Rep.objects.exclude(voided_at=None).order_by("received_at").values_list("number", flat=True))


def expect_recorded(
    page: Page, exercise_set: ExerciseSet, standing: list[tuple[int, str]], taken_back: list[int]
) -> None:
    """Wait until the server has exactly this: the screen is ahead of it."""
    wait_until(page, lambda: (recorded(exercise_set), voided()) == (standing, taken_back))


# --- undo and again --------------------------------------------------------------------------------------------------
def test_undo_takes_the_last_repetition_back(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    rest_to_hold(page)
    hold_to_end(page)
    expect_reps(page, "ok", 2)

    press(page, "Undo")

    expect_phase(page, "paused")
    expect(page.get_by_text("Taken back. Go on when you are ready.")).to_be_visible()
    expect_count(page, 2)
    expect_reps(page, "ok", 1)
    expect_recorded(page, exercise_set, [(1, "ok")], [2])
    start_clock(page, "Go on")
    hold_to_end(page)
    expect_reps(page, "ok", 2)
    expect_recorded(page, exercise_set, [(1, "ok"), (2, "ok")], [2])


def test_undo_reaches_back_behind_a_reload(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    page.reload()
    expect_count(page, 2)

    press(page, "Undo")

    expect_count(page, 1)
    expect_reps(page, "ok", 0)
    expect_recorded(page, exercise_set, [], [1])


def test_undo_without_network_is_told_later(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_INTERNET_DISCONNECTED",))
    start_clock(page)
    page.context.set_offline(True)
    hold_to_end(page)
    press(page, "Undo")
    expect_count(page, 1)

    page.context.set_offline(False)

    expect(page.get_by_text("Not sent yet")).to_have_count(0)
    expect_reps(page, "ok", 0)
    expect_recorded(page, exercise_set, [], [1])


def test_again_does_the_repetition_once_more(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    leap(page, 1000)
    press(page, "Again")
    expect_phase(page, "ready")
    leap_to(page, "hold")
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    expect_recorded(page, exercise_set, [(1, "ok")], [])

    press(page, "Again")

    expect_phase(page, "ready")
    expect_count(page, 1)
    leap_to(page, "hold")
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    expect_recorded(page, exercise_set, [(1, "ok")], [1])


# --- taps and keys ---------------------------------------------------------------------------------------------------
def test_tap_anywhere_pauses_and_goes_on(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    start_clock(page)

    page.locator(".clock").click()
    expect_phase(page, "paused")
    page.locator(".clock").click()

    expect_phase(page, "ready")


def test_space_pauses_and_goes_on(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    page.locator("#step-title").focus()
    page.keyboard.press("Space")
    expect_phase(page, "ready")
    leap_to(page, "hold")

    page.keyboard.press("Space")
    expect_phase(page, "paused")
    page.keyboard.press("Space")

    expect_phase(page, "ready")
    assert page.evaluate("scrollY") == 0


def test_space_on_a_button_presses_only_the_button(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)

    page.get_by_role("button", name="Skip").focus()
    page.keyboard.press("Space")

    expect_reps(page, "skipped", 1)
    expect_phase(page, "ready")


# --- an early finish -------------------------------------------------------------------------------------------------
def end_early(page: Page) -> None:
    """Do the least, and say that it is enough."""
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    press(page, "Enough for this time")
    expect_step(page, "pain_worst")


def test_accidental_finish_is_taken_back(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient, reps_min=1, reps_target=10)
    page = open_set(open_page, exercise_set)
    end_early(page)

    press(page, "That was a mistake: go on")

    expect_step(page, "reps")
    expect_count(page, 2)
    leap_to(page, "hold")
    hold_to_end(page)
    expect_reps(page, "ok", 2)
    assert session_row(exercise_set).ended_at is None
