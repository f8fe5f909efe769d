"""From a printed sheet to the first repetition, with a passkey and with an e-mailed code; and back in after logging out."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Consent, Invitation, Patient, User
from progress.models import Rep
from tests.e2e.hands import LEAPING_CLOCK, expect_phase, expect_reps, expect_step, leap_to, press, rate_pain
from tests.factories import make_invitation, make_patient, make_physiotherapist, make_prescription
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
EMAIL = "nina.new@example.org"


@pytest.fixture
def lead(live_db) -> User:
    return make_physiotherapist(email="petra.physio@example.org")


@pytest.fixture
def newcomer(lead: User) -> Patient:
    patient = make_patient(name="Nina New", has_account=False, has_found_vmo=False, lead_physiotherapist=lead)
    make_prescription(patient=patient, by=lead)
    return patient


def test_from_a_sheet_with_a_passkey_to_the_first_repetition(open_page: OpenPage, newcomer: Patient, lead: User):
    link = print_sheet(open_page(user=lead), newcomer)
    page = open_page(width=390, time_zone="Europe/Paris")
    page.add_init_script(LEAPING_CLOCK)
    add_passkeys(page)

    open_and_agree(page, link)
    press(page, "Make a passkey")
    say_where_home_is(page, "Europe/Paris")
    find_the_muscle(page)
    do_first_repetition(page)

    newcomer.refresh_from_db()
    assert (newcomer.user.email, newcomer.time_zone) == (None, "Europe/Paris")
    assert_on_record(newcomer)
    page.goto("/account/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/account/login/")
    press(page, "Use a passkey")
    expect(page.get_by_role("heading", name="Hello Nina")).to_be_visible()


def test_from_a_sheet_with_an_e_mailed_code_to_the_first_repetition(open_page: OpenPage, newcomer: Patient, lead: User):
    link = print_sheet(open_page(user=lead), newcomer)
    page = open_page(width=390)
    page.add_init_script(LEAPING_CLOCK)

    open_and_agree(page, link)
    page.locator("#id_code_email").fill(EMAIL)
    press(page, "Send me a code")
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    code = re.search(r"^[A-Z0-9]{3,}(-[A-Z0-9]{3,})*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_role("textbox", name="Code").fill(code.group())
    press(page, "Go on")
    say_where_home_is(page)
    find_the_muscle(page)
    do_first_repetition(page)

    newcomer.refresh_from_db()
    assert newcomer.user.email == EMAIL
    assert_on_record(newcomer)


def test_from_the_link_in_a_mail_without_javascript(open_page: OpenPage, newcomer: Patient, lead: User):
    _invitation, token = make_invitation(patient=newcomer, by=lead, email=EMAIL)
    page = open_page(width=390, javascript=False)

    open_and_agree(page, f"/invitation/{token}/")
    expect(page.get_by_role("heading", name="A passkey")).to_be_hidden()
    press(page, "Use codes by e-mail")
    say_where_home_is(page)

    expect(page).to_have_url(re.compile(r"/learn/find-the-muscle/$"))


def test_passkey_that_is_refused_leaves_the_other_ways(open_page: OpenPage, newcomer: Patient, lead: User):
    _invitation, token = make_invitation(patient=newcomer, by=lead, email=EMAIL)
    page = open_page(width=390)
    add_passkeys(page, is_verified=False)

    open_and_agree(page, f"/invitation/{token}/")
    press(page, "Make a passkey")
    expect(page.get_by_text("No passkey was made.")).to_be_visible()
    press(page, "Use codes by e-mail")

    expect(page.get_by_role("heading", name="Your day")).to_be_visible()


def print_sheet(page: Page, patient: Patient) -> str:
    """Print an invitation from the patient's page, and return the path that the QR code leads to."""
    page.goto(f"/admin/accounts/patient/{patient.pk}/change/")
    press(page, "Print a sheet with a QR code")
    printed = page.locator(".desk-address").inner_text()
    expect(page.get_by_role("img", name=f"QR code of {printed}")).to_be_visible()
    return "/" + printed.split("/", 3)[3]


def add_passkeys(page: Page, *, is_verified: bool = True) -> None:
    """Give the browser somewhere to keep passkeys, with somebody there who can prove who they are, or cannot."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": is_verified,
        "automaticPresenceSimulation": True,
    }
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def open_and_agree(page: Page, link: str) -> None:
    """Open the link of an invitation, and agree."""
    page.goto(link)
    expect(page).to_have_url(re.compile(r"/welcome/$"))
    expect(page.get_by_role("heading", name="Hello Nina New")).to_be_visible()
    page.get_by_label("I have read this and I agree").check()
    press(page, "Go on")
    expect(page.get_by_role("heading", name="How do you want to log in?")).to_be_visible()


def say_where_home_is(page: Page, zone: str = "Europe/London") -> None:
    """Keep the zone that is proposed, once it is: a script does that when the page is there."""
    expect(page.get_by_role("heading", name="Your day")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value(zone)
    press(page, "Now find the muscle")


def find_the_muscle(page: Page) -> None:
    """Feel it at once."""
    expect(page).to_have_url(re.compile(r"/learn/find-the-muscle/$"))
    press(page, "Yes, I can feel it")
    expect(page.get_by_text("You found the muscle")).to_be_visible()


def do_first_repetition(page: Page) -> None:
    """Start the session of now, and hold once."""
    page.get_by_role("button", name=re.compile(r"Start the (morning|evening) session")).click()
    expect_step(page, "safety")
    rate_pain(page, 0)
    expect_step(page, "get_ready")
    press(page, "I am ready")
    expect_phase(page, "ready")
    leap_to(page, "hold")
    leap_to(page, "relax")
    expect_reps(page, "ok", 1)


def assert_on_record(patient: Patient) -> None:
    """Compare what stands in the database."""
    invitation, consent = Invitation.objects.get(), Consent.objects.get()
    rep = Rep.objects.get()
    assert (invitation.patient, consent.patient, consent.invitation) == (patient, patient, invitation)
    assert invitation.accepted_at is not None
    assert consent.agreed_at <= invitation.accepted_at
    assert (rep.number, rep.outcome, rep.exercise_set.exercise_session.patient) == (1, "ok", patient)
