"""A tab that is hidden, or frozen, for real: nothing of it is credited as a hold; the track in the pocket plays on."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSet
from tests.e2e.hands import LEAPING_CLOCK, recorded
from tests.e2e.raw_tab import RawTab
from tests.faults.hands import long_set

pytestmark = pytest.mark.browser
AWAY_S = 4
PHASE = "document.querySelector('.clock').dataset.phase"
START = "[data-coach=start]"
WHERE = "document.querySelector('[data-pocket] audio').currentTime"


@pytest.fixture
def exercise_set(live_db, patient: Patient) -> ExerciseSet:
    """Return a set that no test comes to the end of."""
    return long_set(patient)


@pytest.fixture
def tab(browser: Browser, live_site: str, exercise_set: ExerciseSet) -> Iterator[RawTab]:
    """Return a tab that shows the set, on a clock that can leap."""
    user = exercise_set.exercise_session.patient.user
    assert user
    opened = RawTab(browser, live_site, user, LEAPING_CLOCK)
    opened.go(f"/sessions/{exercise_set.exercise_session_id}/", "#step[data-step=reps]")
    yield opened
    opened.close()


@pytest.mark.parametrize("is_frozen", [False, True], ids=["hidden", "frozen"])
def test_hold_in_a_hidden_tab_is_interrupted_and_offered_again(
    tab: RawTab, exercise_set: ExerciseSet, *, is_frozen: bool
):
    tab.press(START)
    tab.evaluate("leapTo('hold')")
    tab.expect(f"{PHASE} === 'hold'")

    # By the time it is looked at again, the hold would long be over.
    tab.hide()
    if is_frozen:
        tab.freeze()
    time.sleep(AWAY_S)
    if is_frozen:
        tab.freeze(is_frozen=False)
    tab.show()

    tab.expect(f"{PHASE} === 'paused'")
    assert "This repetition starts again" in tab.evaluate("document.querySelector('.coach-note').textContent")
    assert recorded(exercise_set) == []
    tab.press(START)
    tab.evaluate("leapTo('hold').then(() => leapTo('relax'))")
    tab.wait_until(lambda: recorded(exercise_set) == [(1, "ok")])


def test_page_frozen_without_a_word_credits_nothing(tab: RawTab, exercise_set: ExerciseSet):
    """Some phones stop a page and never tell it: it only sees that the time has leapt."""
    tab.evaluate("document.addEventListener('visibilitychange', (event) => event.stopImmediatePropagation(), true)")
    tab.press(START)
    tab.evaluate("leapTo('hold')")
    tab.hide()
    tab.expect(f"{PHASE} === 'hold'")

    tab.freeze()
    time.sleep(AWAY_S)
    tab.freeze(is_frozen=False)
    tab.show()

    tab.expect(f"{PHASE} === 'paused'")
    assert recorded(exercise_set) == []


def test_track_in_the_pocket_plays_on_in_a_hidden_tab(tab: RawTab, exercise_set: ExerciseSet):
    tab.press("[data-coach=pocket]")
    tab.expect("!document.querySelector('[data-pocket-do=toggle]').disabled")
    tab.press("[data-pocket-do=toggle]")
    tab.expect(f"{WHERE} > 0")

    # Five seconds to get ready, three of hold.
    tab.hide()
    tab.expect(f"{WHERE} > 8.2")
    assert recorded(exercise_set) == []
    tab.show()

    tab.press("[data-pocket-do=confirm]")
    tab.expect("document.querySelectorAll('[data-pocket-keys] button').length === 2")
    assert recorded(exercise_set) == []
    tab.press("[data-pocket-keys] button")
    tab.wait_until(lambda: recorded(exercise_set) == [(1, "ok")])
