"""A session without a network: finished, or started, on the phone alone; afterwards it stands whole in the database."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession, ExerciseSet, PainRating
from tests.e2e.hands import LEAPING_CLOCK, expect_count, expect_step, leap_to, press, rate_pain, recorded
from tests.e2e.waiting import wait_for_worker, wait_until
from tests.factories import make_patient, make_prescription
from tests.plugins.browser import OpenPage, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NO_NETWORK = (
    r"ERR_INTERNET_DISCONNECTED",
    r"ERR_FAILED",
    r"Failed to load resource",
    r"htmx:",
    r"status of 403",
)
ALL_HELD = [(number, "ok") for number in range(1, 11)]
KEPT = """async () => {
  const { within } = await import("/static/kneecoach/js/store.js");
  return (await within("kept", "readonly", (store) => store.getAll())).map(({ key, owner }) => [key, owner]);
}"""
KEPT_FACTS = """async () => {
  const { find } = await import("/static/kneecoach/js/kept-plan.js");
  const kept = await find("session");
  return new DOMParser().parseFromString(kept.html, "text/html").querySelector("[data-plan]").dataset.facts;
}"""
WAITING = """async () => {
  const { within } = await import("/static/kneecoach/js/store.js");
  return (await within("outbox", "readonly", (store) => store.getAll())).map(({ url, state }) => [url, state]);
}"""


@pytest.fixture
def phone(open_page: OpenPage, patient: Patient) -> Callable[[str], Page]:
    """Return a function that opens a page on a phone with a working service worker, which has taken the plan along."""
    make_prescription(patient=patient, now=timezone.now())

    def make(path: str) -> Page:
        page = open_page(user=patient.user, width=390, service_workers="allow", allow=NO_NETWORK)
        page.add_init_script(LEAPING_CLOCK)
        page.goto(path)
        wait_for_worker(page)
        expect_kept(page, "plan", patient)
        return page

    return make


def expect_kept(page: Page, key: str, patient: Patient) -> None:
    """Wait until the phone has taken it along."""
    wait_until(page, lambda: [key, str(patient.pk)] in page.evaluate(KEPT))


def waiting(page: Page) -> list[list[str]] | None:
    """Return address and state of everything in the outbox; None while the page is on its way to another."""
    try:
        return page.evaluate(WAITING)
    except Error:
        return None


def expect_sent(page: Page) -> None:
    """Wait until nothing waits any more."""
    wait_until(page, lambda: waiting(page) == [])


def do_the_reps(page: Page) -> None:
    """Be led through all repetitions of a set on a clock that runs ten times as fast."""
    expect_step(page, "reps")
    page.evaluate("window.hurry()")


def answer_what_follows(page: Page) -> None:
    """Answer what is asked after the repetitions."""
    expect(page.locator("#step[data-step=pain_worst]")).to_be_visible(timeout=40_000)
    rate_pain(page, 4)
    expect_step(page, "felt_muscle")
    page.locator("#step button[name=felt][value=yes]").click()
    expect_step(page, "done")


def assert_whole(session: ExerciseSession) -> None:
    """Check that everything that was done stands there, once."""
    session.refresh_from_db()
    exercise_set = ExerciseSet.objects.get(exercise_session=session)
    ratings = PainRating.objects.filter(exercise_session=session).order_by("rated_at").values_list("moment", "value")
    assert recorded(exercise_set) == ALL_HELD
    assert list(ratings) == [("before", 2), ("worst", 4)]
    assert (session.is_safe, exercise_set.felt_muscle, session.stop_reason) == (True, "yes", "")
    assert session.ended_at is not None


def test_a_session_opened_online_is_finished_offline(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    press(page, "Start the")
    expect_step(page, "safety")
    expect_kept(page, "session", patient)
    page.context.set_offline(True)

    rate_pain(page, 2)
    expect_step(page, "get_ready")
    press(page, "I am ready")
    do_the_reps(page)
    answer_what_follows(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Done, and kept on this phone")
    session = ExerciseSession.objects.get()
    assert (session.is_safe, recorded(session.sets.get())) == (None, [])

    page.context.set_offline(False)
    expect_sent(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Done. Well done.")
    assert_whole(session)


def test_a_session_goes_on_after_a_reload_without_a_network(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    press(page, "Start the")
    expect_step(page, "safety")
    expect_kept(page, "session", patient)
    page.context.set_offline(True)
    rate_pain(page, 2)
    expect_step(page, "get_ready")

    page.reload()
    expect(page.locator("#offline-session")).to_contain_text("Anna")
    press(page, "Go on with the session")
    expect_step(page, "get_ready")
    press(page, "I am ready")
    do_the_reps(page)
    expect(page.locator("#step[data-step=pain_worst]")).to_be_visible(timeout=40_000)
    page.context.set_offline(False)
    expect_sent(page)
    # Everything is sent, so the server leads again, on the page of the session.
    expect(page.locator("#main > [data-rest-url]")).to_be_attached()
    answer_what_follows(page)
    assert_whole(ExerciseSession.objects.get())


def test_a_session_is_started_offline(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    page.context.set_offline(True)
    page.reload()
    press(page, "Start the session")

    expect_step(page, "safety")
    rate_pain(page, 2)
    press(page, "I am ready")
    do_the_reps(page)
    answer_what_follows(page)
    assert not ExerciseSession.objects.exists()

    page.context.set_offline(False)
    expect_sent(page)
    session = ExerciseSession.objects.get()
    page.wait_for_url(f"**/sessions/{session.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done. Well done.")
    assert_whole(session)


def test_a_repetition_is_taken_back_offline(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    press(page, "Start the")
    rate_pain(page, 2)
    press(page, "I am ready")
    start_of_hold(page)
    press(page, "Skip")
    expect(page.locator(".reps > [data-rep=skipped]:not([data-waiting])")).to_have_count(1)
    page.reload()
    expect_kept(page, "session", patient)
    wait_until(page, lambda: '"numbers": [1]' in (page.evaluate(KEPT_FACTS) or ""))
    page.context.set_offline(True)

    press(page, "Undo")
    page.reload()
    press(page, "Go on with the session")

    # The first repetition is to be done again, though only its id was told.
    expect(page.locator(".reps > [data-rep]").first).to_have_attribute("data-rep", "now")
    expect_count(page, 1)


def start_of_hold(page: Page) -> None:
    """Leap to the first hold."""
    expect_step(page, "reps")
    leap_to(page, "hold")


def test_it_hurts_offline_says_whom_to_call_at_the_end(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    page.context.set_offline(True)
    page.reload()
    press(page, "Start the session")
    rate_pain(page, 2)
    press(page, "I am ready")
    start_of_hold(page)

    press(page, "It hurts")
    expect_step(page, "pain_worst")
    rate_pain(page, 7)
    expect_step(page, "felt_muscle")
    page.locator("#step button[name=felt][value=no]").click()

    expect_step(page, "done")
    expect(page.get_by_role("heading", name="Stop, and get help")).to_be_visible()
    page.context.set_offline(False)
    expect_sent(page)
    session = ExerciseSession.objects.get()
    assert (session.stop_reason, recorded(session.sets.get())) == ("pain", [(1, "stopped_pain")])


def test_a_session_is_stopped_offline_for_another_reason(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    page.context.set_offline(True)
    page.reload()
    press(page, "Start the session")
    rate_pain(page, 2)
    press(page, "I am ready")
    expect_step(page, "reps")

    page.get_by_role("link", name="Stop for another reason").click()
    page.get_by_role("link", name="Go on with the session").click()
    expect_step(page, "reps")
    page.get_by_role("link", name="Stop for another reason").click()
    page.locator("#step input[value=tired]").check()
    press(page, "Stop here")

    expect_step(page, "done")
    page.context.set_offline(False)
    expect_sent(page)
    session = ExerciseSession.objects.get()
    assert (session.stop_reason, session.is_safe) == ("tired", True)
    assert session.ended_at is not None


def test_over_the_limit_offline_does_not_start_until_the_physiotherapist_said_so(
    phone: Callable[[str], Page], patient: Patient
):
    page = phone("/")
    page.context.set_offline(True)
    page.reload()
    press(page, "Start the session")
    rate_pain(page, 6)
    expect_step(page, "over_limit")
    expect(page.locator("#step")).to_contain_text("Limit 5")
    press(page, "My physiotherapist told me to go on")
    expect_step(page, "get_ready")

    page.context.set_offline(False)
    expect_sent(page)
    session = ExerciseSession.objects.get()
    assert (session.is_safe, session.stop_reason) == (True, "")
    assert session.pain_overridden_at is not None
    assert list(session.pain_ratings.values_list("moment", "value")) == [("before", 6)]


def test_the_page_without_a_network_can_be_used_by_everybody(phone: Callable[[str], Page], axe):
    page = phone("/")
    page.context.set_offline(True)
    page.set_viewport_size({"width": 320, "height": 640})
    page.reload()

    expect(page.locator("#offline-session")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Start the session").focus()
    page.keyboard.press("Enter")
    expect_step(page, "safety")
    assert page.evaluate("document.activeElement.id") == "step-title"
    assert axe(page) == []


def test_two_sessions_started_offline_are_two(phone: Callable[[str], Page], patient: Patient):
    page = phone("/")
    page.context.set_offline(True)
    for _time in range(2):
        page.goto("/")
        press(page, "Start the session")
        press(page, "Yes, at least one")
        expect_step(page, "red_flag")
        expect(page.locator("#step")).to_contain_text("kept on this phone")
    page.context.set_offline(False)
    page.goto("/")
    expect_sent(page)

    assert sorted(ExerciseSession.objects.values_list("is_safe", "stop_reason")) == [(False, "red_flag")] * 2


def test_a_session_of_somebody_else_waits_for_them(phone: Callable[[str], Page], patient: Patient, live_site: str):
    page = phone("/")
    page.context.set_offline(True)
    page.goto("/")
    press(page, "Start the session")
    rate_pain(page, 2)
    expect_step(page, "get_ready")
    before = waiting(page)
    assert before

    other = make_patient(name="Otto Elsewhere")
    make_prescription(patient=other, now=timezone.now())
    assert other.user
    assert patient.user
    page.context.clear_cookies()
    log_in(page.context, other.user, live_site)
    page.context.set_offline(False)
    page.goto("/")
    expect_kept(page, "plan", other)
    # Nothing of the first is shown or sent, and nothing of it is lost.
    assert [row[0] for row in waiting(page) or []] == [row[0] for row in before]
    assert not ExerciseSession.objects.exists()
    page.context.set_offline(True)
    page.goto("/")
    expect(page.locator("#offline-session")).to_contain_text("Otto")

    page.context.clear_cookies()
    log_in(page.context, patient.user, live_site)
    page.context.set_offline(False)  # the page without a network loads itself anew
    expect_sent(page)
    assert ExerciseSession.objects.get().patient == patient
