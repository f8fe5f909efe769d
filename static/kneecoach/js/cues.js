// What is heard of a set, and when. Short holds need a grammar of their own: one rising tone in, a soft pulse a second,
// one falling tone out. A countdown of beeps would swallow a hold of three seconds.
//
// Tones are put on the audio clock ahead of time, so they come on time while the page is busy. The same code fills a
// sound file (pocket mode) and is measured in its samples.

/** @typedef {{kind: string, at: number, key: string}} Cue `at` in milliseconds of the clock that the parts came from */

// Frequencies in Hz from start to end, loudness from 0 to 1, length in seconds. Rising means work, falling means rest.
const TONES = {
  in: { from: 523, to: 784, gain: 0.9, seconds: 0.22 },
  pulse: { from: 392, to: 392, gain: 0.3, seconds: 0.07 },
  out: { from: 784, to: 392, gain: 0.9, seconds: 0.32 },
  move: { from: 440, to: 494, gain: 0.5, seconds: 0.12 },
  rest: { from: 330, to: 330, gain: 0.35, seconds: 0.12 },
  tick: { from: 659, to: 659, gain: 0.35, seconds: 0.05 },
  end: { from: 523, to: 1047, gain: 0.8, seconds: 0.6 },
};
const READY_TICKS = 3;
const ATTACK_SECONDS = 0.002;

/**
 * The cues of some parts in order, as SetClock.ahead gives them.
 * @returns {Cue[]}
 */
export function cuesOf(parts) {
  return parts.flatMap((part, index) => {
    const cue = (kind, seconds) => ({ kind, at: part.at + seconds * 1000, key: `${Math.round(part.at)}:${kind}:${seconds}` });
    if (part.kind === "ready") return lastSeconds(part.seconds).map((second) => cue("tick", second));
    if (part.counts) return [cue("in", 0), ...wholeSeconds(part.seconds).map((second) => cue("pulse", second)), cue("out", part.seconds)];
    // What runs already has been announced, and the falling tone has just said that a hold is over.
    if (index === 0 || parts[index - 1].counts) return [];
    return [cue(part.kind === "relax" ? "rest" : "move", 0)];
  });
}

/** 1, 2 ... below `seconds`: a pulse on the last one would blur the tone that ends the hold. */
function wholeSeconds(seconds) {
  return Array.from({ length: Math.max(0, Math.ceil(seconds) - 1) }, (_, index) => index + 1);
}

function lastSeconds(seconds) {
  return Array.from({ length: Math.min(READY_TICKS, Math.floor(seconds)) }, (_, index) => seconds - READY_TICKS + index).filter((second) => second >= 0);
}

/**
 * Put one tone on an audio clock.
 * @param {BaseAudioContext} context a live one or one that renders
 * @param {AudioNode} output where it goes
 * @param {string} kind one of TONES
 * @param {number} when seconds of the context's clock
 * @returns {OscillatorNode} so that it can be taken back
 */
export function playTone(context, output, kind, when) {
  const tone = TONES[kind];
  const oscillator = context.createOscillator();
  const envelope = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.setValueAtTime(tone.from, when);
  oscillator.frequency.exponentialRampToValueAtTime(tone.to, when + tone.seconds);
  envelope.gain.setValueAtTime(0, when);
  envelope.gain.linearRampToValueAtTime(tone.gain, when + ATTACK_SECONDS);
  envelope.gain.setTargetAtTime(0, when + tone.seconds * 0.6, tone.seconds / 8);
  oscillator.connect(envelope).connect(output);
  oscillator.start(when);
  oscillator.stop(when + tone.seconds * 1.5);
  return oscillator;
}
