"""A session by keyboard alone, zoomed to 200 %, without motion, and as a screen reader hears it."""

import re

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from tests.e2e.hands import (
    LEAPING_CLOCK,
    expect_phase,
    expect_reps,
    expect_step,
    leap,
    leap_to,
    leap_to_hold,
    open_set,
    ready_set,
    recorded,
    start_clock,
)
from tests.e2e.walk import TOO_WIDE
from tests.factories import make_prescription, sets_of
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
# What follows a press sooner is a tremble.
TREMBLE_MS = 350
NAMES = """
- heading "Stage 1, Seated squeeze" [level=1]
- paragraph: Ready?
- paragraph: 1 of 10
- list "Repetitions":
  - listitem: now
- button "Start"
- button "It hurts"
- button "Skip"
- button "Again"
- button "Undo"
- paragraph:
  - button "Pocket mode"
  - link "Stop for another reason"
"""


# --- keyboard --------------------------------------------------------------------------------------------------------
def test_keyboard_alone_reaches_the_second_repetition(open_page: OpenPage, live_db, patient: Patient):
    make_prescription(patient=patient)
    page = open_page(user=patient.user, width=390)
    page.add_init_script(LEAPING_CLOCK)
    page.goto("/")

    tab_to(page, "Start the")
    page.keyboard.press("Enter")
    expect_step(page, "safety")
    tab_to(page, "3")
    page.keyboard.press("Space")
    expect_focus_on_heading(page, "get_ready")
    tab_to(page, "I am ready")
    page.keyboard.press("Space")
    expect_focus_on_heading(page, "reps")
    leap_to_hold(page)
    tab_to(page, "Pause")
    page.keyboard.press("Space")
    expect_phase(page, "paused")
    # The focus stays on the button, whose word has changed.
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.wait_for_timeout(TREMBLE_MS)
    page.keyboard.press("Enter")
    leap_to_hold(page)
    leap(page, 3000)
    expect_reps(page, "ok", 1)
    leap(page, 3000)
    expect_phase(page, "hold")
    tab_to(page, "It hurts")
    page.keyboard.press("Enter")
    expect_focus_on_heading(page, "pain_worst")

    session = ExerciseSession.objects.get(patient=patient)
    assert recorded(sets_of(session)[0]) == [(1, "ok"), (2, "stopped_pain")]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus begins with this name, and see that the focus can be seen."""
    for _press in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "() => { const it = document.activeElement, style = getComputedStyle(it);"
            "  return [it.innerText.trim(), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]; }"
        )
        if focus[0].startswith(name):
            assert focus[1], f"{name} shows no outline"
            return
    pytest.fail(f"Tab does not reach {name}")


def expect_focus_on_heading(page: Page, kind: str) -> None:
    """Wait for a step whose heading has the focus."""
    expect_step(page, kind)
    expect(page.locator("#step h1")).to_be_focused()


# --- zoom, motion, screen reader ----------------------------------------------------------------------------------------
def test_zoom_of_200_percent_leaves_every_control_in_reach(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_page(user=patient.user, width=320, height=320, device_scale_factor=2)
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")

    assert page.evaluate(TOO_WIDE) == ""
    for name in ("Start", "Skip", "It hurts"):
        button = page.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
        button.click(trial=True)


def test_reduced_motion_shows_digits_and_moves_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, reduced_motion="reduce")

    start_clock(page)

    expect(page.locator(".clock-arc")).to_have_css("visibility", "hidden")
    expect(page.locator(".clock-digits")).to_have_text(re.compile("^[123]$"))
    longest = "Math.max(0, ...document.getAnimations().map((one) => one.effect.getComputedTiming().duration))"
    assert page.evaluate(longest) <= 1


def test_motion_is_there_for_everybody_else(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)

    start_clock(page)

    expect(page.locator(".clock-arc")).to_have_css("visibility", "visible")


def test_screen_reader_hears_one_word_for_each_part(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    word = page.locator(".clock-phase")
    expect(word).to_have_attribute("aria-live", "polite")
    word.evaluate(
        "word => { window.heard = []; new MutationObserver(() => heard.push(word.textContent))"
        ".observe(word, { childList: true, characterData: true, subtree: true }); }"
    )

    start_clock(page)
    for _rep in range(2):
        leap_to(page, "relax")
        leap_to(page, "hold")
    page.evaluate("freeze()")

    assert page.evaluate("heard") == ["Get ready", *["Squeeze and hold", "Relax"] * 2, "Squeeze and hold"]
    # Digits change every second, and are not for a screen reader.
    expect(page.locator(".clock-digits")).to_have_attribute("aria-hidden", "true")
    # The third is for pocket mode alone.
    live = page.locator("#step :is([aria-live=polite], [role=status])")
    assert (live.count(), page.locator("[data-pocket][hidden] [role=status]").count()) == (3, 1)


def test_screen_reader_finds_every_control_by_name(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))

    expect(page.locator("#step")).to_match_aria_snapshot(NAMES)
