"""Reminders in real Chromium: switching them on, what the service worker shows, and where a touch leads.

The services of browsers' makers cannot be reached from here. So what Chromium would ask of one (`PushManager`) is stood in
for, and messages are handed to its service worker as its own tools do (`deliverPushMessage`). Everything else is real.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from kneecoach.reminders.models import PushDevice
from kneecoach.reminders.push import public_key
from tests.e2e.hands import press
from tests.e2e.waiting import wait_for_worker, wait_until
from tests.plugins.browser import OpenPage
from tests.push_service import Browser, bytes_of

pytestmark = pytest.mark.browser

URL = "/me/reminders/"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/chromium"
# A browser that remembers from page to page what it was asked for, with the keys of a test.
STAND_IN = """
const bytes = (numbers) => new Uint8Array(numbers).buffer;
const text = (key) => Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const taken = () => JSON.parse(localStorage.getItem("push") ?? "null");
const made = () => taken() && {
  endpoint: %(endpoint)s,
  options: { applicationServerKey: bytes(taken()) },
  getKey: (name) => bytes(name === "p256dh" ? %(point)s : %(auth)s),
  unsubscribe: async () => { localStorage.removeItem("push"); return true; },
};
PushManager.prototype.getSubscription = async () => made();
PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  if (%(fails)s) throw new DOMException("no service", "AbortError");
  if (!userVisibleOnly) throw new DOMException("has to be seen", "NotAllowedError");
  localStorage.setItem("push", JSON.stringify(text(applicationServerKey)));
  return made();
};
Notification.requestPermission = async () => Notification.permission;
"""


@pytest.fixture
def open_reminders(open_page: OpenPage, patient: Patient) -> Callable[..., Page]:
    """Return a function that opens the page in a browser that has a push service, or fails to reach it."""

    def make(*, fails: bool = False, permissions: tuple[str, ...] = ("notifications",)) -> Page:
        page = open_page(user=patient.user, width=360, service_workers="allow", permissions=list(permissions))
        browser = Browser(ENDPOINT)
        values = {"endpoint": f'"{ENDPOINT}"', "point": [*browser.point], "auth": [*browser.auth]}
        page.context.add_init_script(STAND_IN % {**values, "fails": str(fails).lower()})
        page.goto(URL)
        wait_for_worker(page)
        return page

    return make


def shown(page: Page) -> list[str]:
    """Return which state of the card is seen."""
    states = page.locator("[data-push-state]:visible")
    return [str(part.get_attribute("data-push-state")) for part in states.all()]


def test_switched_on_it_names_this_device_and_off_takes_it_back(
    open_reminders: Callable[..., Page], axe: Callable[..., list[str]]
):
    page = open_reminders()
    expect(page.get_by_role("button", name="Switch it on here")).to_be_visible()
    assert axe(page) == []
    press(page, "Switch it on here")

    expect(page.locator(".message-success, .message").first).to_contain_text("Switched on: Chrome")
    expect(page.locator("[data-push-here]")).to_be_visible()
    assert shown(page) == []
    row = PushDevice.objects.get()
    assert row.endpoint == ENDPOINT
    assert bytes_of(public_key()) == bytes(page.evaluate("JSON.parse(localStorage.getItem('push'))"))
    assert axe(page) == []

    page.get_by_role("button", name=re.compile("Switch off")).click()
    expect(page.get_by_role("button", name="Switch it on here")).to_be_visible()
    assert page.evaluate("localStorage.getItem('push')") is None
    assert not PushDevice.objects.exists()


def test_device_that_another_page_switched_off_is_offered_again(open_reminders: Callable[..., Page]):
    page = open_reminders()
    press(page, "Switch it on here")
    expect(page.locator("[data-push-here]")).to_be_visible()
    PushDevice.objects.all().delete()
    page.reload()

    press(page, "Switch it on here")

    expect(page.locator("[data-push-here]")).to_be_visible()
    assert PushDevice.objects.count() == 1


def test_subscription_for_another_key_of_the_site_is_made_anew(open_reminders: Callable[..., Page], settings: Any):
    page = open_reminders()
    press(page, "Switch it on here")
    expect(page.locator("[data-push-here]")).to_be_visible()
    settings.PUSH_KEY = bytes(range(2, 34))
    page.reload()

    press(page, "Switch it on here")

    expect(page.locator("[data-push-here]")).to_be_visible()
    assert bytes(page.evaluate("JSON.parse(localStorage.getItem('push'))")) == bytes_of(public_key())


def test_service_that_is_not_reached_is_told_and_can_be_tried_again(open_reminders: Callable[..., Page]):
    page = open_reminders(fails=True)

    press(page, "Switch it on here")

    expect(page.get_by_text("Your browser did not reach the service")).to_be_visible()
    expect(page.get_by_role("button", name="Switch it on here")).to_be_enabled()
    assert not PushDevice.objects.exists()


def test_browser_that_keeps_messages_back_is_told_how_to_allow_them(open_reminders: Callable[..., Page]):
    page = open_reminders(permissions=())

    # Without a window nobody can be asked, and Chromium says no by itself.
    expect(page.get_by_text("This browser keeps back messages of this site.")).to_be_visible()
    assert shown(page) == ["blocked"]


def test_browser_that_cannot_says_so(open_page: OpenPage, patient: Patient):
    for javascript in (True, False):
        page = open_page(user=patient.user, javascript=javascript)
        page.add_init_script("delete window.PushManager")
        page.goto(URL)

        expect(page.get_by_text("This browser cannot show messages of this site")).to_be_visible()
        expect(page.get_by_role("button", name="Switch it on here")).to_be_hidden()


def test_log_out_takes_it_back_in_the_browser_too(open_reminders: Callable[..., Page]):
    page = open_reminders()
    press(page, "Switch it on here")
    expect(page.locator("[data-push-here]")).to_be_visible()
    page.route("**/account/logout/", lambda route: route.fulfill(body="out"))

    press(page, "Log out")

    page.wait_for_url("**/account/logout/")
    assert page.evaluate("localStorage.getItem('push')") is None


# --- the service worker -----------------------------------------------------------------------------------------------
TITLES = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, tag }) => `${title} (${tag})`);
}"""
# Chromium shows the window only to who has really touched a message. What is asked of it is noted.
TOUCH = """async () => {
  const asked = [];
  self.clients.openWindow = async (url) => { asked.push(`open ${url}`); };
  WindowClient.prototype.focus = async function () { asked.push(`focus ${new URL(this.url).pathname}`); return this; };
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  const done = [];
  event.waitUntil = (promise) => done.push(promise);
  self.dispatchEvent(event);
  await Promise.all(done);
  return [...asked, (await self.registration.getNotifications()).length];
}"""


def deliver(page: Page, data: str, *, shows: str) -> None:
    """Hand a message to the service worker, as it comes from a push service, until it shows something.

    Its tag lets the same message take its own place. A browser that has much to do may drop one.
    """
    tools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    tools.send("ServiceWorker.enable")
    wait_until(page, lambda: bool(found))
    message = {"origin": page.evaluate("location.origin"), "registrationId": found[0]["registrationId"], "data": data}
    for _again in range(5):
        tools.send("ServiceWorker.deliverPushMessage", message)
        for _look in range(100):
            if page.evaluate(TITLES) == [shows]:
                return
            page.wait_for_timeout(50)
    pytest.fail(f"shows {page.evaluate(TITLES)}", pytrace=False)


def test_message_is_shown_and_the_repeat_takes_its_place(open_reminders: Callable[..., Page]):
    page = open_reminders()

    deliver(page, '{"title": "Time for your exercises"}', shows="Time for your exercises (reminder)")
    deliver(page, '{"title": "There is still time"}', shows="There is still time (reminder)")


@pytest.mark.parametrize("data", ["", "not ours", "null", "{}", '{"title": 0}'])
def test_something_is_shown_whatever_comes(open_reminders: Callable[..., Page], data: str):
    deliver(open_reminders(), data, shows="Time for your exercises (reminder)")


@pytest.mark.parametrize(("path", "asked"), [(URL, "open /"), ("/", "focus /")])
def test_touch_leads_to_today_and_not_there_twice(open_reminders: Callable[..., Page], path: str, asked: str):
    page = open_reminders()
    page.goto(path)
    deliver(page, "{}", shows="Time for your exercises (reminder)")

    assert page.context.service_workers[0].evaluate(TOUCH) == [asked, 0]
