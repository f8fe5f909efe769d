"""A button whose request fails says so, keeps the page, and works at the next press."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from kneecoach.accounts.models import Patient
from progress.models import ExerciseSession
from tests.e2e.hands import rate_pain
from tests.factories import make_session
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
PAIN_ADDRESS = "**/pain/before/*/"


def open_safety(open_page: OpenPage, patient: Patient, **options: Any):
    session = make_session(patient=patient, now=timezone.now())
    page = open_page(user=patient.user, **options)
    # A phone that has taken nothing along: with it, the session would go on without the server.
    page.route("**/plan/", lambda route: route.fulfill(status=204))
    page.goto(f"/sessions/{session.pk}/")
    return page


def test_press_without_network_says_so_and_works_later(open_page: OpenPage, live_db, patient: Patient):
    page = open_safety(open_page, patient, allow=("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"))
    page.context.set_offline(True)

    rate_pain(page, 3)

    expect(page.get_by_role("alert")).to_contain_text("That did not arrive")
    assert ExerciseSession.objects.get().is_safe is None
    page.context.set_offline(False)
    rate_pain(page, 3)
    expect(page.locator("#step")).to_have_attribute("data-step", "get_ready")
    expect(page.locator("#trouble")).to_be_hidden()
    assert ExerciseSession.objects.get().is_safe is True


def test_press_answered_by_an_error_says_so_and_keeps_the_page(open_page: OpenPage, live_db, patient: Patient):
    page = open_safety(open_page, patient, allow=("status of 502", "Status Error Code 502"))

    def fail(route: Route) -> None:
        route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")

    page.route(PAIN_ADDRESS, fail)

    rate_pain(page, 3)

    expect(page.get_by_role("alert")).to_contain_text("Something went wrong at our end")
    expect(page.locator("#step")).to_have_attribute("data-step", "safety")
