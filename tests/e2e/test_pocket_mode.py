"""Pocket mode: the set as a track in an <audio> element, and nothing counts before the person says so."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet, Rep
from tests.e2e.hands import (
    expect_reps,
    expect_step,
    hold_to_end,
    open_set,
    press,
    ready_set,
    recorded,
    start_clock,
)
from tests.e2e.waiting import wait_until
from tests.factories import make_patient
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Five seconds to get ready, then three of hold and three of rest.
FIRST_HELD, SECOND_HELD = 8, 14
WHERE = "document.querySelector('[data-pocket] audio').currentTime"


@pytest.fixture
def exercise_set(live_db, patient: Patient) -> ExerciseSet:
    """Return a set of ten that waits for its first repetition."""
    return ready_set(patient)


def open_pocket(open_page: OpenPage, exercise_set: ExerciseSet) -> Page:
    """Open a set and go to pocket mode, with five seconds to get ready."""
    page = open_set(open_page, exercise_set)
    page.evaluate("localStorage.setItem('kneecoach.guidance', JSON.stringify({ readySeconds: 5 }))")
    press(page, "Pocket mode")
    expect(page.get_by_role("heading", name="Put the phone away")).to_be_visible()
    return page


def play_to(page: Page, seconds: float, button: str = "Start") -> None:
    """Play until the track is there, faster than real."""
    page.get_by_role("button", name=button, exact=True).click()
    page.evaluate("document.querySelector('[data-pocket] audio').playbackRate = 6")
    wait_until(page, lambda: page.evaluate(WHERE) >= seconds, timeout=20)


def confirm(page: Page, count: int) -> None:
    """Say how many were done."""
    page.locator("[data-pocket-keys]").get_by_role("button", name=str(count), exact=True).click()


def test_nothing_counts_before_it_is_confirmed(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, SECOND_HELD + 0.5)

    press(page, "I have finished")

    expect(page.get_by_role("heading", name="The tones led you through 2 whole holds.")).to_be_focused()
    assert page.locator("[data-pocket-keys] button").all_inner_texts() == ["2", "1", "0"]
    assert page.evaluate("document.querySelector('[data-pocket] audio').paused")
    assert recorded(exercise_set) == []

    confirm(page, 2)

    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]
    assert set(Rep.objects.values_list("method", "held_ms")) == {("audio", 3000)}
    times = list(Rep.objects.order_by("number").values_list("done_at", flat=True))
    assert times[0] <= times[1]
    expect(page.locator(".clock")).to_be_visible()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_may_be_said_and_none(open_page: OpenPage, exercise_set: ExerciseSet, count: int):
    page = open_pocket(open_page, exercise_set)
    play_to(page, SECOND_HELD + 0.5)
    press(page, "I have finished")

    confirm(page, count)

    expect(page.locator("rep-coach")).to_be_visible()
    expect_reps(page, "ok", count)
    assert len(recorded(exercise_set)) == count
    # It is settled: a reload asks nothing.
    page.reload()
    expect_step(page, "reps")
    expect(page.locator("[data-pocket]")).to_be_hidden()


def test_hold_that_was_broken_off_starts_again(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, 6.5)
    page.get_by_role("button", name="Pause", exact=True).click()
    broken_at = page.evaluate(WHERE)
    assert broken_at < FIRST_HELD

    page.get_by_role("button", name="Go on", exact=True).click()

    wait_until(page, lambda: 2 <= page.evaluate(WHERE) < broken_at)


def test_finished_before_a_hold_was_whole_goes_back_to_the_clock(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, 6)

    press(page, "I have finished")

    expect(page.locator(".clock")).to_be_visible()
    assert recorded(exercise_set) == []


def test_page_that_was_killed_asks_when_it_comes_back(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, SECOND_HELD + 1)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(200)

    page.goto("/progress/")
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")

    expect(page.get_by_role("heading", name=re.compile("The tones led you through 2 "))).to_be_visible()
    assert recorded(exercise_set) == []
    confirm(page, 2)
    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


def test_interrupted_while_handing_over_counts_once(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, SECOND_HELD + 1)
    press(page, "I have finished")
    # The page dies after the repetitions were handed over and before the track was let go of.
    page.evaluate(
        "() => { const remove = IDBObjectStore.prototype.delete;"
        "  IDBObjectStore.prototype.delete = function (key) { return key === 'pocket' ? this.get(key) : remove.call(this, key); }; }"
    )
    confirm(page, 2)
    expect_reps(page, "ok", 2)

    page.reload()
    expect(page.get_by_role("heading", name=re.compile("The tones led you through 2 "))).to_be_visible()
    confirm(page, 2)

    expect(page.locator("rep-coach")).to_be_visible()
    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


def test_somebody_else_on_the_phone_is_not_asked(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, FIRST_HELD + 1)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    other = ready_set(make_patient(name="Otto Elsewhere"))

    page.context.clear_cookies()
    stranger = open_set(lambda **_: sharing(page, open_page, other), other)

    expect(stranger.locator(".clock")).to_be_visible()
    expect(stranger.locator("[data-pocket]")).to_be_hidden()


def sharing(page: Page, open_page: OpenPage, exercise_set: ExerciseSet) -> Page:
    """Return a page of somebody else in the same browser, with the same stores."""
    elsewhere = open_page(user=exercise_set.exercise_session.patient.user)
    page.context.add_cookies(elsewhere.context.cookies())
    return page.context.new_page()


def test_numbers_that_are_recorded_are_not_led_again(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_set(open_page, exercise_set)
    page.evaluate("localStorage.setItem('kneecoach.guidance', JSON.stringify({ readySeconds: 5 }))")
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)

    press(page, "Pocket mode")
    expect(page.locator("[data-pocket-number]")).to_have_text("2")
    play_to(page, FIRST_HELD + 0.5)
    press(page, "I have finished")
    confirm(page, 1)

    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]
    assert list(Rep.objects.order_by("number").values_list("method", flat=True)) == ["guided", "audio"]


def test_whole_set_to_the_end_leads_to_the_next_step(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient, reps_min=1, reps_max=2, reps_target=2)
    page = open_pocket(open_page, exercise_set)
    play_to(page, SECOND_HELD)
    expect(page.get_by_role("heading", name=re.compile("The tones led you through 2 "))).to_be_visible(timeout=15_000)

    confirm(page, 2)

    expect_step(page, "pain_worst")
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


def test_it_hurts_stops_the_track_and_asks_before_it_stops_the_session(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, FIRST_HELD + 0.5)

    press(page, "It hurts")

    assert page.evaluate("document.querySelector('[data-pocket] audio').paused")
    confirm(page, 1)
    expect_step(page, "pain_worst")
    exercise_set.exercise_session.refresh_from_db()
    assert (exercise_set.exercise_session.stop_reason, recorded(exercise_set)) == ("pain", [(1, "ok")])


def test_position_cannot_be_pulled_ahead(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_pocket(open_page, exercise_set)
    play_to(page, 5.5)

    page.evaluate("document.querySelector('[data-pocket] audio').currentTime = 60")
    page.wait_for_timeout(300)
    press(page, "I have finished")

    expect(page.locator(".clock")).to_be_visible()
    assert recorded(exercise_set) == []


def test_lock_screen_is_told_what_plays_and_may_only_pause(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_set(open_page, exercise_set)
    page.evaluate(
        "() => { window.handlers = {}; navigator.mediaSession.setActionHandler = (name, act) => { handlers[name] = act; }; }"
    )
    press(page, "Pocket mode")
    expect(page.get_by_role("heading", name="Put the phone away")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    wait_until(page, lambda: page.evaluate("navigator.mediaSession.playbackState") == "playing")

    assert page.evaluate("navigator.mediaSession.metadata.title") == "Stage 1, Seated squeeze"
    assert page.evaluate("Object.keys(handlers).filter((name) => handlers[name]).sort()") == ["pause", "play", "stop"]
    page.evaluate("handlers.pause()")
    expect(page.get_by_role("button", name=re.compile("Go on|Start")).first).to_be_visible()
    assert page.evaluate("document.querySelector('[data-pocket] audio').paused")


def test_refused_wake_lock_offers_pocket_mode(open_page: OpenPage, exercise_set: ExerciseSet):
    page = open_set(open_page, exercise_set)
    page.evaluate("() => { navigator.wakeLock.request = () => Promise.reject(new Error('low battery')); }")
    press(page, "Start")

    press(page, "Or use pocket mode")

    expect(page.get_by_role("heading", name="Put the phone away")).to_be_visible()
    # The clock stands still meanwhile, also for the space bar.
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('rep-coach').clock.state") == "paused"


def test_pocket_mode_is_accessible(open_page: OpenPage, exercise_set: ExerciseSet, axe: Callable[[Page], list[str]]):
    page = open_pocket(open_page, exercise_set)
    found = axe(page)
    play_to(page, FIRST_HELD + 0.5)
    found += axe(page)
    press(page, "I have finished")
    expect(page.locator("[data-pocket-keys]")).to_be_visible()

    assert found + axe(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_reps(page, "ok", 1)


def test_practice_and_a_browser_that_renders_no_sound_have_none(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_page(user=patient.user, width=390)
    page.add_init_script("delete window.OfflineAudioContext")
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")
    expect_step(page, "reps")
    expect(page.get_by_role("button", name="Pocket mode")).to_be_hidden()

    page.goto("/learn/vmo-1/practise/")
    expect(page.get_by_role("button", name="Pocket mode")).to_have_count(0)
