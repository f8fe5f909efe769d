"""The sheets on paper, as the browser prints them: on one page each, and nothing on it but the sheet."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.factories import make_patient, make_physiotherapist, make_prescription
from tests.plugins.browser import OpenPage
from tests.rows import make_history, make_mornings

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]

FRAME = ("Welcome", "Home", "Show these days", "Show this sheet", "US Letter", "Print this page")


@pytest.fixture
def sheets(live_db, open_page: OpenPage) -> tuple[Page, str]:
    """Return a page of a physiotherapist, and the address of a patient with four weeks of sessions."""
    by, now = make_physiotherapist(), timezone.now()
    patient = make_patient(name="Walter Paper", has_account=False, lead_physiotherapist=by)
    made = make_prescription(patient=patient, now=now - timedelta(days=40), by=by)
    make_history(patient=patient, prescription=made, until=now, sessions=56)
    make_mornings(patient=patient, until=now, days=27, pain=2)
    return open_page(user=by), f"/admin/accounts/patient/{patient.pk}/"


@pytest.mark.parametrize(("paper", "pixels"), [("A4", 711), ("Letter", 733)])
def test_widest_tick_sheet_is_one_page_and_loses_nothing(live_db, open_page: OpenPage, paper: str, pixels: int):
    """Two exercises, one for each leg and one with a depth, and pain in both knees."""
    by, now = make_physiotherapist(), timezone.now()
    patient = make_patient(side="both", has_account=False, lead_physiotherapist=by)
    make_prescription(patient=patient, stage_number=3, now=now - timedelta(days=2), by=by)
    make_prescription(patient=patient, stage_number=2, now=now - timedelta(days=1), by=by)
    page = open_page(f"/admin/accounts/patient/{patient.pk}/paper/", user=by)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": pixels, "height": 900})

    width = page.evaluate("document.documentElement.scrollWidth")
    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format=paper, prefer_css_page_size=False))).pages

    text = " ".join(pages[0].extract_text().split())
    assert (len(pages), width) == (1, pixels)
    assert "How deep" in text
    assert text.count("left right") >= 3


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize(("address", "words"), [("visit/", "Week by week"), ("paper/", "Pain on waking")])
def test_prints_on_one_page_and_nothing_else(sheets, paper: str, address: str, words: str):
    page, patient = sheets
    page.goto(f"{patient}{address}")

    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format=paper, prefer_css_page_size=False))).pages

    text = pages[0].extract_text()
    assert len(pages) == 1
    assert "Walter Paper" in text
    assert words in text
    assert [frame for frame in FRAME if frame in text] == []
