"""Two tabs of one phone, and two phones of one patient: together they hold what was done, each of it once."""

from collections import Counter

from playwright.sync_api import BrowserContext, Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet
from tests.e2e.hands import expect_count, expect_reps, hold_to_end, press, rest_to_hold, start_clock
from tests.faults.hands import BROKEN_REQUESTS, EMPTY_TAB, expect_truth, go_on, long_set, look_again, open_phone, visit
from tests.faults.ledger import conflicts_of, judge, ledger_of, table_of
from tests.plugins.browser import OpenPage

TOLD_TWICE = "already recorded, perhaps on another device"


def open_tabs(open_page: OpenPage, exercise_set: ExerciseSet) -> tuple[Page, Page]:
    """Open the same set in two tabs of one phone."""
    first = open_phone(open_page, exercise_set, allow=(*BROKEN_REQUESTS, EMPTY_TAB))
    second = first.context.new_page()
    visit(second, exercise_set)
    return first, second


def count_sent(context: BrowserContext) -> Counter[str]:
    """Count from now on how often each entry of a phone's outbox is sent, whichever tab sends it."""
    sent: Counter[str] = Counter()

    def note(request) -> None:
        if "x-outbox-id" in request.headers:
            sent[request.headers["x-outbox-id"]] += 1

    context.on("request", note)
    return sent


def do_one(page: Page, button: str = "Start") -> None:
    """Do one repetition, and stand still after its hold."""
    page.bring_to_front()
    if button == "Go on":
        go_on(page)
        rest_to_hold(page)
    else:
        start_clock(page)
    hold_to_end(page)
    press(page, "Pause")


# --- two tabs --------------------------------------------------------------------------------------------------------
def test_two_tabs_in_turns_share_one_set(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    first, second = open_tabs(open_page, exercise_set)

    # Each shows at once what the other has done, and goes on behind it, also in the middle of a hold.
    start_clock(second)
    do_one(first)
    expect_reps(second, "ok", 1)
    expect_count(second, 2)
    second.bring_to_front()
    hold_to_end(second)
    press(second, "Pause")
    expect_reps(first, "ok", 2)
    do_one(first, "Go on")

    expect_truth(exercise_set, first, second)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2, 3]
    assert conflicts_of(exercise_set) == []


def test_two_tabs_without_a_network_send_everything_once(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    first, second = open_tabs(open_page, exercise_set)
    first.context.set_offline(True)
    do_one(first)
    expect(second.locator(".reps > [data-waiting]")).to_have_count(1)
    do_one(second)
    do_one(first, "Go on")
    for tab in (first, second):
        expect(tab.locator(".reps > [data-waiting]")).to_have_count(3)
    press(first, "Undo")
    for tab in (first, second):
        expect(tab.locator(".reps > [data-waiting]")).to_have_count(2)
    assert table_of(exercise_set) == []

    # Both hear of the network at the same moment; one of them sends.
    sent = count_sent(first.context)
    first.context.set_offline(False)

    expect_truth(exercise_set, first, second)
    assert [(row.done.number, row.stands) for row in table_of(exercise_set)] == [(1, True), (2, True), (3, False)]
    assert conflicts_of(exercise_set) == []
    assert list(sent.values()) == [1, 1, 1, 1]


# --- two devices -----------------------------------------------------------------------------------------------------
def test_two_devices_that_meet_on_the_same_numbers_lose_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    first = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    second = open_phone(open_page, exercise_set, allow=BROKEN_REQUESTS)
    # Without a network neither can know of the other: both do 1 and 2.
    for device in (first, second):
        device.context.set_offline(True)
        do_one(device)
        do_one(device, "Go on")
    first.context.set_offline(False)
    expect_truth(exercise_set, first)

    second.context.set_offline(False)

    # What it did counts no second time, is kept, and it says so.
    expect(second.get_by_text(TOLD_TWICE)).to_be_visible()
    expect_reps(second, "ok", 2)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2]
    assert [done.number for done in conflicts_of(exercise_set)] == [1, 2]
    assert judge(ledger_of(first, second), table_of(exercise_set), conflicts_of(exercise_set)) == []

    # From here on they know of each other: what the second does is behind all of it, and the first shows it when it is
    # looked at again.
    do_one(second, "Go on")
    expect_count(second, 3)
    look_again(first)
    expect_reps(first, "ok", 3)
    do_one(first, "Go on")
    expect_reps(first, "ok", 4)
    assert [row.done.number for row in table_of(exercise_set)] == [1, 2, 3, 4]
    look_again(second)
    expect_truth(exercise_set, first, second)


def test_repetition_taken_back_on_another_device_is_done_again_once(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = long_set(patient)
    first = open_phone(open_page, exercise_set)
    do_one(first)
    expect_reps(first, "ok", 1)
    second = open_phone(open_page, exercise_set)

    press(second, "Undo")
    expect_truth(exercise_set, second, besides=(first,))
    # The first does not know of it: what it does next is number 2, and number 1 is free all the same.
    do_one(first, "Go on")
    expect_truth(exercise_set, first, besides=(second,))
    look_again(second)
    do_one(second)

    look_again(first)
    expect_truth(exercise_set, first, second)
    rows = table_of(exercise_set)
    assert sorted((row.done.number, row.stands) for row in rows) == [(1, False), (1, True), (2, True)]
    assert conflicts_of(exercise_set) == []
