"""Reload, other devices, network and log-in in mid-set: no repetition is lost, and none counts twice."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Route, expect

from kneecoach.accounts.models import Patient
from progress import services
from progress.models import Rep, RepConflict
from tests.e2e.hands import (
    HOLD_MS,
    expect_count,
    expect_reps,
    expect_step,
    hold_to_end,
    leap,
    leap_away,
    log_in_by_form,
    open_set,
    press,
    ready_set,
    recorded,
    rest_to_hold,
    start_clock,
    the_rep,
)
from tests.e2e.waiting import wait_until
from tests.factories import PASSWORD, a_claim, make_patient
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REP_ADDRESS = re.compile(r"/sets/[^/]+/reps/[^/]+/$")


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


# --- network, server, log-in -----------------------------------------------------------------------------------------
def test_network_lost_at_the_end_of_a_hold_sends_it_once_later(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("ERR_INTERNET_DISCONNECTED",))
    start_clock(page)
    leap(page, 2000)

    page.context.set_offline(True)
    hold_to_end(page)
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    # The guidance does not wait for the network: the next repetition is led, and queued behind the first.
    rest_to_hold(page)
    hold_to_end(page)
    assert recorded(exercise_set) == []
    page.context.set_offline(False)

    expect_reps(page, "ok", 2)
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
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
    exercise_set = ready_set(patient, reps_min=1, reps_target=2)
    page = open_set(open_page, exercise_set)
    start_clock(page)
    Session.objects.all().delete()
    hold_to_end(page)

    # Nobody is sent away in mid-set: the guidance goes on, and the end of the set leads to log-in.
    expect(page.get_by_text("You are logged out. Go on")).to_be_visible()
    rest_to_hold(page)
    hold_to_end(page)
    leap_away(page)

    page.wait_for_url("**/account/login/**")
    assert recorded(exercise_set) == []
    log_in_by_form(page, "late@example.org")
    page.wait_for_url(f"**/sessions/{exercise_set.exercise_session_id}/")
    expect_step(page, "pain_worst")
    # The phone knows the next step before the server has everything.
    wait_until(page, lambda: recorded(exercise_set) == [(1, "ok"), (2, "ok")])
    assert RepConflict.objects.count() == 0


def test_log_in_renewed_in_another_tab_renews_the_token_here(open_page: OpenPage, live_db):
    patient = make_patient(email="twice@example.org", password=PASSWORD)
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 403",))
    start_clock(page)
    tab = page.context.new_page()
    tab.goto("/")
    press(tab, "Log out")
    expect(tab).to_have_url(re.compile("/account/login/"))
    log_in_by_form(tab, "twice@example.org")
    expect(tab.get_by_role("heading", name="Hello Anna")).to_be_visible()

    hold_to_end(page)

    expect_reps(page, "ok", 1)
    assert recorded(exercise_set) == [(1, "ok")]


def test_somebody_else_on_this_phone_neither_sends_nor_sees_what_waits(
    open_page: OpenPage, live_db, other_patient: Patient
):
    patient = make_patient(email="first@example.org", password=PASSWORD)
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 403",))
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

    hold_to_end(page)
    expect(page.get_by_text("Somebody else has logged in on this phone")).to_be_visible()
    press(page, "Pause")
    tab.reload()

    expect(tab.get_by_role("heading", name="Hello Otto")).to_be_visible()
    expect(tab.locator("outbox-status")).to_be_hidden()
    assert Rep.objects.count() == 0
    press(tab, "Log out")
    expect(tab).to_have_url(re.compile("/account/login/"))
    log_in_by_form(tab, "first@example.org")
    expect(tab.get_by_role("heading", name="Hello Anna")).to_be_visible()
    tab.goto(f"/sessions/{exercise_set.exercise_session_id}/")
    expect_reps(tab, "ok", 1)
    assert recorded(exercise_set) == [(1, "ok")]
