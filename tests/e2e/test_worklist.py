"""The desk with all that can wait: the worklist and a patient's whole page, through axe-core and by hand."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import User
from progress.models import Alert
from tests.e2e.hands import press
from tests.e2e.walk import Walk
from tests.factories import (
    make_alert,
    make_finished_session,
    make_message,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_red_flag,
    make_request,
)
from tests.plugins.browser import OpenPage
from tests.rows import make_history, make_mornings

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]


@pytest.fixture(autouse=True)
def switched_on(settings) -> None:
    """Switch everything on, whatever the run is about."""
    settings.READINESS = settings.PAIN_ADVICE = settings.ALERTS = True


@pytest.fixture
def physio(live_db) -> User:
    """Return a physiotherapist with a patient for each need, and one who needs nobody."""
    by, now = make_physiotherapist(name="Petra Physio"), timezone.now()
    for name in ("Anna Knee", "Quentin Quiet", "Lars Long", "Nina Nothing", "Rosa Red"):
        patient = make_patient(name=name, lead_physiotherapist=by)
        made = make_prescription(patient=patient, by=by, now=now - timedelta(days=31 if name == "Lars Long" else 12))
        if name != "Quentin Quiet":
            make_history(patient=patient, prescription=made, until=now, sessions=20, pain=len(name) % 4)
            make_mornings(patient=patient, until=now, days=9)
        if name == "Rosa Red":
            make_red_flag(patient=patient, now=now)
        if name == "Anna Knee":
            make_all_wait(patient, by, now)
    return by


def make_all_wait(patient, by: User, now: datetime) -> None:
    """Have a patient ask and write, and open two alerts."""
    make_finished_session(patient=patient, now=now, pain_worst=7)
    for kind in ("pain_red", "not_settled_twice"):
        make_alert(patient=patient, kind=kind, now=now)
    make_request(patient=patient, now=now)
    make_message(patient=patient, now=now, body="It swells up a little in the evening, mostly after the stairs")
    make_message(patient=patient, now=now, by=by, body="Thank you, I will have a look")


def test_worklist_leads_from_who_needs_somebody_to_the_whole_story(
    open_page: OpenPage, axe: Callable[[Page], list[str]], physio: User
):
    page = open_page(user=physio, reduced_motion="reduce")
    walk = Walk(page, axe)

    walk.go("/admin/", "worklist with every need")
    press(page, "Seen Anna Knee")
    expect(page.get_by_role("button", name="Seen Anna Knee")).to_have_count(0)
    page.get_by_role("link", name="Unread note 1").click()
    expect(page.locator(".work-row")).to_have_count(1)
    walk.look("worklist, one need")
    page.get_by_role("link", name="Anna Knee", exact=True).click()
    expect(page.get_by_role("heading", name="What was decided")).to_be_visible()
    for summary in page.locator("details > summary", has_text="The same as a table").all():
        summary.click()
    walk.look("the patient on one screen")

    assert walk.found == []
    assert set(Alert.objects.filter(patient__name="Anna Knee").values_list("seen_by", flat=True)) == {physio.pk}
