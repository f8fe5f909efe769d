"""A new version of the programme in a browser: copied, edited, looked at, published, and a patient moved to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from exercises.models import Prescription, ProgrammeVersion
from progress.models import Message
from tests.e2e.hands import press
from tests.e2e.walk import Walk
from tests.factories import make_patient, make_physiotherapist, make_prescription, stage
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]


def test_programme_is_copied_edited_looked_at_published_and_moved_to(
    open_page: OpenPage, axe: Callable[[Page], list[str]], live_db
):
    by = make_physiotherapist()
    fits, stays = make_patient(name="Anna Knee"), make_patient(name="Ben Stays")
    before = timezone.now() - timedelta(days=9)
    make_prescription(patient=fits, by=by, now=before, reps_max=15)
    make_prescription(patient=stays, by=by, now=before)
    page = open_page(user=by, reduced_motion="reduce", allow=(r"status of 422",))
    walk = Walk(page, axe)

    walk.go(f"/admin/exercises/programmeversion/{stage(1).version_id}/change/", "published version")
    press(page, "New version from the newest")
    walk.look("draft")
    draft = ProgrammeVersion.objects.get(status="draft")
    first = draft.stages.get(number=1)
    walk.go(f"/admin/exercises/stage/{first.pk}/change/", "stage of a draft")
    page.locator("#id_title").fill("Squeeze in a chair")
    page.get_by_label("most repetitions").fill("31")
    press(page, "Save and continue editing")
    expect(page.get_by_text("Between 10 and 30.")).to_be_visible()
    walk.look("stage of a draft with errors")
    page.get_by_label("most repetitions").fill("15")
    press(page, "Save and continue editing")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert not walk.found, "\n".join(walk.found)

    walk.go(f"/admin/exercises/programmeversion/{draft.pk}/preview/", "preview")
    page.locator(".stage-card a", has_text="Squeeze in a chair").click()
    expect(page.get_by_role("heading", name="Squeeze in a chair")).to_be_visible()
    walk.look("preview of a stage")
    press_link(page, "Back to the desk")

    press_link(page, "Publish …")
    expect(page.get_by_role("cell", name="Squeeze in a chair")).to_be_visible()
    walk.look("publish")
    press(page, "Publish")
    expect(page.get_by_text("is published.")).to_be_visible()
    walk.look("people")
    press(page, "Move them")
    expect(page.get_by_text("Choose who is moved.")).to_be_visible()
    walk.look("people with errors")
    page.get_by_label("Anna Knee").check()
    page.get_by_label("Why").fill("The words are clearer now.")
    press(page, "Move them")
    expect(page.get_by_role("heading", name="One patient has exercises from this version")).to_be_visible()
    expect(page.get_by_text("The dose lies outside the bounds of this version.")).to_be_visible()

    assert not walk.found, "\n".join(walk.found)
    assert Prescription.objects.of(fits).active().get().stage.title == "Squeeze in a chair"
    assert Prescription.objects.of(stays).active().get().stage.version == stage(1).version
    assert "The words are clearer now." in Message.objects.get(patient=fits).body


def press_link(page: Page, name: str) -> None:
    """Follow a link."""
    page.get_by_role("link", name=name).click()
