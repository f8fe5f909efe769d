"""The QR codes on paper, read from the picture of the whole page as a phone reads them."""

import io
from typing import Literal

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from kneecoach.accounts.models import Patient, User
from tests.e2e.test_invitation import print_sheet
from tests.factories import make_patient, make_physiotherapist, make_prescription
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]

THEMES = pytest.mark.parametrize("theme", ["light", "dark"])
Theme = Literal["light", "dark"]


@pytest.fixture
def lead(live_db) -> User:
    return make_physiotherapist()


@pytest.fixture
def patient(lead: User) -> Patient:
    made = make_patient(name="Nina New", has_account=False, lead_physiotherapist=lead)
    make_prescription(patient=made, by=lead)
    return made


@THEMES
def test_code_of_an_invitation_leads_to_it(
    open_page: OpenPage, live_site: str, patient: Patient, lead: User, theme: Theme
):
    page = open_page(user=lead, color_scheme=theme)
    path = print_sheet(page, patient)

    assert codes_on(page) == [f"{live_site}{path}"]
    assert path.startswith("/invitation/")


@THEMES
def test_code_of_a_tick_sheet_leads_to_entering_it(
    open_page: OpenPage, live_site: str, patient: Patient, lead: User, theme: Theme
):
    page = open_page(f"/admin/accounts/patient/{patient.pk}/paper/", user=lead, color_scheme=theme)

    (address,) = codes_on(page)
    page.goto(address)

    assert address == f"{live_site}/sheet/{patient.pk}/"
    assert page.url == f"{live_site}/admin/accounts/patient/{patient.pk}/paper/type/"


def codes_on(page: Page) -> list[str]:
    """Return what the codes on a page say, as it is printed: read from its picture, not from its markup."""
    page.emulate_media(media="print")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    found = zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormat.QRCode, try_invert=False, try_downscale=False)
    page.emulate_media(media="screen")
    return [code.text for code in found]
