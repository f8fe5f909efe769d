"""How exact the guidance is: 200 holds of three seconds under each load, on the real clock, in real Chromium.

    make bench-coach                        everything: about 20 minutes
    make bench-coach ARGS="-k plain"        one load
    HOLDS=20 make bench-coach               fewer holds

Three clocks are compared, in milliseconds. Recorded: what the server has stored. Seen: when the phase was on the
screen, sampled frame by frame by a script of the benchmark. Heard: from the tone in to the tone out on the audio clock
(that a tone sounds within 5 ms of its time there is measured in tests/e2e/test_cues.py).
"""

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from progress.models import ExerciseSet, Rep
from tests.e2e.hands import expect_step, press, ready_set
from tests.factories import make_patient
from tests.plugins.browser import OpenPage

HOLDS = int(os.environ.get("HOLDS", "200"))
PAGES_AT_ONCE, HOLDS_OF_A_PAGE = 4, 20
HOLD_MS, MOST_MS = 3000, 50
# A page of 20 repetitions takes two minutes.
TAKES_MS = 240_000

TRACE = """
localStorage.setItem("kneecoach.guidance", JSON.stringify({ readySeconds: 5, sound: "tones" }));
window.seen = [];
window.heard = [];
const sample = () => {
  const phase = document.querySelector(".clock")?.dataset.phase;
  if (phase && phase !== seen.at(-1)?.[0]) seen.push([phase, performance.now()]);
  requestAnimationFrame(sample);
};
requestAnimationFrame(sample);
const create = BaseAudioContext.prototype.createOscillator;
BaseAudioContext.prototype.createOscillator = function () {
  const oscillator = create.call(this);
  const set = oscillator.frequency.setValueAtTime;
  // C5 rises and says in, G5 falls and says out.
  oscillator.frequency.setValueAtTime = (hertz, when) => {
    heard.push([hertz, performance.now() + (when - this.currentTime) * 1000]);
    return set.call(oscillator.frequency, hertz, when);
  };
  return oscillator;
};
"""
LONG_TASKS = """
// About each second: exactly each second, it would meet every phase at the same point.
const block = () => {
  for (const end = performance.now() + 400; performance.now() < end; );
  setTimeout(block, 500 + Math.random() * 200);
};
block();
"""


@dataclass(frozen=True)
class Hold:
    """One hold by three clocks, in milliseconds."""

    recorded: int
    seen: float
    heard: float | None


def plain(page: Page) -> None:
    """Leave the page alone."""


def throttled(page: Page) -> None:
    """Make its processor four times slower."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})


def long_tasks(page: Page) -> None:
    """Keep its main thread busy for 400 ms of every second."""
    page.evaluate(LONG_TASKS)


@pytest.mark.parametrize("load", [plain, throttled, long_tasks], ids=lambda load: load.__name__)
def test_guidance_is_exact(open_page: OpenPage, live_db, load: Callable[[Page], None]):
    holds: list[Hold] = []
    while len(holds) < HOLDS:
        left = HOLDS - len(holds)
        pages = min(PAGES_AT_ONCE, -(-left // HOLDS_OF_A_PAGE))
        holds += lead(open_page, load, pages, min(HOLDS_OF_A_PAGE, left))

    seen_off = [abs(hold.recorded - hold.seen) for hold in holds]
    led_off = [abs(hold.seen - HOLD_MS) for hold in holds]
    heard_off = [abs(hold.heard - HOLD_MS) for hold in holds if hold.heard is not None]
    print(f"\n{load.__name__}: {len(holds)} holds of {HOLD_MS} ms")
    for name, off in (
        ("|recorded - seen|", seen_off),
        ("|seen - prescribed|", led_off),
        ("|heard - prescribed|", heard_off),
    ):
        print(f"  {name:22} median {statistics.median(off):6.1f}   99 % {percentile(off):6.1f}   most {max(off):6.1f}")
    # A busy page cannot draw; the tones are on time all the same, and nothing is credited that did not last.
    assert len(heard_off) == len(holds)
    assert percentile(heard_off) <= MOST_MS
    if load is not long_tasks:
        assert percentile(seen_off) <= MOST_MS
        assert percentile(led_off) <= MOST_MS
    assert all(hold.recorded <= HOLD_MS for hold in holds)


def percentile(values: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[max(0, -(-99 * len(values) // 100) - 1)]


def lead(open_page: OpenPage, load: Callable[[Page], None], pages: int, holds: int) -> list[Hold]:
    """Lead sets on some pages at once, and return their holds."""
    sets = [ready_set(make_patient(), reps_min=1, reps_target=holds) for _page in range(pages)]
    opened = [start(open_page, row, load) for row in sets]
    for page in opened:
        expect(page.locator("#step[data-step=pain_worst]")).to_be_visible(timeout=TAKES_MS)
    measured = [hold for row, page in zip(sets, opened, strict=True) for hold in holds_of(row, page)]
    for page in opened:
        page.context.close()
    return measured


def start(open_page: OpenPage, row: ExerciseSet, load: Callable[[Page], None]) -> Page:
    """Open a set on a phone of its patient, and begin."""
    page = open_page(user=row.exercise_session.patient.user, width=390)
    page.add_init_script(TRACE)
    page.goto(f"/sessions/{row.exercise_session_id}/")
    expect_step(page, "reps")
    load(page)
    press(page, "Start")
    return page


def holds_of(row: ExerciseSet, page: Page) -> list[Hold]:
    """Bring the three clocks of a page together, hold by hold."""
    trace, tones = page.evaluate("[seen, heard]")
    begins = [index for index, (phase, _at) in enumerate(trace) if phase == "hold"]
    reps = list(Rep.objects.standing().filter(exercise_set=row, outcome="ok").order_by("number"))
    assert len(begins) == len(reps) == row.reps_target, (trace, len(reps))
    return [
        Hold(rep.held_ms or 0, trace[index + 1][1] - trace[index][1], heard_at(tones, trace[index][1]))
        for rep, index in zip(reps, begins, strict=True)
    ]


def heard_at(tones: list[list[float]], began: float) -> float | None:
    """Return the time between the tones around a hold, or None where there are none."""
    tone_in = [at for hertz, at in tones if round(hertz) == 523 and abs(at - began) < 600]
    tone_out = [at for hertz, at in tones if round(hertz) == 784 and abs(at - began - HOLD_MS) < 600]
    return tone_out[0] - tone_in[0] if tone_in and tone_out else None
