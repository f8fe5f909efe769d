"""Networks that are gone, slow, lossy or lie: what was done waits on the phone, and arrives once."""

import re

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet, RepConflict
from tests.e2e.hands import expect_phase, hold_to_end, press, start_clock
from tests.faults.hands import BROKEN_REQUESTS, expect_truth, go_on, hurry_until, long_set, marks, open_phone
from tests.faults.ledger import ledger_of, table_of
from tests.faults.proxy import Fault, Proxy
from tests.plugins.browser import OpenPage


def open_behind(proxy: Proxy, open_page: OpenPage, patient: Patient) -> tuple[Page, ExerciseSet]:
    """Open a long set on a phone that reaches the server through the proxy alone."""
    exercise_set = long_set(patient)
    return open_phone(open_page, exercise_set, address=proxy.address, allow=BROKEN_REQUESTS), exercise_set


@pytest.mark.slow
def test_offline_from_the_third_to_the_last_repetition(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    page = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    start_clock(page)
    hurry_until(page, 3)
    press(page, "Pause")
    expect_truth(exercise_set, page)
    before = len(table_of(exercise_set))

    page.context.set_offline(True)
    go_on(page)
    hurry_until(page, 19)
    press(page, "Pause")
    # The screen tells which of them nobody has yet.
    assert [number for number, _, _, waits in marks(page) if waits] == list(range(before + 1, len(marks(page)) + 1))
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    assert len(table_of(exercise_set)) == before
    page.context.set_offline(False)

    expect_truth(exercise_set, page)
    assert len(table_of(exercise_set)) >= 19


@pytest.mark.slow
def test_slow_network_that_loses_every_fifth_request(proxy: Proxy, open_page: OpenPage, live_db, patient: Patient):
    page, exercise_set = open_behind(proxy, open_page, patient)
    proxy.delay_s = 0.3
    losses = (Fault.DROP, Fault.SWALLOW, Fault.CUT_ANSWER)
    proxy.rule = lambda asked: losses[asked.count % 3] if asked.is_rep and asked.count % 5 == 0 else Fault.NONE

    start_clock(page)
    hurry_until(page, 15)
    # The guidance never waited: repetitions were led faster than this network takes them.
    assert any(waits for _, _, _, waits in marks(page))
    press(page, "Pause")

    expect_truth(exercise_set, page)
    assert len(set(proxy.injected)) == 3
    assert RepConflict.objects.count() == 0


@pytest.mark.parametrize(
    "fault", [Fault.SWALLOW, Fault.CUT_REQUEST, Fault.CUT_ANSWER, Fault.DROP, Fault.BAD_GATEWAY], ids=lambda it: it.name
)
def test_repetition_that_meets_a_fault_twice_arrives_once(
    proxy: Proxy, open_page: OpenPage, live_db, patient: Patient, fault: Fault
):
    page, exercise_set = open_behind(proxy, open_page, patient)
    proxy.rule = lambda asked: fault if asked.is_rep and asked.count <= 2 else Fault.NONE

    start_clock(page)
    hold_to_end(page)

    # Whatever came back, it never took the place of the exercise.
    expect_phase(page, "relax")
    expect(page.get_by_text("planted")).to_have_count(0)
    expect_truth(exercise_set, page)
    assert proxy.injected == [fault, fault]
    assert [row.done.number for row in table_of(exercise_set)] == [1]
    assert len(ledger_of(page)) == 1
    assert RepConflict.objects.count() == 0


@pytest.mark.parametrize("fault", [Fault.SWALLOW, Fault.BAD_GATEWAY], ids=lambda it: it.name)
def test_screen_says_what_is_not_acknowledged(
    proxy: Proxy, open_page: OpenPage, live_db, patient: Patient, fault: Fault
):
    page, exercise_set = open_behind(proxy, open_page, patient)
    proxy.rule = lambda asked: fault if asked.is_rep else Fault.NONE

    start_clock(page)
    hold_to_end(page)

    expect(page.get_by_text("Not sent yet. It is kept on this phone.")).to_be_visible()
    assert marks(page) == [(1, "ok", "", True)]
    # It says so after a reload too: the repetition is on the phone, not in the page.
    page.reload()
    expect(page.locator(".reps > [data-waiting]")).to_have_count(1)
    proxy.rule = lambda asked: Fault.NONE
    expect_truth(exercise_set, page)


def test_page_of_somebody_in_between_is_no_receipt(proxy: Proxy, open_page: OpenPage, live_db, patient: Patient):
    """A hotel's log-in page answers everything with 200."""
    page, exercise_set = open_behind(proxy, open_page, patient)
    asked: list[str] = []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) <= 2:
            route.fulfill(status=200, content_type="text/html", body="<h1>planted: pay for the network</h1>")
        else:
            route.continue_()

    page.route(re.compile("/reps/"), answer)
    start_clock(page)
    hold_to_end(page)

    expect_truth(exercise_set, page)
    expect(page.get_by_text("planted")).to_have_count(0)
    assert [row.done.number for row in table_of(exercise_set)] == [1]


def test_page_is_opened_again_where_its_first_answer_was_lost(
    proxy: Proxy, open_page: OpenPage, live_db, patient: Patient
):
    """What waits goes with the next page, whichever it is: here Today."""
    page, exercise_set = open_behind(proxy, open_page, patient)
    proxy.rule = lambda asked: Fault.SWALLOW if asked.is_rep else Fault.NONE
    start_clock(page)
    hold_to_end(page)
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.goto(f"{proxy.address}/")
    expect(page.get_by_text("Waiting on this phone to be sent:")).to_be_visible()
    proxy.rule = lambda asked: Fault.NONE

    expect(page.locator("outbox-status")).to_be_hidden(timeout=15_000)
    page.goto(f"{proxy.address}/sessions/{exercise_set.exercise_session_id}/")
    expect_truth(exercise_set, page)
    assert len(table_of(exercise_set)) == 1
