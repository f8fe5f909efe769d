// A whole set as one sound: what lies where on the track, which repetitions a position proves, and the sound file itself.
// The cues are those of the clock (cues.js). No page in here, so it can be tested alone.

import { cuesOf, playTone } from "./cues.js";

// Low rates make small files; a browser that renders none of the first takes the last.
const RATES = [8000, 22050, 44100];
const END_SECONDS = 1;
const LEAD_IN_MS = 3000;
const HEADER_BYTES = 44;

/**
 * @typedef {{kind: string, seconds: number, counts: boolean, at: number, number: number}} Part `at` in ms of the track
 * @typedef {{number: number, startsAt: number, heldAt: number, heldMs: number}} TrackRep `heldAt`: its hold is over
 * @typedef {{parts: Part[], reps: TrackRep[], durationMs: number}} Track plain data, so that it can be kept
 */

/**
 * Lay out what is left of a set.
 * @param {{phases: {kind: string, seconds: number, counts: boolean}[], target: number, taken: number[], readySeconds: number}} set
 * @returns {Track}
 */
export function planTrack({ phases, target, taken, readySeconds }) {
  const parts = [{ kind: "ready", seconds: readySeconds, counts: false, at: 0, number: 0 }];
  const reps = [];
  let at = readySeconds * 1000;
  for (let number = 1; number <= target; number += 1) {
    if (taken.includes(number)) continue;
    const rep = { number, startsAt: at, heldAt: 0, heldMs: 0 };
    for (const { kind, seconds, counts } of phases) {
      parts.push({ kind, seconds, counts, at, number });
      at += seconds * 1000;
      if (counts) Object.assign(rep, { heldAt: at, heldMs: rep.heldMs + seconds * 1000 });
    }
    reps.push(rep);
  }
  return { parts, reps, durationMs: at + END_SECONDS * 1000 };
}

/** The repetitions whose hold was heard to its end. One that was broken off is none. @returns {TrackRep[]} */
export function heardReps({ reps }, positionMs) {
  return reps.filter(({ heldAt }) => heldAt <= positionMs);
}

/** The repetition that a position lies in, or the last one. */
export function repAt({ reps }, positionMs) {
  return reps.findLast(({ startsAt }) => startsAt <= positionMs) ?? reps[0];
}

/** Where to go on after a pause: a hold that was broken off starts again, with a moment to get back into position. */
export function resumeAt(track, positionMs) {
  const rep = repAt(track, positionMs);
  const isBroken = rep.startsAt < positionMs && positionMs < rep.heldAt;
  return isBroken ? Math.max(0, rep.startsAt - LEAD_IN_MS) : positionMs;
}

/** @returns {Promise<Blob>} the track as a sound file */
export async function renderTrack(track) {
  const context = openContext(track.durationMs / 1000);
  for (const { kind, at } of cuesOf(track.parts)) playTone(context, context.destination, kind, at / 1000);
  playTone(context, context.destination, "end", track.durationMs / 1000 - END_SECONDS);
  const buffer = await context.startRendering();
  return new Blob([wavOf(buffer.getChannelData(0), buffer.sampleRate)], { type: "audio/wav" });
}

function openContext(seconds) {
  for (const rate of RATES) {
    try {
      return new OfflineAudioContext(1, Math.ceil(seconds * rate), rate);
    } catch {
      // This browser renders no such rate.
    }
  }
  throw new Error("This browser renders no sound.");
}

/** Sixteen bits a sample, one channel. */
function wavOf(samples, rate) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * 2));
  const text = (offset, letters) => Array.from(letters, (letter, index) => view.setUint8(offset + index, letter.charCodeAt(0)));
  const size = samples.length * 2;
  text(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + size, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, size, true);
  samples.forEach((sample, index) => view.setInt16(HEADER_BYTES + index * 2, Math.max(-1, Math.min(1, sample)) * 0x7fff, true));
  return view.buffer;
}
