"""The phone itself: it is frozen, its clock is moved by a day, it has no room left."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
from django.utils import timezone
from playwright.sync_api import Dialog, Route, expect

from kneecoach.accounts.models import Patient
from progress.models import Rep
from tests.e2e.hands import expect_phase, expect_reps, hold_to_end, leap, press, rest_to_hold, session_row, start_clock
from tests.e2e.waiting import wait_until
from tests.faults.hands import (
    BROKEN_REQUESTS,
    EMPTY_TAB,
    expect_truth,
    long_set,
    marks,
    open_phone,
)
from tests.faults.ledger import conflicts_of, table_of
from tests.plugins.browser import OpenPage

HOLD_MS = 3000
FROZEN_S = 4
# The clock on the phone's wall, moved by as many milliseconds as are kept; `performance.now` knows nothing of it.
MOVABLE_DATE = """
(() => {
  if (location.protocol === "about:") return;
  const Real = Date;
  const ahead = () => Number(sessionStorage.getItem("ahead"));
  window.Date = class extends Real {
    constructor(...parts) { if (parts.length) super(...parts); else super(Real.now() + ahead()); }
    static now() { return Real.now() + ahead(); }
  };
})();
"""
MOVE_DATE = "days => sessionStorage.setItem('ahead', days * 86400000)"
# Nothing can be added or changed any more; what is there can be read and removed. Chromium itself refuses only where a
# phone is full from the beginning: it counts the room once, and then believes it for long.
FILL_UP = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("planted: no room", "QuotaExceededError"); };
  IDBObjectStore.prototype.add = function (entry) {
    if (this.name === "outbox") localStorage.setItem(`ledger:${entry.id}`, JSON.stringify({ ...entry, isKept: false }));
    this.put(entry);
  };
}"""
NO_ROOM = "This phone has no room to keep repetitions."


# --- frozen ----------------------------------------------------------------------------------------------------------
@contextmanager
def frozen() -> Iterator[None]:
    """Stop the processes of all pages of our browser: no timer, no worker, no sound, while the clock runs on."""
    pages = [one for one in psutil.Process(os.getpid()).children(recursive=True) if "--type=renderer" in one.cmdline()]
    assert pages
    for page in pages:
        page.suspend()
    try:
        yield
    finally:
        for page in pages:
            page.resume()


def test_page_frozen_in_a_hold_credits_nothing_of_it(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)
    start_clock(page)
    hold_to_end(page)
    rest_to_hold(page)
    leap(page, 500)

    # When it thaws, the hold would long be over, and the next one begun.
    with frozen():
        time.sleep(FROZEN_S)

    expect_phase(page, "paused")
    expect(page.get_by_text("This repetition starts again")).to_be_visible()
    expect_truth(exercise_set, page)
    assert [row.done.number for row in table_of(exercise_set)] == [1]
    start_clock(page, "Go on")
    hold_to_end(page)
    press(page, "Pause")
    expect_truth(exercise_set, page)
    assert [(row.done.number, row.done.held_ms) for row in table_of(exercise_set)] == [(1, HOLD_MS), (2, HOLD_MS)]


# --- another day -----------------------------------------------------------------------------------------------------
def test_clock_moved_by_a_day_changes_neither_hold_nor_day(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    before = session_row(exercise_set)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    page.context.add_init_script(MOVABLE_DATE)
    page.reload()

    start_clock(page)
    for days in (1, -1):
        # In the middle of a hold, and offline, so that what waits is sent with the clock as it is later.
        leap(page, 1000)
        page.evaluate(MOVE_DATE, days)
        page.context.set_offline(True)
        hold_to_end(page)
        page.context.set_offline(False)
        rest_to_hold(page)
    page.evaluate(MOVE_DATE, 0)
    hold_to_end(page)
    press(page, "Pause")
    page.reload()

    expect_truth(exercise_set, page)
    rows = Rep.objects.order_by("number")
    assert [row.held_ms for row in rows] == [HOLD_MS] * 3
    # The two that a wrong clock tells of are flagged, and stand between the session's start and now.
    assert [row.is_clock_suspect for row in rows] == [True, True, False]
    assert all(before.started_at <= row.done_at <= row.received_at <= timezone.now() for row in rows)
    assert session_row(exercise_set).local_date == before.local_date


def test_session_ended_with_a_clock_a_day_ahead_ends_now(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)
    page.context.add_init_script(MOVABLE_DATE)
    page.reload()
    page.evaluate(MOVE_DATE, 1)

    page.get_by_role("link", name="Stop for another reason").click()
    page.get_by_label("something came up").check()
    press(page, "Stop here")

    wait_until(page, lambda: session_row(exercise_set).ended_at is not None)
    ended_at = session_row(exercise_set).ended_at
    assert ended_at is not None
    assert abs(timezone.now() - ended_at) < timedelta(minutes=1)
    page.goto("/")
    expect(page.get_by_role("heading", name="Your two sessions")).to_be_visible()


# --- no room ---------------------------------------------------------------------------------------------------------
def test_full_phone_hands_in_all_the_same_and_asks_before_it_forgets(
    open_page: OpenPage, live_db, patient: Patient, live_site: str
):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=(*BROKEN_REQUESTS, EMPTY_TAB), is_full_for=live_site)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    start_clock(page)
    hold_to_end(page)
    expect(page.get_by_text(NO_ROOM)).to_be_visible()
    expect_reps(page, "ok", 1)
    page.context.set_offline(True)
    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")
    assert [(number, waits) for number, _, _, waits in marks(page)] == [(1, False), (2, True)]
    # It is nowhere but in this page: who leaves is asked.
    page.get_by_role("link", name="Leave").click(no_wait_after=True)
    wait_until(page, lambda: asked == ["beforeunload"])
    page.context.set_offline(False)

    expect_reps(page, "ok", 2)
    # All of it is sent: nothing to ask about.
    page.reload()
    expect_reps(page, "ok", 2)
    # Such a phone keeps no ledger either.
    assert [(row.done.number, row.done.held_ms) for row in table_of(exercise_set)] == [(1, HOLD_MS), (2, HOLD_MS)]
    assert conflicts_of(exercise_set) == []
    assert asked == ["beforeunload"]


def test_phone_that_fills_up_in_mid_set_loses_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    start_clock(page)
    # Two are on the phone when the room ends, one more comes after.
    page.context.set_offline(True)
    hold_to_end(page)
    rest_to_hold(page)
    hold_to_end(page)
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.evaluate(FILL_UP)
    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")
    expect(page.get_by_text(NO_ROOM)).to_be_visible()
    assert [(number, waits) for number, _, _, waits in marks(page)] == [(1, True), (2, True), (3, True)]

    page.context.set_offline(False)

    expect_reps(page, "ok", 3)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2, 3]
    # Room again: what the phone still had written down is known to the server already.
    page.reload()
    expect_truth(exercise_set, page)
    assert conflicts_of(exercise_set) == []
    expect(page.get_by_text(NO_ROOM)).to_be_hidden()


def test_phone_that_fills_up_while_it_sends_loses_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)
    on_their_way: list[Route] = []
    page.route(re.compile("/reps/"), lambda route: route.continue_() if on_their_way else on_their_way.append(route))
    start_clock(page)
    hold_to_end(page)
    wait_until(page, lambda: len(on_their_way) == 1)

    # The room ends between a request and its answer, and one more is done meanwhile.
    page.evaluate(FILL_UP)
    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")
    expect(page.get_by_text(NO_ROOM)).to_be_visible()
    on_their_way[0].continue_()

    expect_reps(page, "ok", 2)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2]
    page.reload()
    expect_truth(exercise_set, page)
    assert conflicts_of(exercise_set) == []
