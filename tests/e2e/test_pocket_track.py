"""The set as one sound: where each part lies, what a position proves, and the onset of each cue in the samples."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.test_set_clock import STAGES
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = 'const track = await import("/static/kneecoach/js/pocket-track.js");'
PLAN = f"async (set) => {{ {MODULE} return track.planTrack(set); }}"
# What lies around a moment of the finished file, as a player decodes it.
ONSETS = f"""async (set) => {{
  {MODULE}
  const {{ cuesOf }} = await import("/static/kneecoach/js/cues.js");
  const plan = track.planTrack(set);
  const file = await track.renderTrack(plan);
  const rate = new DataView(await file.arrayBuffer()).getUint32(24, true);
  const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await file.arrayBuffer());
  const samples = sound.getChannelData(0);
  const found = [];
  for (const {{ kind, at }} of cuesOf(plan.parts)) {{
    const from = Math.round(((at - 20) / 1000) * rate);
    const quiet = samples.slice(from - 80, from).every((sample) => Math.abs(sample) < 0.001);
    const onset = samples.slice(from, from + rate / 10).findIndex((sample) => Math.abs(sample) > 0.02);
    if (quiet) found.push([kind, at, (1000 * (from + onset)) / rate]);
  }}
  return {{ found, cues: cuesOf(plan.parts).length, seconds: sound.duration, planned: plan.durationMs / 1000, bytes: file.size }};
}}"""


def a_set(stage: int, **values: Any) -> dict[str, Any]:
    """Return what is left of a set of twenty."""
    return {"phases": STAGES[stage], "target": 20, "taken": [], "readySeconds": 5} | values


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return a page from which modules can be loaded."""
    return open_page("/account/login/")


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_every_cue_of_a_whole_set_begins_within_five_milliseconds_of_its_part(page: Page, stage: int):
    told = page.evaluate(ONSETS, a_set(stage))

    late = [(kind, at, onset - at) for kind, at, onset in told["found"] if abs(onset - at) > 5]
    assert late == []
    # A tone that follows on another cannot be told apart from it; most stand alone, and all of those that begin a hold.
    assert sum(kind == "in" for kind, _, _ in told["found"]) == 20
    assert len(told["found"]) > told["cues"] * 0.9
    assert told["seconds"] == pytest.approx(told["planned"], abs=0.01)
    assert told["bytes"] < 6_000_000


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_track_leads_what_is_left_and_nothing_twice(page: Page, stage: int):
    plan = page.evaluate(PLAN, a_set(stage, target=5, taken=[1, 4]))

    rep_ms = sum(phase["seconds"] for phase in STAGES[stage]) * 1000
    assert [rep["number"] for rep in plan["reps"]] == [2, 3, 5]
    assert [rep["startsAt"] for rep in plan["reps"]] == [5000, 5000 + rep_ms, 5000 + 2 * rep_ms]
    assert {rep["heldMs"] for rep in plan["reps"]} == {3000}
    assert plan["durationMs"] == 5000 + 3 * rep_ms + 1000


def test_position_proves_only_holds_that_are_over(page: Page):
    # Stage 1: five seconds to get ready, then hold 3, relax 3.
    numbers = page.evaluate(
        f"async (set) => {{ {MODULE} const plan = track.planTrack(set);"
        " return [0, 7999, 8000, 13999, 14000, 1e9].map((at) => track.heardReps(plan, at).map(({ number }) => number)); }",
        a_set(1, target=3),
    )

    assert numbers == [[], [], [1], [1], [1, 2], [1, 2, 3]]


def test_after_a_pause_a_broken_hold_starts_again_and_a_rest_goes_on(page: Page):
    places = page.evaluate(
        f"async (set) => {{ {MODULE} const plan = track.planTrack(set);"
        " return [1000, 5000, 6000, 7999, 8000, 9500, 12000].map((at) => track.resumeAt(plan, at)); }",
        a_set(1, target=3),
    )

    assert places == [1000, 5000, 2000, 2000, 8000, 9500, 8000]
