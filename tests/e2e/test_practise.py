"""Practice in the browser: led as a set is, and not a word of it reaches the server."""

import pytest
from playwright.sync_api import Request, expect

from kneecoach.accounts.models import Patient
from tests.e2e.hands import LEAPING_CLOCK, expect_phase, leap_to, press
from tests.plugins.browser import OpenPage
from tests.rows import all_rows

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage, live_db, patient: Patient):
    """Return the practice of stage 1 on a phone whose clock can leap."""
    page = open_page(user=patient.user, width=390)
    page.add_init_script(LEAPING_CLOCK)
    page.goto("/learn/vmo-1/practise/")
    return page


def test_practice_is_led_to_its_end_and_recorded_nowhere(page, axe):
    before = all_rows()
    posts: list[str] = []
    page.on("request", lambda request: note(posts, request))

    press(page, "Start")
    for number in (1, 2, 3):
        leap_to(page, "hold")
        expect(page.locator(".clock-count")).to_have_text(f"{number} of 3")
        leap_to(page, "relax")
    assert axe(page) == []
    leap_to(page, "done")

    expect(page.get_by_role("link", name="Practise again")).to_be_visible()
    expect(page.get_by_text("Practice: nothing is recorded")).to_be_visible()
    assert axe(page) == []
    assert posts == []
    assert all_rows() == before


def note(posts: list[str], request: Request) -> None:
    """Keep the address of whatever is sent."""
    if request.method == "POST":
        posts.append(request.url)


def test_practice_can_be_corrected_and_stopped_too(page):
    press(page, "Start")
    leap_to(page, "hold")
    leap_to(page, "relax")
    press(page, "Undo")
    expect_phase(page, "paused")
    expect(page.locator(".reps > [data-rep=ok]")).to_have_count(0)
    press(page, "It hurts")
    expect(page.get_by_role("link", name="Back to the stage")).to_be_visible()


def test_practice_without_javascript_says_what_to_do(open_page: OpenPage, live_db, patient: Patient):
    page = open_page("/learn/vmo-2/practise/", user=patient.user, javascript=False)

    expect(page.get_by_text("Without it, count the seconds of each part yourself")).to_be_visible()
    expect(page.get_by_text("Lower slowly")).to_be_visible()


def test_picture_moves_with_the_parts(open_page: OpenPage, live_db, patient: Patient):
    page = open_page(user=patient.user, width=1280)
    page.add_init_script(LEAPING_CLOCK)
    page.goto("/learn/vmo-2/practise/")
    leg = page.locator(".coach-drawing .d-part-lift")

    press(page, "Start")
    expect(leg).not_to_have_css("transform", "none")
    leap_to(page, "hold")

    expect(leg).to_have_css("transform", "none")
    expect(page.locator(".coach-drawing .d-vmo")).to_have_css("stroke-width", "3px")
    leap_to(page, "relax")
    expect(page.locator(".coach-drawing .d-vmo")).to_have_css("stroke-width", "0px")


def test_picture_stands_in_the_pose_of_the_part_without_motion(open_page: OpenPage, live_db, patient: Patient):
    page = open_page(user=patient.user, width=1280, reduced_motion="reduce")
    page.add_init_script(LEAPING_CLOCK)
    page.goto("/learn/vmo-2/practise/")

    press(page, "Start")
    leap_to(page, "lift")

    leg = page.locator(".coach-drawing .d-part-lift")
    expect(leg).to_have_css("transform", "none")
    expect(leg).to_have_css("transition-duration", "0s")
