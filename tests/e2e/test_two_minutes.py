"""Two minutes at the desk: answer a request, prescribe the next stage, read a note, with few clicks and few loads."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from exercises.models import Decision, Prescription
from kneecoach.accounts.models import ClinicSettings
from progress.models import Message, StageRequest
from tests.e2e.hands import log_in_by_form
from tests.e2e.walk import Walk, assert_none
from tests.factories import (
    PASSWORD,
    make_message,
    make_patient,
    make_physiotherapist,
    make_prescription,
    make_request,
)
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.switched_on]

MOST_CLICKS, MOST_LOADS = 12, 2


class Counter:
    """How often somebody clicks on a page, and how often a whole page is loaded."""

    def __init__(self, page: Page) -> None:
        self.clicks, self.loads = 0, 0
        page.expose_function("countClick", self._click)
        page.add_init_script("addEventListener('click', (event) => event.isTrusted && countClick(), true)")
        page.on("request", self._request)

    def _click(self) -> None:
        self.clicks += 1

    def _request(self, request: Request) -> None:
        # An answer that only leads on (after log-in) is no page.
        if request.is_navigation_request() and request.method == "GET":
            self.loads += 1


def test_two_minutes_are_enough(open_page: OpenPage, clinic: ClinicSettings):
    physiotherapist = make_physiotherapist(email="petra@example.org", password=PASSWORD)
    patient = make_patient(lead_physiotherapist=physiotherapist)
    now = timezone.now()
    make_prescription(patient=patient, now=now - timedelta(days=15), by=physiotherapist)
    make_request(patient=patient, now=now - timedelta(hours=2))
    make_message(patient=patient, now=now - timedelta(hours=1), body="The stairs are easy now")
    page = open_page("/account/login/")
    log_in_by_form(page, "petra@example.org")
    count = Counter(page)
    page.reload()

    page.get_by_role("link", name="Anna Knee").first.click()
    expect(page.get_by_text("The stairs are easy now")).to_be_visible()
    page.get_by_role("link", name="Answer", exact=True).click()
    page.get_by_label("Approve: the next stage may come").check()
    page.get_by_role("button", name="Record the answer").click()
    page.get_by_role("link", name="Prescribe it").click()
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#decision .desk-changes")).to_contain_text("Stage 1: Seated squeeze goes on as it is.")
    page.get_by_role("button", name="Prescribe", exact=True).click()
    expect(page.locator(".messagelist")).to_have_text("Prescribed. Anna Knee reads it on Today.")
    page.get_by_role("button", name="Seen", exact=True).click()
    expect(page.locator(".messagelist")).to_have_text("Marked as seen. Anna Knee can see that.")

    assert StageRequest.objects.get().status == "approved"
    assert set(Prescription.objects.active().values_list("stage_key", flat=True)) == {"vmo-1", "vmo-2"}
    assert Message.objects.get().read_by == physiotherapist
    assert count.clicks <= MOST_CLICKS
    assert count.loads <= MOST_LOADS
    # The count counts: seven links and buttons, one choice, and the worklist and the patient.
    assert (count.clicks, count.loads) == (8, 2)


@pytest.mark.slow
def test_every_decision_opens_within_the_page_and_is_taken_there(open_page: OpenPage, axe, clinic: ClinicSettings):
    physiotherapist = make_physiotherapist()
    patient = make_patient(lead_physiotherapist=physiotherapist)
    now = timezone.now()
    make_prescription(patient=patient, now=now - timedelta(days=15), by=physiotherapist)
    make_prescription(patient=patient, stage_number=2, now=now - timedelta(days=15), by=physiotherapist)
    page = open_page(f"/admin/accounts/patient/{patient.pk}/change/", user=physiotherapist, allow=(r"status of 422",))
    walk = Walk(page, axe)
    stage_2 = page.locator("tr", has_text="Stage 2: Lying lift").filter(has=page.locator(".desk-acts"))

    stage_2.get_by_role("link", name="Pause").click()
    expect(page.locator("#decide-title")).to_be_focused()
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#decision .errorlist").first).to_be_visible()
    walk.look("pause, with errors")
    page.get_by_label("First day").fill(f"{now + timedelta(days=1):%Y-%m-%d}")
    page.get_by_label("Why").fill("Away")
    page.get_by_role("button", name="See what changes").click()
    page.locator("#decision [name=save]").click()
    expect(page.locator(".messagelist")).to_have_text("The pause is set.")
    walk.look("patient, paused")
    stage_2.get_by_role("link", name="Step back").click()
    walk.look("step back")
    page.get_by_label("Why").fill("Too much pain")
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#decision .desk-changes")).to_be_visible()
    walk.look("step back, what changes")
    page.locator("#decision [name=save]").click()
    expect(page.locator(".messagelist")).to_contain_text("reads it on Today")

    assert_none(walk.found)
    assert list(Decision.objects.order_by("-decided_at").values_list("kind", flat=True)[:2]) == [
        "stepped_back",
        "paused",
    ]
