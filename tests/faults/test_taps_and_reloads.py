"""Impatient thumbs and reloads: a hold counts once, and one that nobody finished does not count."""

import pytest
from playwright.sync_api import expect

from kneecoach.accounts.models import Patient
from progress.models import RepConflict
from tests.e2e.hands import expect_reps, hold_to_end, leap, leap_to_hold, press, start_clock
from tests.faults.hands import BROKEN_REQUESTS, expect_handed_in, expect_truth, hurry_until, long_set, open_phone
from tests.faults.ledger import conflicts_of, judge, ledger_of, table_of
from tests.plugins.browser import OpenPage

READY_MS, HOLD_MS = 5000, 3000
# From just before the hold to just after it.
POINTS_MS = [READY_MS - 100 + point * 170 for point in range(20)]
# As a busy page gets them: three taps that were made at once, one after the other.
TAP_THRICE = """(name) => {
  const button = document.querySelector(`button[data-coach=${name}]`);
  const taps = [1, 2, 3].map(() => new MouseEvent("click", { bubbles: true, cancelable: true }));
  for (const tap of taps) button.dispatchEvent(tap);
}"""


@pytest.mark.slow
def test_reload_at_twenty_points_of_a_hold(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    done = []
    for point in POINTS_MS:
        press(page, "Start")
        leap(page, point)
        # What is read next is then what the reload meets, however long that takes.
        page.evaluate("freeze()")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        before = page.locator(".clock").get_attribute("data-phase")
        page.reload()
        # Finished ones are there; the one that was broken off is offered again.
        expect(page.locator(".clock")).to_have_attribute("data-phase", "ready")
        expect_handed_in(page)
        assert judge(ledger_of(page), table_of(exercise_set), conflicts_of(exercise_set)) == []
        done.append(before == "relax")
        expect_reps(page, "ok", len(table_of(exercise_set)))

    expect_truth(exercise_set, page)
    held = [row.done.held_ms for row in table_of(exercise_set)]
    # Only those whose hold was over are there, and with their whole hold.
    assert held == [HOLD_MS] * sum(done)
    assert 0 < len(held) < len(POINTS_MS)
    assert RepConflict.objects.count() == 0


def test_three_taps_within_fifty_milliseconds_are_one(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)

    page.evaluate(TAP_THRICE, "start")
    leap_to_hold(page)
    page.evaluate(TAP_THRICE, "skip")
    expect_reps(page, "skipped", 1)
    leap_to_hold(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)
    press(page, "Pause")

    expect_truth(exercise_set, page)
    assert [row.done.outcome for row in table_of(exercise_set)] == ["skipped", "ok"]


def test_undo_tapped_thrice_takes_one_back(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set)
    start_clock(page)
    hurry_until(page, 3)
    press(page, "Pause")
    expect_truth(exercise_set, page)
    done = len(table_of(exercise_set))

    page.evaluate(TAP_THRICE, "undo")

    expect_truth(exercise_set, page)
    rows = table_of(exercise_set)
    assert [row.stands for row in rows] == [True] * (done - 1) + [False]


def test_button_without_javascript_pressed_twice_records_once(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_page(f"/sessions/{exercise_set.exercise_session_id}/", user=patient.user, javascript=False)

    page.get_by_role("button", name="I have done this one").dblclick()

    expect(page.locator(".reps > [data-rep=ok]")).to_have_count(1)

    # The id of the repetition stands in the page: what is sent again is the same one.
    assert [row.done.number for row in table_of(exercise_set)] == [1]
    assert conflicts_of(exercise_set) == []
