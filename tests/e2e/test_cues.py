"""What is heard of a set, measured in the samples, and what the phone's own voice and audio are asked to do."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kneecoach.accounts.models import Patient
from tests.e2e.hands import LEAPING_CLOCK, expect_phase, leap, leap_to, open_set, press, ready_set
from tests.e2e.test_set_clock import STAGES
from tests.e2e.waiting import wait_until
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# What follows a press sooner is a tremble.
TREMBLE_MS = 350

# Renders the cues of some parts and returns when each begins to sound: the first sample of its own that is not silence.
RENDER = """
async (parts) => {
  const { cuesOf, playTone } = await import("/static/kneecoach/js/cues.js");
  const rate = 48000;
  const cues = cuesOf(parts);
  const onsets = [];
  for (const cue of cues) {
    const context = new OfflineAudioContext(1, rate * (cue.at / 1000 + 2), rate);
    playTone(context, context.destination, cue.kind, cue.at / 1000);
    const samples = (await context.startRendering()).getChannelData(0);
    onsets.push([cue.kind, cue.at, (1000 * samples.findIndex((sample) => Math.abs(sample) > 0.01)) / rate]);
  }
  return onsets;
}
"""
# Notes what is put on the audio clock, in the time of the page.
SPY_ON_AUDIO = """
window.tones = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (when) {
  tones.push(performance.now() + (when - this.context.currentTime) * 1000);
  return start.call(this, when);
};
window.stopped = 0;
const stop = OscillatorNode.prototype.stop;
OscillatorNode.prototype.stop = function (...when) { stopped += when.length ? 0 : 1; return stop.apply(this, when); };
window.spoken = [];
window.speechSynthesis.getVoices = () => [{ lang: "en-GB", name: "A voice" }];
window.speechSynthesis.speak = (words) => spoken.push(words.text);
"""

SOUND = 'const { sound } = await import("/static/kneecoach/js/sound.js");'
INTERRUPT = f"""async (milliseconds) => {{
  {SOUND}
  const {{ context }} = sound;
  window.audioState = () => context.state;
  context.resume = () => Promise.reject(new Error("in a call"));
  await context.suspend();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  delete context.resume;
}}"""
VOLUME = f"async () => {{ {SOUND} return sound.output.gain.value; }}"
# How much of the window each flash covers, and what the phone was asked to buzz.
SPY_ON_LIGHT = """() => {
  window.flashed = [];
  window.buzzed = [];
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...how) {
    const { width, height } = this.getBoundingClientRect();
    flashed.push([width / innerWidth, height / innerHeight]);
    return animate.apply(this, how);
  };
  navigator.vibrate = (pattern) => buzzed.push(pattern);
}"""


def parts_of(stage: int, reps: int) -> list[dict[str, Any]]:
    """Return getting ready and some repetitions, as the clock gives them."""
    parts: list[dict[str, Any]] = [{"kind": "ready", "seconds": 5, "counts": False, "at": 0, "number": 1}]
    for number in range(1, reps + 1):
        for phase in STAGES[stage]:
            at = parts[-1]["at"] + parts[-1]["seconds"] * 1000
            parts.append({**phase, "at": at, "number": number})
    return parts


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return a page from which modules can be loaded."""
    return open_page("/account/login/")


@pytest.mark.parametrize("stage", [1, 2])
def test_every_cue_sounds_within_five_milliseconds_of_its_time(page: Page, stage: int):
    onsets = page.evaluate(RENDER, parts_of(stage, reps=2))

    assert {kind for kind, _at, _onset in onsets} >= {"tick", "in", "pulse", "out"}
    assert [(kind, at, onset) for kind, at, onset in onsets if abs(onset - at) > 5] == []


def test_hold_has_one_tone_in_a_pulse_a_second_and_one_tone_out(page: Page):
    onsets = page.evaluate(RENDER, parts_of(1, reps=1))

    assert [(kind, at) for kind, at, _onset in onsets] == [
        ("tick", 2000), ("tick", 3000), ("tick", 4000),
        ("in", 5000), ("pulse", 6000), ("pulse", 7000), ("out", 8000),
    ]  # fmt: skip


def test_movements_are_announced_where_no_tone_has_done_so(page: Page):
    onsets = page.evaluate(RENDER, parts_of(2, reps=1))

    assert [(kind, at) for kind, at, _onset in onsets if kind != "tick"] == [
        ("move", 5000), ("in", 7000), ("pulse", 8000), ("pulse", 9000), ("out", 10000), ("rest", 13000),
    ]  # fmt: skip


def with_sound(open_page: OpenPage, patient: Patient, choice: str) -> Page:
    """Open a set on a phone that chose its sound."""
    page = open_set(open_page, ready_set(patient))
    page.add_init_script(SPY_ON_AUDIO)
    page.add_init_script(
        f"localStorage.setItem('kneecoach.guidance', JSON.stringify({{ readySeconds: 5, sound: '{choice}' }}))"
    )
    page.reload()
    return page


def test_tones_are_on_the_audio_clock_before_their_time(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "tones")
    page.evaluate("addEventListener('coach:phase', ({ detail }) => (window.phase = detail))")

    press(page, "Start")
    wait_until(page, lambda: page.evaluate("tones.length") >= 7)

    # Getting ready has 3 ticks; the tones of the first repetition are there long before it begins.
    expect_phase(page, "ready")
    started = page.evaluate("phase.startedAt")
    planned = [2000, 3000, 4000, 5000, 6000, 7000, 8000]
    assert [abs(tone - started - at) < 20 for tone, at in zip(page.evaluate("tones"), planned, strict=True)] == [
        True
    ] * 7


def test_no_sound_is_silent(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "off")

    press(page, "Start")
    leap_to(page, "hold")
    leap_to(page, "relax")

    assert (page.evaluate("tones"), page.evaluate("spoken")) == ([], [])


def test_voice_says_the_part_and_the_number_in_the_rest(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "voice")

    press(page, "Start")
    leap_to(page, "hold")
    leap_to(page, "relax")
    leap_to(page, "hold")
    leap_to(page, "relax")

    assert page.evaluate("spoken") == ["hold", "1", "hold", "2"]


def test_pause_takes_back_what_was_still_to_sound(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "tones")
    press(page, "Start")
    wait_until(page, lambda: page.evaluate("tones.length") >= 7)

    page.wait_for_timeout(TREMBLE_MS)
    press(page, "Pause")

    wait_until(page, lambda: page.evaluate("stopped") >= 6)


def test_tones_that_a_call_made_late_are_put_on_time_again(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "tones")
    page.evaluate("addEventListener('coach:phase', ({ detail }) => (window.phase = detail))")
    press(page, "Start")
    wait_until(page, lambda: page.evaluate("tones.length") >= 7)

    # The audio clock stands still for a while, and will not be woken, as during a call.
    page.evaluate(INTERRUPT, 1200)

    # Resumed before the next tone, and every tone that is still to come is planned anew, on its own time.
    planned = [5000, 6000, 7000, 8000]
    wait_until(page, lambda: page.evaluate("tones.length") >= 7 + len(planned))
    started = page.evaluate("phase.startedAt")
    again = [tone - started for tone in page.evaluate("tones")[-len(planned) :]]
    assert [abs(tone - at) < 50 for tone, at in zip(again, planned, strict=True)] == [True] * len(planned), again
    assert page.evaluate("stopped") >= len(planned)
    assert page.evaluate("audioState()") == "running"


def test_sound_can_be_tried_before_the_first_repetition(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    exercise_set.started_at = None
    exercise_set.save(update_fields=["started_at"])
    page = open_page(user=patient.user, width=390)
    page.add_init_script(SPY_ON_AUDIO)
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")

    press(page, "Try the sound")
    wait_until(page, lambda: len(page.evaluate("tones")) == 1)
    page.get_by_text("Sound:").click()
    page.get_by_label("Tones and voice").check()
    wait_until(page, lambda: len(page.evaluate("tones")) == 2)
    wait_until(page, lambda: page.evaluate("spoken") == ["1"])
    page.get_by_label("Loudness").fill("30")

    wait_until(page, lambda: len(page.evaluate("tones")) == 3)
    assert page.evaluate(VOLUME) == pytest.approx(0.3)
    page.get_by_label("No sound").check()
    expect(page.get_by_role("button", name="Try the sound")).to_be_disabled()


def test_voice_for_another_language_only_is_none(open_page: OpenPage, live_db, patient: Patient):
    page = with_sound(open_page, patient, "voice")
    page.evaluate("speechSynthesis.getVoices = () => [{ lang: 'de_DE', name: 'Eine Stimme' }]")
    press(page, "Start")
    leap_to(page, "hold")

    assert page.evaluate("spoken") == []


def test_each_part_flashes_the_whole_screen_and_a_hold_buzzes(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    page.evaluate(SPY_ON_LIGHT)

    press(page, "Start")
    leap_to(page, "hold")
    leap_to(page, "relax")

    flashed = page.evaluate("flashed")
    assert flashed == [[1, 1]] * 2, flashed
    assert page.evaluate("buzzed") == [80, [60, 60, 60]]


def test_phone_that_cannot_vibrate_misses_nothing(open_page: OpenPage, live_db, patient: Patient):
    exercise_set = ready_set(patient)
    page = open_page(user=patient.user, width=390)
    page.add_init_script("delete Navigator.prototype.vibrate;" + LEAPING_CLOCK)
    page.goto(f"/sessions/{exercise_set.exercise_session_id}/")

    press(page, "Start")
    leap_to(page, "hold")
    leap_to(page, "relax")
    expect(page.locator(".reps > [data-rep=ok]")).to_have_count(1)


def test_screen_that_may_go_dark_says_so(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    page.evaluate("() => { navigator.wakeLock.request = () => Promise.reject(new Error('low battery')); }")

    press(page, "Start")

    expect(page.get_by_text("will not keep its screen on")).to_be_visible()


def test_screen_lock_is_asked_for_again_on_return(open_page: OpenPage, live_db, patient: Patient):
    page = open_set(open_page, ready_set(patient))
    page.evaluate(
        "() => { window.asked = 0; navigator.wakeLock.request = async () => { asked += 1; return { released: true, release() {} }; }; }"
    )
    press(page, "Start")
    wait_until(page, lambda: page.evaluate("asked") >= 1)
    leap(page, 1000)
    before = page.evaluate("asked")

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    wait_until(page, lambda: page.evaluate("asked") > before)


def test_iphone_is_told_of_its_silent_switch(open_page: OpenPage, live_db, patient: Patient):
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
    exercise_set = ready_set(patient)
    exercise_set.started_at = None
    exercise_set.save(update_fields=["started_at"])
    path = f"/sessions/{exercise_set.exercise_session_id}/"

    expect(open_page(path, user=patient.user, user_agent=iphone).get_by_text("silent switch")).to_be_visible()
    expect(open_page(path, user=patient.user).get_by_text("silent switch")).to_be_hidden()
