"""The screens before log-in through axe-core and every size: logging in, and accepting an invitation."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from kneecoach.accounts.models import ClinicSettings
from tests.e2e.hands import log_in_by_form, press
from tests.e2e.walk import Walk, assert_none
from tests.factories import PASSWORD, make_invitation, make_patient, make_physiotherapist
from tests.factors import code_of, make_passkey

pytestmark = [pytest.mark.browser, pytest.mark.no_clock, pytest.mark.slow]


def test_account_screens(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    make_patient(email="anna.knee@example.org", password=PASSWORD)
    code_only = make_patient(email="code.only@example.org")
    walk = make_walk()
    page = walk.page

    walk.go("/account/login/", "log-in")
    log_in_by_form(page, "anna.knee@example.org", "a wrong password")
    expect(page.locator("[aria-invalid=true], .form-errors, [role=alert]").first).to_be_visible()
    walk.look("log-in with errors")
    walk.go("/account/login/code/", "code request")
    page.locator("input[name=email]").fill("anna.knee@example.org")
    press(page, "Send the code")
    expect(page.locator("input[name=code]")).to_be_visible()
    walk.look("code confirm")
    page.locator("input[name=code]").fill("000000")
    press(page, "Continue")
    walk.look("code confirm with errors")
    walk.go("/account/signup/", "sign-up closed")
    walk.go("/account/password/reset/", "password reset")
    page.locator("input[name=email]").fill("anna.knee@example.org")
    press(page, "Send the link")
    page.wait_for_url("**/done/")
    walk.look("password reset done")
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[-1].body)
    assert link
    walk.go(link.group(), "new password")
    walk.go("/account/password/reset/key/1-wrong/", "new password, dead link")
    page.goto("/account/login/")
    log_in_by_form(page, "anna.knee@example.org")
    expect(page.get_by_role("heading", name="Hello Anna")).to_be_visible()
    walk.go("/account/devices/", "log-in and devices")
    walk.go("/account/address/", "e-mail address")
    press(page, "Send a code there")
    walk.look("e-mail address with errors")
    page.get_by_label("New e-mail address").fill("anna.new@example.org")
    press(page, "Send a code there")
    page.wait_for_url("**/account/address/code/")
    walk.look("code for a new address")
    walk.go("/account/passkeys/add/", "add a passkey")
    walk.go("/account/password/change/", "password change")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.locator("main form button").first.click()
    walk.look("password change with errors")
    walk.go("/account/logout/", "log-out")
    coder = make_walk(code_only.user)
    coder.go("/account/password/set/", "confirm it is you")
    press(coder.page, "E-mail me a code")
    expect(coder.page.locator("input[name=code]")).to_be_visible()
    coder.page.locator("input[name=code]").fill("000000")
    press(coder.page, "Use the code")
    coder.look("confirm it is you, with errors")

    assert_none(walk.found + coder.found)
    assert walk.screens + coder.screens == 20


def test_second_factor_screens(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    newcomer = make_physiotherapist(email="petra@example.org")
    walk = make_walk()
    page = walk.page

    page.goto("/account/login/code/?next=/admin/accounts/patient/")
    page.locator("input[name=email]").fill("petra@example.org")
    press(page, "Send the code")
    mailed = re.search(r"^[A-Z0-9-]{6,}$", mail.outbox[-1].body, re.MULTILINE)
    assert mailed
    page.locator("input[name=code]").fill(mailed.group())
    press(page, "Continue")
    page.wait_for_url("**/account/second-factor/?next=**")
    walk.look("second factor, start")
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_text("I cannot scan it").click()
    walk.look("second factor, app")
    page.locator("input[name=code]").fill("000000")
    press(page, "Continue")
    walk.look("second factor, app, wrong code")
    secret = page.locator("code.secret").text_content()
    assert secret
    page.locator("input[name=code]").fill(code_of(secret.replace(" ", "")))
    press(page, "Continue")
    walk.look("recovery codes")
    press(page, "I have kept them: go on")
    page.wait_for_url("**/admin/accounts/patient/")
    walk.go("/account/second-factor/codes/", "recovery codes, kept")
    walk.go("/account/devices/", "log-in and devices of staff")
    make_passkey(user=newcomer)
    walk.go("/account/reauthenticate/", "confirm it is you, staff")
    press(page, "Log out")
    newcomer.set_password(PASSWORD)
    newcomer.save()
    page.locator("input[name=login]").fill("petra@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/account/second-factor/enter/")
    walk.look("second step")
    page.locator("input[name=code]").fill("000000")
    press(page, "Continue")
    walk.look("second step, wrong code")

    assert_none(walk.found)
    assert walk.screens == 9


def test_invitation_screens(make_walk: Callable[..., Walk], clinic: ClinicSettings):
    minor = make_patient(
        name="Kim Young", birth_date=timezone.localdate() - timedelta(days=15 * 365), has_account=False
    )
    _invitation, token = make_invitation(patient=minor, way="sheet")
    walk = make_walk()
    page = walk.page

    walk.go("/invitation/never-made/", "invitation that does not work")
    walk.go(f"/invitation/{token}/", "agree")
    press(page, "Go on")
    expect(page.get_by_text("A parent or guardian has to agree")).to_be_visible()
    walk.look("agree, with errors")
    page.get_by_label("Your name, as parent or guardian").fill("Paula Parent")
    page.get_by_label("I have read this and I agree").check()
    press(page, "Go on")
    page.get_by_text("I prefer a password").click()
    walk.look("ways in")
    press(page, "Use this password")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    walk.look("ways in, with errors")
    page.locator("#id_code_email").fill("kim@example.org")
    press(page, "Send me a code")
    expect(page.locator("input[name=code]")).to_be_visible()
    walk.look("code")
    page.locator("input[name=code]").fill("000000")
    press(page, "Go on")
    expect(page.get_by_text("This is not the code.")).to_be_visible()
    walk.look("code, with errors")
    other = make_walk(make_patient().user)
    other.go(f"/invitation/{token}/", "somebody else is logged in")
    other.go("/welcome/day/", "where home is")

    assert_none(walk.found + other.found)
    assert walk.screens + other.screens == 9
