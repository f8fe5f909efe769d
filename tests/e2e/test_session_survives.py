"""What may happen in the middle of a set: no repetition is lost, none counts twice, nothing counts that was not held."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Route, expect

from kneecoach.accounts.models import ClinicSettings, Patient
from progress import services
from progress.models import PainRating, Rep, RepConflict
from tests.e2e.hands import (
    LATE_MS,
    expect_count,
    expect_phase,
    expect_reps,
    expect_step,
    hold_to_end,
    leap,
    leap_away,
    leap_to_hold,
    log_in_by_form,
    open_set,
    press,
    rate_pain,
    ready_set,
    recorded,
    rest_to_hold,
    session_row,
    start_clock,
)
from tests.factories import PASSWORD, a_claim, make_patient
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
HOLD_MS = 3000
REP_ADDRESS = re.compile(r"/sets/[^/]+/reps/[^/]+/$")
HIDE = """
isHidden => {
  Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


def the_rep(exercise_set: Any, number: int) -> Rep:
    return Rep.objects.standing().get(exercise_set=exercise_set, number=number)


# --- reload, another device ------------------------------------------------------------------------------------------
def test_reload_in_mid_hold_goes_on_at_the_same_repetition(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    rest_to_hold(page)
    leap(page, 1500)

    page.reload()

    expect_count(page, 2)
    expect(page.locator(".clock")).to_have_attribute("data-phase", "ready")
    assert recorded(exercise_set) == [(1, "ok")]
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


def test_reload_right_after_a_hold_keeps_it(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)

    page.reload()

    expect_reps(page, "ok", 1)
    expect_count(page, 2)
    assert recorded(exercise_set) == [(1, "ok")]


def test_two_devices_share_one_set(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    first = open_set(open_page, exercise_set, allow=("status of 409",))
    start_clock(first)
    hold_to_end(first)
    expect_reps(first, "ok", 1)
    rest_to_hold(first)
    first.evaluate("freeze()")

    # The second device lands on repetition 2 and does 2 and 3, while the first is in the middle of its own 2.
    second = open_set(open_page, exercise_set)
    expect_count(second, 2)
    start_clock(second)
    hold_to_end(second)
    rest_to_hold(second)
    hold_to_end(second)
    expect_reps(second, "ok", 3)
    press(second, "Pause")

    first.evaluate("thaw()")
    with first.expect_response(lambda response: bool(REP_ADDRESS.search(response.url))) as answer:
        leap(first, HOLD_MS)
    assert answer.value.status == 409
    expect(first.get_by_text("already recorded, perhaps on another device")).to_be_visible()
    expect_count(first, 4)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok"), (3, "ok")]
    conflict = RepConflict.objects.get()
    assert (conflict.rep, conflict.number, conflict.outcome) == (the_rep(exercise_set, 2), 2, "ok")

    rest_to_hold(first)
    hold_to_end(first)
    expect_reps(first, "ok", 4)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok"), (3, "ok"), (4, "ok")]
    assert RepConflict.objects.count() == 1


def test_other_device_that_finished_the_set_ends_it_here_too(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 409",))
    start_clock(page)

    for number in range(1, exercise_set.reps_target + 1):
        services.record_rep(exercise_set=exercise_set, claim=a_claim(number=number), now=timezone.now())
    leap_away(page)

    expect_step(page, "pain_worst")
    assert len(recorded(exercise_set)) == exercise_set.reps_target
    assert RepConflict.objects.count() == 1


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
    hold_to_end(page, 1000)

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


def test_it_hurts_without_network_stands_still_and_arrives_later(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_INTERNET_DISCONNECTED",))
    start_clock(page)
    page.context.set_offline(True)

    press(page, "It hurts")

    expect(page.locator(".clock-phase")).to_have_text("Stopped")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    assert recorded(exercise_set) == []
    page.context.set_offline(False)
    expect_step(page, "pain_worst")
    assert recorded(exercise_set) == [(1, "stopped_pain")]
    assert session_row(exercise_set).stop_reason == "pain"


# --- network, server, log-in -----------------------------------------------------------------------------------------
def test_network_lost_at_the_end_of_a_hold_sends_it_once_later(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_INTERNET_DISCONNECTED",))
    start_clock(page)
    leap(page, 2000)

    page.context.set_offline(True)
    hold_to_end(page, 1000)
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    # The guidance does not wait for the network: the next repetition is led, and queued behind the first.
    rest_to_hold(page)
    hold_to_end(page)
    assert recorded(exercise_set) == []
    page.context.set_offline(False)

    expect_reps(page, "ok", 2)
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]
    assert RepConflict.objects.count() == 0


def test_answer_that_got_lost_is_asked_for_again_and_counts_once(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_CONNECTION_RESET",))
    sent: list[str] = []

    def lose_first_answer(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) == 1:
            route.fetch()  # the server has it, the phone never hears of it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(REP_ADDRESS, lose_first_answer)
    start_clock(page)
    hold_to_end(page)

    expect_reps(page, "ok", 1)
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert recorded(exercise_set) == [(1, "ok")]
    assert RepConflict.objects.count() == 0


def test_server_that_fails_once_is_asked_again(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 500",))
    page.route(REP_ADDRESS, lambda route: route.fulfill(status=500, body="planted"), times=1)
    start_clock(page)
    hold_to_end(page)

    expect_reps(page, "ok", 1)
    assert recorded(exercise_set) == [(1, "ok")]


def test_end_of_set_that_cannot_be_loaded_is_asked_for_again(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient, reps_min=1, reps_target=1)
    page = open_set(open_page, exercise_set, allow=("status of 503",))
    start_clock(page)
    page.route("**/sessions/*/", lambda route: route.fulfill(status=503, body="planted"), times=1)
    hold_to_end(page)
    leap(page, HOLD_MS)

    expect_step(page, "pain_worst")
    expect(page.locator("#step-title")).to_be_focused()


def test_log_in_that_expired_in_mid_set_leads_to_log_in_and_back(open_page: OpenPage, live_db):
    patient = make_patient(email="late@example.org", password=PASSWORD)
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    rest_to_hold(page)

    Session.objects.all().delete()
    leap_away(page)

    page.wait_for_url("**/account/login/**")
    assert recorded(exercise_set) == [(1, "ok")]
    log_in_by_form(page, "late@example.org")
    page.wait_for_url(f"**/sessions/{exercise_set.exercise_session_id}/")
    expect_count(page, 2)
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 2)
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


def test_log_in_as_somebody_else_in_another_tab_ends_here(
    open_page: OpenPage, live_db, patient: Patient, other_patient: Patient
):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 40[34]",))
    start_clock(page)
    tab = page.context.new_page()
    tab.goto("/")
    press(tab, "Log out")
    expect(tab).to_have_url(re.compile("/account/login/"))
    assert other_patient.user is not None
    other_patient.user.set_password(PASSWORD)
    other_patient.user.save()
    log_in_by_form(tab, "otto@example.org")
    expect(tab.get_by_role("heading", name="Hello Otto")).to_be_visible()

    with page.expect_navigation():
        leap_away(page)

    expect(page.locator("rep-coach")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Rep.objects.count() == 0


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
    expect(page.locator(".coach-note")).to_be_empty()
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
