"""What the server refuses stays on the phone and is shown; what the phone took along is too old after a day; a thumb trembles."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from kneecoach.accounts.models import Patient
from progress.models import PainRating
from tests.e2e.hands import (
    LEAPING_CLOCK,
    expect_count,
    expect_reps,
    expect_step,
    hold_to_end,
    open_set,
    press,
    ready_set,
    recorded,
    rest_to_hold,
    start_clock,
)
from tests.e2e.waiting import wait_for_worker, wait_until
from tests.factories import make_patient, make_prescription, make_session
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
REFUSED = "<p role='alert'>This repetition could not be recorded.</p>"
STATES = """async () => {
  const { within } = await import("/static/kneecoach/js/store.js");
  return (await within("outbox", "readonly", (store) => store.getAll())).map(({ state }) => state);
}"""
HAS_PLAN = """async () => {
  const { find } = await import("/static/kneecoach/js/kept-plan.js");
  return Boolean(await find("plan"));
}"""
# The plan was seen this many hours ago.
AGE_PLAN = """async (hours) => {
  const { find, keep } = await import("/static/kneecoach/js/kept-plan.js");
  await keep({ ...(await find("plan")), seenAt: Date.now() - hours * 3600000 });
}"""

# Taps once more at the same place, on whatever has come there by then, so much later as the page counts it.
TAP_AGAIN = """(afterMs) => {
  window.tapped = [];
  let first = null;
  addEventListener("click", (event) => (first ??= event), { capture: true, once: true });
  document.addEventListener("htmx:afterSettle", () => {
    const { clientX, clientY, timeStamp } = first;
    const under = document.querySelector("button[name=value][value='4']");
    const again = new MouseEvent("click", { bubbles: true, cancelable: true, detail: 2, clientX, clientY });
    Object.defineProperty(again, "timeStamp", { value: timeStamp + afterMs });
    tapped.push(under.value);
    under.dispatchEvent(again);
  }, { once: true });
}"""


# --- refused ---------------------------------------------------------------------------------------------------------
def test_refused_repetition_is_parked_and_shown_and_holds_up_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_set(open_page, exercise_set, allow=("status of 422",))
    asked: list[str] = []

    def refuse_the_first(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url == asked[0]:
            route.fulfill(status=422, content_type="text/html", body=REFUSED)
        else:
            route.continue_()

    page.route(re.compile(r"/reps/[^/]+/$"), refuse_the_first)
    start_clock(page)
    hold_to_end(page)
    rest_to_hold(page)
    hold_to_end(page)
    press(page, "Pause")

    # The second has gone past it; the first is asked about once, is still there, and says why.
    expect_reps(page, "ok", 1)
    wait_until(page, lambda: recorded(exercise_set) == [(2, "ok")])
    status = page.locator("outbox-status")
    expect(status).to_contain_text("Refused, and kept on this phone: 1")
    expect(status).to_contain_text("This repetition could not be recorded.")
    assert page.evaluate(STATES) == ["parked"]
    assert asked.count(asked[0]) == 1

    # It outlives a reload, is shown on every page, and goes when it is taken after all.
    page.goto("/")
    expect(status).to_contain_text("Refused, and kept on this phone: 1")
    page.unroute(re.compile(r"/reps/[^/]+/$"))
    status.get_by_role("button", name="Try again").click()
    expect(status).to_be_hidden()
    assert recorded(exercise_set) == [(1, "ok"), (2, "ok")]


# --- stale -----------------------------------------------------------------------------------------------------------
def test_plan_of_yesterday_is_not_offered(open_page: OpenPage, live_db, patient: Patient):
    make_prescription(patient=patient, now=timezone.now())
    page = open_page(
        "/", user=patient.user, width=390, service_workers="allow", allow=("ERR_", "Failed to load resource")
    )
    wait_for_worker(page)
    wait_until(page, lambda: page.evaluate(HAS_PLAN))

    page.context.set_offline(True)
    page.evaluate(AGE_PLAN, 23)
    page.reload()
    expect(page.get_by_role("button", name="Start the session")).to_be_visible()
    page.evaluate(AGE_PLAN, 25)
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.locator("#offline-session")).to_be_hidden()


# --- back and close --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["back", "close"])
def test_back_and_close_in_mid_hold_keep_everything(open_page: OpenPage, live_db, patient: Patient, way: str):
    exercise_set = ready_set(patient)
    page = open_page("/", user=patient.user, width=390)
    page.add_init_script(LEAPING_CLOCK)
    address = f"/sessions/{exercise_set.exercise_session_id}/"
    page.goto(address)
    expect_step(page, "reps")
    start_clock(page)
    hold_to_end(page)
    rest_to_hold(page)
    page.evaluate("freeze()")

    again = page
    if way == "back":
        page.go_back()
        expect(page.get_by_role("heading", name="Hello Anna")).to_be_visible()
        page.get_by_role("button", name="Carry on with the session").click()
    else:
        page.close()
        again = page.context.new_page()
        again.goto(address)

    expect_step(again, "reps")
    expect_reps(again, "ok", 1)
    expect_count(again, 2)
    assert recorded(exercise_set) == [(1, "ok")]


# --- a thumb that trembles -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("after_ms", "sides"), [(200, ["left"]), (400, ["left", "right"])])
def test_second_tap_at_once_does_not_answer_the_question_that_came_in_between(
    open_page: OpenPage, live_db, after_ms: int, sides: list[str]
):
    page = pain_of_both(open_page, make_patient(side="both"))
    page.evaluate(TAP_AGAIN, after_ms)

    page.locator("button[name=value][value='4']").click()

    wait_until(page, lambda: page.evaluate("tapped") == ["4"])
    page.wait_for_load_state("networkidle")
    expect_step(page, "pain_before" if sides == ["left"] else "get_ready")
    assert sorted(PainRating.objects.values_list("side", flat=True)) == sides


def pain_of_both(open_page: OpenPage, patient: Patient) -> Page:
    """Open the first question of a session of both knees."""
    make_prescription(patient=patient, now=timezone.now())
    session = make_session(patient=patient, now=timezone.now())
    page = open_page(f"/sessions/{session.pk}/", user=patient.user, width=390)
    expect_step(page, "safety")
    return page
