"""The questions of Today in a browser: one tap each, the next one in their place, with JavaScript and without."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from kneecoach.accounts.rules import zone_names
from progress.models import MorningCheck, PainRating
from tests.e2e.hands import press
from tests.factories import make_finished_session, make_patient
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]


@pytest.fixture
def patient(live_db) -> Patient:
    """Return somebody with two knees, where it is between eight and ten in the morning, after a session of yesterday."""
    now = timezone.now()
    zone = next(name for name in sorted(zone_names()) if 8 <= datetime.now(ZoneInfo(name)).hour < 10)
    patient = make_patient(time_zone=zone, side="both")
    make_finished_session(patient=patient, now=now - timedelta(days=1), pain_worst=3)
    return patient


def answers() -> list[tuple[str, int | None]]:
    """Return what was said about the knees this morning."""
    return list(PainRating.objects.filter(moment="morning").order_by("side").values_list("side", "value"))


def key(page: Page, value: int) -> None:
    """Press a number of the card."""
    page.locator(f"#asking button[name=value][value='{value}']").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_morning_check_takes_a_tap_for_each_question(open_page: OpenPage, patient: Patient, *, javascript: bool):
    page = open_page(user=patient.user, width=390, javascript=javascript)
    page.goto("/")

    expect(page.locator("#asking-title")).to_contain_text("left knee")
    key(page, 0)
    expect(page.locator("#asking-title")).to_contain_text("right knee")
    if javascript:
        # A screen reader reads the next question, and the keyboard goes on from there.
        expect(page.locator("#asking-title")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    else:
        key(page, 2)
    expect(page.locator("#asking-title")).to_contain_text("swollen")
    press(page, "Some")

    expect(page.locator("#asking-title")).to_have_text("This morning")
    assert answers() == [("left", 0), ("right", 2)]
    assert MorningCheck.objects.get().swelling == "some"
    expect(
        page.get_by_role("button", name="Do an extra session").or_(page.locator("#start button")).first
    ).to_be_visible()


def test_answer_that_does_not_arrive_says_so_and_is_not_lost(open_page: OpenPage, patient: Patient):
    page = open_page(user=patient.user, width=390, allow=(r"ERR_", r"htmx:", r"Failed to load"))
    page.goto("/")

    page.context.set_offline(True)
    key(page, 4)
    expect(page.locator("#trouble")).to_be_visible()
    page.context.set_offline(False)
    key(page, 4)

    expect(page.locator("#asking-title")).to_contain_text("right knee")
    expect(page.locator("#trouble")).to_be_hidden()
    assert answers() == [("left", 4)]


def test_warning_sign_from_the_question(open_page: OpenPage, patient: Patient):
    page = open_page(user=patient.user, width=390)
    page.goto("/")

    page.get_by_text("When to stop and get help").click()
    press(page, "Yes, at least one is true")

    expect(page.get_by_role("heading", name="No exercises now")).to_be_visible()
    page.get_by_text("Tick it, if you like").click()
    page.get_by_label("The knee keeps giving way.").check()
    press(page, "Tell my physiotherapist")
    expect(page.locator(".card > .signs li")).to_have_text(["The knee keeps giving way."])
