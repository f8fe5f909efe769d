"""Everything of a running set is on the screen at once, upright and lying down: nothing lies under the controls."""

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from tests.e2e.hands import expect_phase, leap_to, open_set, press, ready_set
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]
TREMBLE_MS = 350
UPRIGHT = [(320, 568), (360, 640), (360, 740), (390, 844)]
LYING = [(568, 320), (740, 360), (844, 390)]
BIG = [(768, 1024), (1280, 800), (1920, 1080)]
# The boxes of what belongs together, and which of them are cut off or lie over another.
CROWDED = """() => {
  const names = [".step-head", ".clock-face", ".reps", ".coach-note", ".controls-coach"];
  const boxes = names.map((name) => [name, document.querySelector(`#step ${name}`).getBoundingClientRect()]).filter(([, box]) => box.height);
  const cut = boxes.filter(([, { top, left, right, bottom }]) => top < 0 || left < 0 || right > innerWidth || bottom > innerHeight);
  const over = boxes.flatMap(([one, a], index) => boxes.slice(index + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => `${one} and ${other}`));
  return [...cut.map(([name]) => `${name} is cut off`), ...over];
}"""


def crowded(page: Page, width: int, height: int) -> list[str]:
    """Return what does not fit into a window of this size."""
    page.set_viewport_size({"width": width, "height": height})
    return [f"{width} x {height}: {line}" for line in page.evaluate(CROWDED)]


def test_running_set_fits_every_screen(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    sizes = [*UPRIGHT, *LYING, *BIG]

    press(page, "Start")
    leap_to(page, "hold")
    page.evaluate("freeze()")
    found = [line for size in sizes for line in crowded(page, *size)]
    page.wait_for_timeout(TREMBLE_MS)
    press(page, "Pause")
    expect(page.get_by_text("This repetition starts again")).to_be_visible()
    # With a line more to read.
    found += [line for size in sizes for line in crowded(page, *size)]

    assert found == []


def test_lying_down_the_controls_are_beside_the_clock(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    page.set_viewport_size({"width": 740, "height": 360})
    press(page, "Start")
    expect_phase(page, "ready")

    clock, controls = (page.locator(name).bounding_box() for name in (".clock", ".controls-coach"))
    assert clock
    assert controls
    assert controls["x"] >= clock["x"] + clock["width"]
    # Digits are read from across the room: no smaller than the hand is high.
    assert (page.locator(".clock-digits").bounding_box() or {})["height"] > 360 / 5
    for name in ("Pause", "It hurts", "Skip", "Again", "Undo"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
