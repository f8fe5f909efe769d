"""Logging out leaves nothing of a person on the phone but what could not be sent, which waits for them alone."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from tests.e2e.hands import press, rate_pain
from tests.e2e.waiting import wait_for_worker, wait_until
from tests.factories import make_prescription
from tests.plugins.browser import OpenPage, log_in

pytestmark = pytest.mark.browser
NO_NETWORK = (r"ERR_", r"Failed to load resource", r"htmx:", r"status of 403")
LEFT = """async () => {
  const { within } = await import("/static/kneecoach/js/store.js");
  const all = (name) => within(name, "readonly", (store) => store.getAll());
  return { kept: (await all("kept")).length, outbox: (await all("outbox")).length, caches: (await caches.keys()).length };
}"""


@pytest.fixture
def page(open_page: OpenPage, patient: Patient) -> Page:
    """Return Today on a phone that has taken everything along."""
    make_prescription(patient=patient, now=timezone.now())
    page = open_page("/", user=patient.user, width=390, service_workers="allow", allow=NO_NETWORK)
    wait_for_worker(page)
    wait_until(page, lambda: page.evaluate(LEFT) == {"kept": 1, "outbox": 0, "caches": 1})
    return page


def answer_without_a_network(page: Page) -> None:
    """Leave one answer in the outbox, and come back to Today."""
    press(page, "Start the")
    wait_until(page, lambda: page.evaluate(LEFT)["kept"] == 2)
    page.context.route("**/sessions/*/pain/**", cut)
    rate_pain(page, 2)
    expect(page.locator("#step[data-step=get_ready]")).to_be_visible()
    page.goto("/")


def cut(route: Route) -> None:
    """Let a request never arrive."""
    route.abort()


def test_logout_leaves_nothing_on_the_phone(page: Page):
    press(page, "Log out")

    page.wait_for_url("**/account/login/")
    # The log-in page itself installs the worker again; it keeps static files and the page of nobody.
    left = page.evaluate(LEFT)
    assert (left["kept"], left["outbox"]) == (0, 0)


def test_logout_sends_first_what_waits(page: Page):
    answer_without_a_network(page)
    page.context.unroute("**/sessions/*/pain/**")

    press(page, "Log out")

    page.wait_for_url("**/account/login/")
    assert ExerciseSession.objects.get().pain_ratings.get().value == 2
    assert page.evaluate(LEFT)["outbox"] == 0


def test_logout_asks_where_something_cannot_be_sent(page: Page, axe):
    answer_without_a_network(page)

    press(page, "Log out")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not sent yet: 1")
    assert axe(page) == []
    press(page, "Send it first")
    expect(dialog).to_contain_text("There is no connection")
    press(page, "Stay logged in")
    expect(dialog).to_be_hidden()

    page.context.unroute("**/sessions/*/pain/**")
    press(page, "Log out")
    page.wait_for_url("**/account/login/")
    assert ExerciseSession.objects.get().pain_ratings.count() == 1


def test_logout_anyway_keeps_what_waits_for_the_next_log_in(page: Page, patient: Patient, live_site: str):
    answer_without_a_network(page)
    press(page, "Log out")
    press(page, "Log out anyway")

    page.wait_for_url("**/account/login/")
    left = page.evaluate(LEFT)
    assert (left["kept"], left["outbox"]) == (0, 1)
    assert not ExerciseSession.objects.get().pain_ratings.exists()

    page.context.unroute("**/sessions/*/pain/**")
    assert patient.user
    log_in(page.context, patient.user, live_site)
    page.goto("/")
    wait_until(page, lambda: page.evaluate(LEFT)["outbox"] == 0)
    assert ExerciseSession.objects.get().pain_ratings.get().value == 2


def test_what_is_answered_after_logout_is_not_kept(page: Page):
    plans: list[Route] = []
    logouts: list[Route] = []
    answer_without_a_network(page)
    page.context.route("**/sessions/plan/**", lambda route: plans.append(route))
    page.context.route("**/account/logout/**", lambda route: logouts.append(route))
    page.reload()
    wait_until(page, lambda: len(plans) == 1)
    press(page, "Log out")
    # A press of Playwright would wait for the page that comes next.
    page.get_by_role("button", name="Log out anyway").evaluate("button => { setTimeout(() => button.click()); }")
    wait_until(page, lambda: len(logouts) == 1)

    plans[-1].continue_()
    page.wait_for_timeout(800)
    logouts[0].continue_()

    page.wait_for_url("**/account/login/")
    assert page.evaluate(LEFT)["kept"] == 0


def test_logout_without_javascript(open_page: OpenPage, patient: Patient):
    page = open_page("/me/", user=patient.user, javascript=False)
    press(page, "Log out")
    expect(page).to_have_url("/account/login/")
