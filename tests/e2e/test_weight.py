"""How much a phone loads: everything that a first visit asks for, as gzip would send it."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response
from rjsmin import jsmin

from kneecoach.accounts.models import Patient
from tests.e2e.hands import expect_step, ready_set
from tests.factories import make_prescription
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
SESSION_MOST, TODAY_MOST = 60 * 1024, 35 * 1024
# What Today takes along for later, once it is there itself.
OURS = re.compile(r"/static/kneecoach/js/[\w-]+\.js$")
PLAN, PLAN_MOST = "/sessions/plan/", 8 * 1024


def load(page: Page, path: str) -> dict[str, int]:
    """Go to a page and return the size of everything it loads, by address."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(path, wait_until="networkidle")
    # The test's server sends plain files; in production WhiteNoise and Caddy send at most what gzip makes of them.
    return {answer.url: len(gzip.compress(as_sent(answer.url, answer.body()), 9)) for answer in answers}


def as_sent(url: str, body: bytes) -> bytes:
    """Return a file as collectstatic leaves it: ours without comments (kneecoach/static_storage.py)."""
    sent: bytes = jsmin(body) if OURS.search(url) else body
    return sent


def assert_weight(sizes: dict[str, int], most: int, origin: str) -> None:
    """Check the sum, and that nothing comes from elsewhere."""
    listed = "\n".join(f"{size:7} {url}" for url, size in sizes.items())
    assert {url for url in sizes if f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" != origin} == set()
    assert sum(sizes.values()) <= most, f"{sum(sizes.values())} bytes, {most} are allowed:\n{listed}"


def test_session_page_is_light(open_page: OpenPage, live_site: str, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_page(user=patient.user)

    sizes = load(page, f"/sessions/{exercise_set.exercise_session_id}/")

    expect_step(page, "reps")
    assert any("rep-coach" in url for url in sizes)
    assert_weight(sizes, SESSION_MOST, live_site)


def test_today_is_light(open_page: OpenPage, live_site: str, patient: Patient):
    make_prescription(patient=patient)
    page = open_page(user=patient.user)

    sizes = load(page, "/")

    assert any("htmx" in url for url in sizes)
    plan = {url: sizes.pop(url) for url in list(sizes) if url.endswith(PLAN)}
    assert plan
    assert_weight(plan, PLAN_MOST, live_site)
    assert_weight(sizes, TODAY_MOST, live_site)
