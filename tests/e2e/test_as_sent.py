"""Our JavaScript as it is sent in production, without comments and indentation: it still leads a set."""

import pytest
from playwright.sync_api import Route
from rjsmin import jsmin

from kneecoach.accounts.models import Patient
from tests.e2e.hands import expect_reps, hold_to_end, open_set, ready_set, recorded, start_clock
from tests.e2e.test_weight import OURS
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser


def test_set_is_led_by_what_is_sent(open_page: OpenPage, live_db, patient: Patient, monkeypatch: pytest.MonkeyPatch):
    # The page would hold scripts to what lies in the repository, and they are made shorter on the way here.
    monkeypatch.setattr("kneecoach.integrity.hash_of", lambda url: "")
    exercise_set = ready_set(patient)
    seen: set[str] = set()

    def send(route: Route) -> None:
        seen.add(route.request.url.rpartition("/")[2])
        answer = route.fetch()
        route.fulfill(response=answer, body=jsmin(answer.body()))

    page = open_set(open_page, exercise_set, service_workers="block")
    page.route(OURS, send)
    page.reload()
    start_clock(page)
    hold_to_end(page)
    expect_reps(page, "ok", 1)

    assert recorded(exercise_set) == [(1, "ok")]
    assert {"rep-coach.js", "set-clock.js", "outbox.js", "offline-session.js", "cues.js"} <= seen
    # Every module is one that the browser can read, also those that are loaded later; the one of the page without a
    # network works on that page alone.
    page.goto("/offline/")
    assert "offline-page.js" in seen
    found = page.evaluate(
        "async (names) => (await Promise.allSettled(names.map((name) => import(`/static/kneecoach/js/${name}`))))"
        ".filter(({ status }) => status === 'rejected').map(({ reason }) => String(reason))",
        ["logout.js", "offline-page.js", "kept-plan.js", "get-ready.js"],
    )
    assert found == []
