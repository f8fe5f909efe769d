"""How exact the guidance is: 200 holds of three seconds under each load, on the real clock, in real Chromium.

    make bench-coach                        everything: three quarters of an hour on two processors
    make bench-coach ARGS="-k plain"        one load
    HOLDS=20 PAGES=1 make bench-coach       fewer holds; fewer pages at once, on a machine that does other things too

Four clocks are compared, in milliseconds. Recorded: what the server has stored. Shown: when the phase changed in the
page, by an observer of the benchmark. Seen: the first frame after that, whose length is the machine's. Heard: from the
first sample of the tone in to the first of the tone out, in what the page sends to the loudspeakers, found on the audio
thread. A slow page has long frames, so "seen" is judged without a load only; one that is busy for 400 ms cannot change
either, and one that is hidden draws nothing: there the phase is what is heard. In a hidden tab the set is led in the
pocket, and "heard" is where its track is.
"""

import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from progress.models import ExerciseSet, Rep
from tests.e2e.hands import expect_step, press, ready_set
from tests.e2e.raw_tab import RawTab
from tests.factories import make_patient
from tests.plugins.browser import OpenPage

HOLDS = int(os.environ.get("HOLDS", "200"))
PAGES_AT_ONCE, HOLDS_OF_A_PAGE = int(os.environ.get("PAGES", "4")), 20
# Chromium slows a page down by keeping its processor busy, and the server and the screen need one too.
PAGES_THROTTLED = max(1, min(PAGES_AT_ONCE, (os.cpu_count() or 2) - 1))
HOLD_MS, MOST_MS = 3000, 50
# A page of 20 repetitions takes two minutes.
TAKES_MS = 240_000
# Stage 1, and the time to get ready that is chosen below.
READY_MS, REP_MS = 5000, 6000
# Longer than between two pulses, shorter than a rest.
LONG_SILENCE_S = 2

PROBE = (Path(__file__).parent / "probe.js").read_text()
CHOICE = 'localStorage.setItem("kneecoach.guidance", JSON.stringify({ readySeconds: 5, sound: "tones" }));'
TRACE = (
    CHOICE
    + """
window.shown = [];
window.seen = [];
window.heard = [];
const note = (trace) => {
  const phase = document.querySelector(".clock")?.dataset.phase;
  if (phase && phase !== trace.at(-1)?.[0]) trace.push([phase, performance.now()]);
};
new MutationObserver(() => note(shown)).observe(document, { subtree: true, attributeFilter: ["data-phase"] });
const sample = () => {
  note(seen);
  requestAnimationFrame(sample);
};
requestAnimationFrame(sample);
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...more) {
  if (target === this.context.destination && this.context instanceof AudioContext) listen(this);
  return connect.call(this, target, ...more);
};
const listen = async (node) => {
  await node.context.audioWorklet.addModule(URL.createObjectURL(new Blob([PROBE], { type: "text/javascript" })));
  const probe = new AudioWorkletNode(node.context, "probe");
  probe.port.onmessage = ({ data }) => heard.push(data);
  connect.call(node, probe);
  connect.call(probe, node.context.destination);
};
""".replace("PROBE", json.dumps(PROBE))
)
LONG_TASKS = """
// About each second: exactly each second, it would meet every phase at the same point.
const block = () => {
  for (const end = performance.now() + 400; performance.now() < end; );
  setTimeout(block, 500 + Math.random() * 200);
};
block();
"""
# Where the track is, by a worker's ticks: in a hidden tab nothing else is on time.
TRACE_TRACK = """(() => {
  const audio = document.querySelector("[data-pocket] audio");
  window.places = [];
  const ticker = new Worker("/static/kneecoach/js/ticker-worker.js");
  ticker.onmessage = () => places.push([performance.now(), audio.currentTime * 1000]);
})()"""


@dataclass(frozen=True)
class Hold:
    """One hold by the four clocks, in milliseconds. `shown` and `seen` are None where nothing is drawn."""

    recorded: int
    heard: float
    shown: float | None = None
    seen: float | None = None


def plain(page: Page) -> None:
    """Leave the page alone."""


def throttled(page: Page) -> None:
    """Make its processor four times slower."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})


def long_tasks(page: Page) -> None:
    """Keep its main thread busy for 400 ms of every second."""
    page.evaluate(LONG_TASKS)


JUDGED = {plain: ("heard", "shown", "seen"), throttled: ("heard", "shown"), long_tasks: ("heard",)}


@pytest.mark.parametrize("load", [plain, throttled, long_tasks], ids=lambda load: load.__name__)
def test_guidance_is_exact(open_page: OpenPage, live_db, load: Callable[[Page], None]):
    most = PAGES_THROTTLED if load is throttled else PAGES_AT_ONCE
    holds = in_parts(lambda pages, reps: lead(open_page, load, pages, reps), most)

    judge(load.__name__, holds, JUDGED[load])


def test_guidance_is_exact_in_a_hidden_tab(browser: Browser, live_site: str):
    holds = in_parts(lambda tabs, reps: lead_hidden(browser, live_site, tabs, reps), PAGES_AT_ONCE)

    judge("hidden tab", holds, ("heard",))


def in_parts(lead_some: Callable[[int, int], list[Hold]], most: int) -> list[Hold]:
    """Lead as many holds as are wanted, a few pages at a time."""
    holds: list[Hold] = []
    while len(holds) < HOLDS:
        left = HOLDS - len(holds)
        holds += lead_some(min(most, -(-left // HOLDS_OF_A_PAGE)), min(HOLDS_OF_A_PAGE, left))
    return holds


def judge(name: str, holds: list[Hold], judged: tuple[str, ...]) -> None:
    """Print the table of a load, and check it."""
    print(f"\n{name}: {len(holds)} holds of {HOLD_MS} ms")
    too_far: dict[str, float] = {}
    for clock in ("heard", "shown", "seen"):
        traced = [(hold.recorded, value) for hold in holds if (value := getattr(hold, clock)) is not None]
        off = {
            f"|recorded - {clock}|": [abs(recorded - value) for recorded, value in traced],
            f"|{clock} - prescribed|": [abs(value - HOLD_MS) for _recorded, value in traced],
        }
        for line, values in off.items() if traced else ():
            high = percentile(values)
            is_judged = "" if clock in judged else "   (not judged)"
            print(
                f"  {line:22} median {statistics.median(values):6.1f}   99 % {high:6.1f}   most {max(values):6.1f}{is_judged}",
                flush=True,
            )
            if clock in judged and high > MOST_MS:
                too_far[line] = high
    assert too_far == {}
    # Nothing is credited that did not last.
    assert [hold for hold in holds if hold.recorded > min(HOLD_MS, hold.heard + MOST_MS)] == []


def percentile(values: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[max(0, -(-99 * len(values) // 100) - 1)]


# --- on the screen -----------------------------------------------------------------------------------------------------
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
    # The probe is no file of the site.
    page.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    page.goto(f"/sessions/{row.exercise_session_id}/")
    expect_step(page, "reps")
    load(page)
    press(page, "Start")
    return page


def holds_of(row: ExerciseSet, page: Page) -> list[Hold]:
    """Bring the clocks of a page together, hold by hold."""
    shown, seen, onsets = page.evaluate("[shown, seen, heard]")
    reps = recorded_of(row)
    clocks = [heard_holds(onsets), traced_holds(shown), traced_holds(seen)]
    assert {len(clock) for clock in clocks} == {len(reps)}, (shown, seen, onsets)
    return [Hold(rep.held_ms or 0, *times) for rep, *times in zip(reps, *clocks, strict=True)]


def traced_holds(trace: list[tuple[str, float]]) -> list[float]:
    """Return how long each hold was, from the changes of phase: until whatever came next."""
    return [after - before for (phase, before), (_next, after) in pairwise(trace) if phase == "hold"]


def recorded_of(row: ExerciseSet) -> list[Rep]:
    """Return what the server has of a whole set."""
    reps = list(Rep.objects.standing().filter(exercise_set=row, outcome="ok").order_by("number"))
    assert len(reps) == row.reps_target
    return reps


def heard_holds(onsets: list[float]) -> list[float]:
    """Return how long each hold was heard, from the onsets of a set of stage 1.

    Ticks of getting ready come a second apart, then every hold has four: in, two pulses and out, and silence behind it.
    """
    blocks: list[list[float]] = []
    for onset in onsets:
        if not blocks or onset - blocks[-1][-1] > LONG_SILENCE_S:
            blocks.append([])
        blocks[-1].append(onset)
    # The ticks lead over into the first hold; the tone of the end follows the last rest, by itself.
    return [(block[-1] - block[-4]) * 1000 for block in blocks if len(block) >= 4]


# --- hidden ------------------------------------------------------------------------------------------------------------
def lead_hidden(browser: Browser, address: str, tabs: int, holds: int) -> list[Hold]:
    """Lead sets in the pocket, in some hidden tabs at once, and return their holds."""
    sets = [ready_set(make_patient(), reps_min=1, reps_target=holds) for _tab in range(tabs)]
    opened = [start_hidden(browser, address, row) for row in sets]
    measured: list[Hold] = []
    for row, tab in zip(sets, opened, strict=True):
        tab.expect("document.querySelectorAll('[data-pocket-keys] button').length > 0", timeout=TAKES_MS / 1000)
        tab.press("[data-pocket-keys] button")
        tab.wait_until(lambda row=row: Rep.objects.filter(exercise_set=row).count() == row.reps_target)
        places = tab.evaluate("places")
        for rep in recorded_of(row):
            begins = READY_MS + (rep.number - 1) * REP_MS
            measured.append(Hold(rep.held_ms or 0, when_at(places, begins + HOLD_MS) - when_at(places, begins)))
        tab.close()
    return measured


def start_hidden(browser: Browser, address: str, row: ExerciseSet) -> RawTab:
    """Put a set into the pocket, begin, and hide its tab."""
    user = row.exercise_session.patient.user
    assert user
    tab = RawTab(browser, address, user, CHOICE)
    tab.go(f"/sessions/{row.exercise_session_id}/", "#step[data-step=reps]")
    tab.press("[data-coach=pocket]")
    tab.expect("!document.querySelector('[data-pocket-do=toggle]').disabled")
    tab.evaluate(TRACE_TRACK)
    tab.press("[data-pocket-do=toggle]")
    tab.hide()
    return tab


def when_at(places: list[tuple[float, float]], place_ms: float) -> float:
    """Return when the track was at a place, between the two looks around it."""
    for (t_before, before), (t_after, after) in pairwise(places):
        if before <= place_ms < after:
            return t_before + (t_after - t_before) * (place_ms - before) / (after - before)
    pytest.fail(f"The track never came to {place_ms}.")
