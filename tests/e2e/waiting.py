"""Waiting for what no locator sees. The policy of the site forbids Playwright's own wait_for_function, which evaluates text."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

CONTROLLED = """async () => {
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller) return;
  await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
}"""

HAS_TAKEN = """async () => {
  const { find } = await import("/static/kneecoach/js/kept-plan.js");
  return Boolean(await find("session"));
}"""


def wait_for_session(page: Page) -> None:
    """Wait until the phone has taken the rest of the session along."""
    wait_until(page, lambda: page.evaluate(HAS_TAKEN))


def wait_for_worker(page: Page) -> None:
    """Wait until the service worker has everything and answers for this page."""
    page.evaluate(CONTROLLED)


def wait_until(page: Page, is_so: Callable[[], bool], *, timeout: float = 20) -> None:
    """Look again and again until it is so."""
    end = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < end, "It did not become so."
        page.wait_for_timeout(50)
