"""A page of somebody else's site cannot send a form of ours, in a browser in which a patient is logged in."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from django.conf import settings
from playwright.sync_api import Page

from kneecoach.accounts.models import Patient
from progress.models import Message
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
# Builds a form in whatever page is open, and sends it as a click on its button would; it goes to a whole new page.
SEND = """([action, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


class EmptyPage(BaseHTTPRequestHandler):
    """A site with one page, without a word or a policy."""

    def do_GET(self) -> None:
        """Answer with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><html lang=en><title>Another site</title><link rel=icon href=data:,>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def other_port() -> Iterator[int]:
    """Serve another site, and return its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def send(page: Page, address: str) -> int:
    """Send a message from the page that is open, with the token that the patient's browser has; return what it leads to."""
    token = next(str(row["value"]) for row in page.context.cookies() if row["name"] == settings.CSRF_COOKIE_NAME)
    fields = {"body": "From elsewhere", "message_id": str(uuid4()), "csrfmiddlewaretoken": token}
    with page.expect_navigation() as led:
        page.evaluate(SEND, [f"{address}/messages/", fields])
    return int(led.value.status)


# By its port alone it is another origin of the same site, to which a browser sends the cookies; by its name another site.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_form_of_another_site_is_refused_and_writes_nothing(
    open_page: OpenPage, live_site: str, patient: Patient, other_port: int, host: str
):
    page = open_page("/messages/", user=patient.user, allow=(r"status of 403",))

    page.goto(f"http://{host}:{other_port}/")
    status, count = send(page, live_site), Message.objects.count()
    page.goto(f"{live_site}/messages/")
    own = send(page, live_site)

    assert (status, count) == (403, 0)
    # Which the same form is not that stands on a page of ours.
    assert (own, Message.objects.get().patient_id) == (200, patient.pk)
