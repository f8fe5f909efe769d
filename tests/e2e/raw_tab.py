"""A tab that Playwright knows nothing of, by the raw protocol: it can be hidden, and frozen, for real.

Playwright pins its own pages to "visible". A tab in a browser context that it has not made is left alone.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser

from kneecoach.accounts.models import User
from tests.fixtures import client_of

ANSWER_WITHIN_S = 30
# Playwright hears of an answer while it waits for another one.
LOOK_EVERY_MS = 20


class RawTab:
    """One tab in a browser context of its own, logged in as somebody; `scripts` run before every page."""

    def __init__(self, browser: Browser, address: str, user: User, *scripts: str) -> None:
        self.address = address
        self._browser = browser.new_browser_cdp_session()
        self._context = self._browser.send("Target.createBrowserContext")["browserContextId"]
        self._browser.send(
            "Storage.setCookies", {"browserContextId": self._context, "cookies": [_cookie(user, address)]}
        )
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0
        self._browser.on("Target.receivedMessageFromTarget", self._hear)
        self._target = self._open()
        attach = {"targetId": self._target, "flatten": False}
        self._session = self._browser.send("Target.attachToTarget", attach)["sessionId"]
        self.send("Page.enable")
        for script in scripts:
            self.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self._front: str | None = None

    def close(self) -> None:
        """End the tab and forget everything of it."""
        self._browser.send("Target.disposeBrowserContext", {"browserContextId": self._context})
        self._browser.detach()

    def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a command to the tab and return its result."""
        self._last = number = self._last + 1
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        self.wait_until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return dict(answer["result"])

    def evaluate(self, expression: str) -> Any:
        """Return what an expression comes to in the page, as if somebody had touched it."""
        how = {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = self.send("Runtime.evaluate", how)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def go(self, path: str, ready: str) -> None:
        """Open a page and wait until this is there, and every script with it."""
        self.send("Page.navigate", {"url": self.address + path})
        self.expect(f"document.readyState === 'complete' && Boolean(document.querySelector({json.dumps(ready)}))")

    def press(self, selector: str) -> None:
        """Press a button."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def expect(self, expression: str, *, timeout: float = ANSWER_WITHIN_S) -> None:
        """Wait until an expression is true."""
        self.wait_until(lambda: self.evaluate(expression) is True, timeout=timeout)

    def hide(self) -> None:
        """Open another tab in front of it."""
        self._front = self._open()
        self.expect("document.visibilityState === 'hidden'")

    def show(self) -> None:
        """Bring it to the front again."""
        self._browser.send("Target.activateTarget", {"targetId": self._target})
        self.expect("document.visibilityState === 'visible'")
        if self._front:
            self._browser.send("Target.closeTarget", {"targetId": self._front})
        self._front = None

    def freeze(self, *, is_frozen: bool = True) -> None:
        """Freeze the page as a phone does with one that nobody looks at, or thaw it."""
        self.send("Page.setWebLifecycleState", {"state": "frozen" if is_frozen else "active"})

    def wait_until(self, is_so: Callable[[], bool], *, timeout: float = ANSWER_WITHIN_S) -> None:
        """Look again and again until it is so."""
        end = time.monotonic() + timeout
        while not is_so():
            assert time.monotonic() < end, "It did not become so."
            # Whatever is asked of the browser, what has come meanwhile is heard.
            self._browser.send("Browser.getVersion")
            time.sleep(LOOK_EVERY_MS / 1000)

    def _open(self) -> str:
        made = self._browser.send("Target.createTarget", {"url": "about:blank", "browserContextId": self._context})
        return str(made["targetId"])

    def _hear(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message


def _cookie(user: User, address: str) -> dict[str, Any]:
    client = client_of(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": address, "httpOnly": True}
