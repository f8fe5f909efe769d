"""An answer that did not arrive, or whose answer did not, counts once, and the session goes on meanwhile."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, PainRating
from tests.e2e.hands import expect_step, press, rate_pain
from tests.e2e.waiting import wait_for_session, wait_until
from tests.factories import make_session
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
ALLOWED = (r"htmx:", r"ERR_", r"Failed to load resource", r"Status Error Code")
PAIN = "**/pain/before/*/"
WAITING = """async () => {
  const { within } = await import("/static/kneecoach/js/store.js");
  return within("outbox", "readonly", (store) => store.count());
}"""


@pytest.fixture
def page(open_page: OpenPage, live_db, patient: Patient) -> Page:
    """Return a page with the first question, which has taken the rest along."""
    session = make_session(patient=patient, now=timezone.now())
    page = open_page(f"/sessions/{session.pk}/", user=patient.user, width=390, allow=ALLOWED)
    wait_for_session(page)
    return page


def fails(status: int) -> Callable[[Route], None]:
    """Return what answers for a proxy that does not reach the server."""
    return lambda route: route.fulfill(status=status, body="<h1>Nobody there</h1>", content_type="text/html")


def is_lost_after_commit(route: Route) -> None:
    """Let the server do it, and its answer be lost."""
    route.fetch()
    route.abort()


@pytest.mark.parametrize(
    "fault", [fails(502), fails(503), fails(504), is_lost_after_commit], ids=["502", "503", "504", "lost"]
)
def test_an_answer_that_fails_counts_once_and_the_next_question_comes(page: Page, fault: Callable[[Route], None]):
    page.route(PAIN, fault, times=1)

    rate_pain(page, 3)
    expect_step(page, "get_ready")
    expect(page.locator("#trouble")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(page, lambda: page.evaluate(WAITING) == 0)

    assert PainRating.objects.get().value == 3
    assert ExerciseSession.objects.get().is_safe is True
    press(page, "I am ready")
    expect_step(page, "reps")
    wait_until(page, lambda: ExerciseSession.objects.get().sets.get().started_at is not None)


def test_two_tabs_without_a_network_answer_once(page: Page, patient: Patient):
    other = page.context.new_page()
    other.goto(page.url)
    # Not only that the phone has the session, which the first tab saw to: a tab that comes later goes on from that answer.
    other.wait_for_load_state("networkidle")
    page.context.set_offline(True)

    rate_pain(page, 3)
    rate_pain(other, 3)
    expect_step(page, "get_ready")
    expect_step(other, "get_ready")
    page.context.set_offline(False)
    wait_until(page, lambda: page.evaluate(WAITING) == 0)

    assert PainRating.objects.get().value == 3


def test_a_double_tap_without_a_network_is_one_answer(page: Page):
    page.context.set_offline(True)
    rate_pain(page, 3)
    expect_step(page, "get_ready")

    page.evaluate("""() => {
      const form = document.querySelector("#step form");
      for (let tap = 0; tap < 3; tap += 1) form.requestSubmit();
    }""")
    expect_step(page, "reps")

    assert page.evaluate(WAITING) == 2
