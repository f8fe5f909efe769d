"""What a person does on the screens, for several journeys; and a clock that can be told to leap.

The clock of a page is `performance.now`. With LEAPING_CLOCK as an init script a test may move it on, in leaps that are
shorter than what the page takes for a phone that slept: everything is then led as on the real clock, only sooner.
"""

import re
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient, User
from progress import services
from progress.models import ExerciseSession, ExerciseSet, Rep
from tests.factories import PASSWORD, make_prescription, make_ready_session, sets_of
from tests.factors import a_code
from tests.plugins.browser import OpenPage

LEAPING_CLOCK = """
(() => {
  localStorage.setItem("kneecoach.guidance", JSON.stringify({ readySeconds: 5, sound: "off" }));
  const real = performance.now.bind(performance);
  let ahead = 0;
  let frozenAt = null;
  const turn = () => new Promise((resolve) => setTimeout(resolve, 70));
  performance.now = () => frozenAt ?? real() + ahead;
  window.freeze = () => { frozenAt = performance.now(); };
  window.thaw = () => { ahead = frozenAt - real(); frozenAt = null; };
  window.leap = async (milliseconds) => {
    for (let left = milliseconds; left > 0; left -= 700) { ahead += Math.min(left, 700); await turn(); }
  };
  window.leapTo = async (kind) => {
    for (let leaps = 0; leaps < 100; leaps += 1) {
      if (document.querySelector(".clock")?.dataset.phase === kind) return;
      ahead += 250;
      await turn();
    }
  };
  window.hurry = () => setInterval(() => { ahead += 200; }, 20);
  window.sleepFor = (milliseconds) => { ahead += milliseconds; };
})();
"""
HOLD_MS = 3000
# A page under load looks at its clock late: what is led may be this much longer than planned.
LATE_MS = 250


def log_in_by_form(page: Page, email: str, password: str = PASSWORD) -> None:
    """Type address and password into the log-in form, wherever it was met; staff then a code of their app."""
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()
    user = User.objects.filter(email=email).first()
    if user and user.is_staff and password == PASSWORD:
        code = a_code()
        # It works once, and a test may come in twice within half a minute.
        cache.delete_many([f"second-factor-used:{user.pk}:{code}", f"allauth.mfa.totp.used?user={user.pk}&code={code}"])
        page.locator("input[name=code]").fill(code)
        press(page, "Continue")


def press(page: Page, name: str) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=name).click()


def expect_step(page: Page, kind: str) -> None:
    """Wait until this step of the session is on the screen."""
    expect(page.locator(f"#step[data-step={kind}]")).to_be_visible()
    # A page that has only just come must have its scripts before anybody presses anything.
    page.wait_for_load_state()


def rate_pain(page: Page, value: int) -> None:
    """Press one of the eleven numbers."""
    page.locator(f"#step button[name=value][value='{value}']").click()


def expect_phase(page: Page, kind: str, *, timeout: int = 10_000) -> None:
    """Wait for a part of the repetition."""
    expect(page.locator(f".clock[data-phase={kind}]")).to_be_visible(timeout=timeout)


def expect_reps(page: Page, outcome: str, count: int, *, timeout: int = 15_000) -> None:
    """Wait until the page shows so many repetitions of this outcome as acknowledged."""
    expect(page.locator(f".reps > [data-rep={outcome}]:not([data-waiting])")).to_have_count(count, timeout=timeout)


def expect_count(page: Page, number: int) -> None:
    """Wait until the clock leads this repetition."""
    expect(page.locator(".clock-count")).to_have_text(re.compile(rf"^{number} of "))


def ready_set(patient: Patient, **dose: Any) -> ExerciseSet:
    """Prescribe stage 1 and answer all questions up to the first repetition."""
    now = timezone.now()
    make_prescription(patient=patient, now=now, **dose)
    (exercise_set,) = sets_of(make_ready_session(patient=patient, now=now))
    services.begin_set(exercise_set=exercise_set, now=now)
    return exercise_set


def open_set(open_page: OpenPage, exercise_set: ExerciseSet, **context: Any) -> Page:
    """Open the session of a set on a device of its patient, whose clock can leap."""
    page = open_page(user=exercise_set.exercise_session.patient.user, width=390, **context)
    page.add_init_script(LEAPING_CLOCK)
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")
    expect_step(page, "reps")
    return page


def start_clock(page: Page, button: str = "Start") -> None:
    """Press the button and leap to the hold."""
    press(page, button)
    leap_to_hold(page)


def leap_to(page: Page, kind: str) -> None:
    """Leap until this part begins."""
    page.evaluate("kind => window.leapTo(kind)", kind)
    expect_phase(page, kind)


def leap_to_hold(page: Page) -> None:
    """Leap over the time to get ready."""
    expect_phase(page, "ready")
    leap_to(page, "hold")


def leap(page: Page, milliseconds: int) -> None:
    """Move the clock of the page on."""
    page.evaluate("milliseconds => window.leap(milliseconds)", milliseconds)


def leap_away(page: Page, milliseconds: int = 3000) -> None:
    """Move the clock on where the page will be left for another: nobody waits for the end of the leap."""
    page.evaluate("milliseconds => void window.leap(milliseconds)", milliseconds)


def hold_to_end(page: Page) -> None:
    """Leap to the end of the hold that runs."""
    leap_to(page, "relax")


def rest_to_hold(page: Page) -> None:
    """Leap to the next hold."""
    leap_to(page, "hold")


def recorded(exercise_set: ExerciseSet) -> list[tuple[int, str]]:
    """Return number and outcome of every repetition that stands."""
    return list(
        Rep.objects.standing().filter(exercise_set=exercise_set).order_by("number").values_list("number", "outcome")
    )


def the_rep(exercise_set: ExerciseSet, number: int) -> Rep:
    """Return the repetition of this number that stands."""
    return Rep.objects.standing().get(exercise_set=exercise_set, number=number)


def session_row(exercise_set: ExerciseSet) -> ExerciseSession:
    """Return the session of a set as the database has it now."""
    return ExerciseSession.objects.get(pk=exercise_set.exercise_session_id)
