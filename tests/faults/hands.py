"""What the tests of faults do and look at, beyond tests/e2e/hands.py."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet
from tests.e2e.hands import LEAPING_CLOCK, expect_step, press, ready_set
from tests.e2e.waiting import wait_until
from tests.faults.ledger import KEEP_LEDGER, conflicts_of, judge, ledger_of, table_of
from tests.plugins.browser import OpenPage

# What Chromium says about requests that the tests break on purpose.
BROKEN_REQUESTS = ("net::ERR_", "status of 409", "status of 50[0-9]")
# A new tab is empty at first, and an empty page has no memory.
EMPTY_TAB = "Failed to read the 'localStorage' property"
TREMBLE_MS = 350
WAITING = """async () => {
  const opening = indexedDB.open("kneecoach");
  const database = await new Promise((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const asking = database.transaction("outbox").objectStore("outbox").getAll();
  const entries = await new Promise((resolve) => { asking.onsuccess = () => resolve(asking.result); });
  database.close();
  return entries.map(({ state }) => state);
}"""
HIDE = """isHidden => {
  Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
MARKS = """() => Array.from(document.querySelectorAll(".reps > li"), (mark, index) => [
  index + 1, mark.dataset.rep, mark.dataset.repId ?? "", mark.hasAttribute("data-waiting"),
]).filter(([, outcome]) => !["todo", "now"].includes(outcome))"""


def long_set(patient: Patient) -> ExerciseSet:
    """Prescribe a set that no test comes to the end of by accident."""
    return ready_set(patient, reps_target=20)


def open_phone(
    open_page: OpenPage, exercise_set: ExerciseSet, *, address: str = "", is_full_for: str = "", **context: Any
) -> Page:
    """Open the session of a set on a phone that keeps a ledger.

    Perhaps by another `address` than the server's own; and perhaps on a phone that has no room for what an address,
    `is_full_for`, wants to keep.
    """
    page = open_page(user=exercise_set.exercise_session.patient.user, width=390, **context)
    if is_full_for:
        full = {"origin": is_full_for, "quotaSize": 1}
        page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", full)
    page.context.add_init_script(LEAPING_CLOCK)
    page.context.add_init_script(KEEP_LEDGER)
    visit(page, exercise_set, address=address)
    return page


def visit(page: Page, exercise_set: ExerciseSet, *, address: str = "") -> None:
    """Go to the repetitions of a set."""
    page.goto(f"{address}/sessions/{exercise_set.exercise_session_id}/")
    expect_step(page, "reps")


def hurry_until(page: Page, number: int) -> None:
    """Let the clock of the page run ten times as fast until so many repetitions are marked, then stand still."""
    page.evaluate("() => { window.hurrying = window.hurry(); }")
    wait_until(page, lambda: len(marks(page)) >= number, timeout=60)
    page.evaluate("() => clearInterval(window.hurrying)")


def go_on(page: Page) -> None:
    """Press "Go on" as somebody who means it: what follows a press within a third of a second is a tremble."""
    page.wait_for_timeout(TREMBLE_MS)
    press(page, "Go on")


def look_again(page: Page) -> None:
    """Look away from a phone and back, as who has two of them does."""
    for is_hidden in (True, False):
        page.evaluate(HIDE, is_hidden)


def marks(page: Page) -> list[tuple[int, str, str, bool]]:
    """Return number, outcome, id and "still waits" of every repetition that the screen shows as done."""
    return [tuple(mark) for mark in page.evaluate(MARKS)]


def expect_handed_in(page: Page, *, timeout: float = 30) -> None:
    """Wait until nothing waits on this phone any more."""
    wait_until(page, lambda: page.evaluate(WAITING) == [], timeout=timeout)


def expect_truth(exercise_set: ExerciseSet, *pages: Page, besides: tuple[Page, ...] = ()) -> None:
    """Nothing lost, nothing twice, and every screen shows exactly what the table holds.

    `besides` are pages of other phones that did something too, and need not know of everything yet.
    """
    for page in pages:
        expect_handed_in(page)
    assert judge(ledger_of(*pages, *besides), table_of(exercise_set), conflicts_of(exercise_set)) == []
    standing = [(row.done.number, row.done.outcome, False) for row in table_of(exercise_set) if row.stands]
    for page in pages:
        wait_until(page, lambda page=page: [(n, o, w) for n, o, _, w in marks(page)] == standing, timeout=5)
        expect(page.get_by_text(re.compile("Not sent yet"))).to_have_count(0)
