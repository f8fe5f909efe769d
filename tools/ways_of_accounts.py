"""Ways to the screens about logging in that tools/screenshots.py takes."""

from playwright.sync_api import Page

from tools.ways import MANAGER, STAGE_2


def ask_for_code(page: Page) -> None:
    """Get to the field for a log-in code."""
    from django.core.cache import cache  # noqa: PLC0415 -- Django is set up by main()

    cache.clear()  # it counts the codes that one address asks for
    page.goto("/account/login/code/")
    page.get_by_role("textbox").first.fill(STAGE_2)
    page.get_by_role("button", name="Send the code").click()
    page.wait_for_url("**/confirm/")


def confirm_by_mail(page: Page) -> None:
    """Get to the field for a code that proves once more who is there."""
    page.goto("/account/reauthenticate/")
    page.get_by_role("button", name="E-mail me a code").click()
    page.locator("input[name=code]").wait_for()


def change_address(page: Page) -> None:
    """Prove who is there, by the code in the browser session, and get to the field for a new address."""
    from django.contrib.sessions.models import Session  # noqa: PLC0415 -- Django is set up by main()
    from django.core.cache import cache  # noqa: PLC0415

    cache.clear()  # it counts the codes that one account asks for
    confirm_by_mail(page)
    key = next(str(cookie["value"]) for cookie in page.context.cookies() if cookie.get("name") == "kneecoach_session")
    page.locator("input[name=code]").fill(Session.objects.get(pk=key).get_decoded()["mailed_code_proof"]["code"])
    page.locator("form:has(input[name=code])").get_by_role("button").first.click()
    page.wait_for_url("**/devices/")
    page.goto("/account/address/")


def change_address_to_the_same(page: Page) -> None:
    """Type the address that it is already."""
    change_address(page)
    page.get_by_label("New e-mail address").fill(STAGE_2)
    page.get_by_role("button", name="Send a code there").click()
    page.get_by_text("That is your address already").wait_for()


def change_address_code(page: Page) -> None:
    """Get to the field for the code that went to a new address."""
    change_address(page)
    page.get_by_label("New e-mail address").fill("grace.walker@example.org")
    page.get_by_role("button", name="Send a code there").click()
    page.wait_for_url("**/code/")


def _set_up_app(page: Page) -> None:
    """Set up an app, up to its recovery codes."""
    import time  # noqa: PLC0415 -- the clock of the pictures

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: PLC0415 -- Django is set up by main()

    page.goto("/account/second-factor/app/")
    page.locator("details summary").click()
    key = (page.locator("code.secret").text_content() or "").replace(" ", "")
    page.locator("input[name=code]").fill(format_hotp_value(hotp_value(key, int(time.time()) // 30)))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/codes/")


def recovery_codes(page: Page) -> None:
    """Get to recovery codes that nobody has kept yet."""
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 -- Django is set up by main()

    # Not by the service: that ends their log-ins as well.
    Authenticator.objects.filter(user__email=MANAGER).delete()
    _set_up_app(page)


def second_step(page: Page) -> None:
    """Get to the second step of a log-in of somebody who has an app."""
    from django.core.cache import cache  # noqa: PLC0415 -- Django is set up by main()

    from kneecoach.accounts.models import User  # noqa: PLC0415 -- as above
    from kneecoach.accounts.services import set_up_app  # noqa: PLC0415 -- as above
    from kneecoach.demo.people import PASSWORD  # noqa: PLC0415 -- as above

    cache.clear()
    set_up_app(User.objects.get(email=MANAGER), secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")  # noqa: S106 -- of a clinic that does not exist
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(MANAGER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/enter/")
