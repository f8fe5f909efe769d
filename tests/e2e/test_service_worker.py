"""The service worker in real Chromium: what it keeps, what it never keeps, and what it shows without a network."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from kneecoach import phone
from kneecoach.accounts.models import Patient
from tests.e2e.hands import expect_step, ready_set
from tests.e2e.waiting import wait_for_worker, wait_until
from tests.factories import make_prescription
from tests.plugins.browser import OpenPage

pytestmark = pytest.mark.browser
NO_NETWORK = (r"ERR_INTERNET_DISCONNECTED", r"ERR_FAILED", r"Failed to load resource")

# Every address in every cache of the origin, and every text of them.
KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found[new URL(request.url).pathname] = await (await cache.match(request)).text();
    }
  }
  return found;
}"""


@pytest.fixture
def installed(open_page: OpenPage, patient: Patient) -> Callable[[str], Page]:
    """Return a function that opens a page of the patient with a working service worker."""

    def make(path: str) -> Page:
        page = open_page(path, user=patient.user, service_workers="allow", allow=NO_NETWORK)
        wait_for_worker(page)
        return page

    return make


def test_without_a_network_the_offline_page_is_shown(installed: Callable[[str], Page], patient: Patient):
    make_prescription(patient=patient)
    page = installed("/")

    page.context.set_offline(True)
    page.goto("/progress/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    assert page.evaluate("getComputedStyle(document.querySelector('.btn')).borderRadius") != "0px"

    page.context.set_offline(False)
    # It looks again by itself; a press of "Try again" does the same.
    expect(page.get_by_role("heading", level=1)).not_to_have_text("No connection")
    assert page.title().startswith("Progress")


def test_a_proxy_without_a_server_behind_it_is_no_network(installed: Callable[[str], Page], patient: Patient):
    page = installed("/")

    def answer(route: Route) -> None:
        route.fulfill(status=502, body="bad gateway")

    page.context.route("**/learn/", answer)
    page.goto("/learn/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")


def test_no_word_about_a_person_is_kept(installed: Callable[[str], Page], patient: Patient):
    Patient.objects.filter(pk=patient.pk).update(name="Canaryname Anna")
    exercise_set = ready_set(patient)
    page = installed("/")
    for path in ("/", "/progress/", "/me/", "/learn/", f"/sessions/{exercise_set.exercise_session_id}/"):
        page.goto(path)
    expect_step(page, "reps")

    kept = page.evaluate(KEPT)

    assert patient.user
    assert {path for path in kept if not path.startswith("/static/")} == {"/offline/"}
    assert "/static/kneecoach/js/rep-coach.js" in kept
    words = (
        "Canaryname",
        str(patient.pk),
        str(exercise_set.pk),
        str(exercise_set.exercise_session_id),
        patient.user.email,
    )
    for path, text in kept.items():
        assert not [word for word in words if word in text], path


def test_everything_that_a_session_loads_is_kept(installed: Callable[[str], Page], patient: Patient):
    exercise_set = ready_set(patient)
    page = installed("/")
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))

    page.goto(f"/sessions/{exercise_set.exercise_session_id}/", wait_until="networkidle")

    origin = page.evaluate("location.origin")
    static = {url.removeprefix(origin) for url in asked if "/static/" in url and not url.endswith(".png")}
    assert static
    assert static <= set(page.evaluate(KEPT))


def test_caches_of_an_older_version_are_removed(open_page: OpenPage, patient: Patient):
    # No page that would install the worker, nor one with an icon.
    page = open_page("/healthz", user=patient.user, service_workers="allow", allow=("favicon",))
    page.evaluate("caches.open('kneecoach-old').then(() => caches.open('of-somebody-else'))")
    page.goto("/")
    wait_for_worker(page)

    names = page.evaluate("caches.keys()")
    assert "kneecoach-old" not in names
    assert "of-somebody-else" in names
    assert len(names) == 2


def test_a_new_version_waits_until_it_is_asked_for(
    installed: Callable[[str], Page], patient: Patient, monkeypatch: pytest.MonkeyPatch
):
    make_prescription(patient=patient)
    page = installed("/")
    first = page.evaluate("caches.keys()")
    notice = page.locator("#new-version")
    expect(notice).to_be_hidden()

    # What a deploy does: the script that the server hands out is another one.
    monkeypatch.setattr(phone, "_version", lambda files, page: "newer")
    page.reload()
    expect(notice).to_be_visible()
    assert set(first) < set(page.evaluate("caches.keys()"))

    with page.expect_navigation():
        notice.get_by_role("button").click()
    wait_until(page, lambda: page.evaluate("caches.keys()") == ["kneecoach-newer"])
    expect(page.locator("#new-version")).to_be_hidden()


def test_a_new_version_says_nothing_during_a_set(installed: Callable[[str], Page], patient: Patient):
    exercise_set = ready_set(patient)
    page = installed(f"/sessions/{exercise_set.exercise_session_id}/")
    expect_step(page, "reps")
    page.evaluate("document.getElementById('new-version').hidden = false")

    expect(page.locator("#new-version")).to_be_hidden()
    page.evaluate("document.getElementById('step').dataset.step = 'felt_muscle'")
    expect(page.locator("#new-version")).to_be_visible()
