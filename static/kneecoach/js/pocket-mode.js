// Pocket mode: the set as one track in an <audio> element, which a phone goes on playing while its screen is locked. What
// was heard is only offered afterwards: it counts when the person says so. Loaded when somebody wants it.

import { find, forget, keep } from "./kept-plan.js";
import { mintId } from "./outbox.js";
import { heardReps, planTrack, renderTrack, repAt, resumeAt } from "./pocket-track.js";
import { preferences } from "./preferences.js";

const KEY = "pocket";
const KEEP_EVERY_MS = 2000;
// A position that moves on by itself may be off by less than this; more is somebody pulling at it.
const PULLED_MS = 400;

/** Lead the rest of a set in the pocket. @param {HTMLElement} coach the <rep-coach> */
export async function startPocket(coach) {
  const set = coach.track;
  const track = planTrack({ ...set, readySeconds: preferences().readySeconds });
  const kept = { key: KEY, owner: document.body.dataset.patient, setId: coach.dataset.set, seenAt: Date.now(), track, positionMs: 0, anchors: [], ids: idsOf(track) };
  const pocket = new Pocket(coach, kept);
  await pocket.prepare();
}

/** A page that went away in mid-track: ask about what was heard of it. */
export async function offerKept(coach, kept) {
  if (heardReps(kept.track, kept.positionMs).length) new Pocket(coach, kept).confirm();
  else await forget(KEY);
}

/** What is kept of a track of this set and this person, if anything. */
export async function keptFor(coach) {
  const kept = await find(KEY);
  return kept && kept.owner === document.body.dataset.patient && kept.setId === coach.dataset.set ? kept : null;
}

function idsOf({ reps }) {
  return Object.fromEntries(reps.map(({ number }) => [number, mintId()]));
}

class Pocket {
  constructor(coach, kept) {
    Object.assign(this, { coach, kept });
    this.panel = coach.closest("#step").querySelector("[data-pocket]");
    this.audio = this.panel.querySelector("audio");
    this.leave = new AbortController();
    for (const button of this.panel.querySelectorAll("[data-pocket-do]")) {
      button.addEventListener("click", () => this[button.dataset.pocketDo](), { signal: this.leave.signal });
    }
    this.put(true);
  }

  /** Show the panel in the place of the clock, or the other way round. */
  put(isPocket) {
    this.panel.hidden = !isPocket;
    this.coach.hidden = isPocket;
    this.coach.closest("#step").querySelector(".step-foot").hidden = isPocket;
  }

  show(part) {
    for (const section of this.panel.querySelectorAll("[data-pocket-part]")) section.hidden = section.dataset.pocketPart !== part;
    this.panel.querySelector(`[data-pocket-part=${part}] [tabindex="-1"]`).focus();
  }

  // --- playing ---------------------------------------------------------------------------------------------------------
  async prepare() {
    const on = { signal: this.leave.signal };
    this.show("play");
    this.label();
    this.tell();
    this.audio.src = URL.createObjectURL(await renderTrack(this.kept.track));
    this.audio.volume = preferences().volume;
    const hear = (name, act) => this.audio.addEventListener(name, () => act(), on);
    hear("playing", () => this.anchor());
    hear("pause", () => this.paused());
    hear("timeupdate", () => this.moved());
    hear("ended", () => this.confirm());
    hear("seeking", () => this.pulled());
    addEventListener("pagehide", () => this.save(), on);
    document.addEventListener("visibilitychange", () => this.save(), on);
    this.control();
    this.panel.querySelector("[data-pocket-do=toggle]").disabled = false;
    this.panel.querySelector("[data-pocket-do=toggle]").focus();
  }

  /** The buttons of the lock screen. Nobody skips ahead: what was not heard was not done. */
  control() {
    const session = navigator.mediaSession;
    if (!session) return;
    const { title, artwork } = this.panel.dataset;
    session.metadata = new MediaMetadata({ title: title.trim(), artist: "Kneecoach", artwork: [{ src: artwork, sizes: "any", type: "image/svg+xml" }] });
    const acts = { play: () => this.play(), pause: () => this.audio.pause(), stop: () => this.confirm(), seekbackward: null, seekforward: null, seekto: null, previoustrack: null, nexttrack: null };
    for (const [name, act] of Object.entries(acts)) {
      try {
        session.setActionHandler(name, act);
      } catch {
        // This browser has no such button.
      }
    }
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  async play() {
    this.jump(resumeAt(this.kept.track, this.kept.positionMs));
    try {
      await this.audio.play();
    } catch {
      this.panel.querySelector("[data-pocket-note]").hidden = false;
    }
    this.label();
  }

  jump(positionMs) {
    this.kept.positionMs = positionMs;
    if (Math.abs(this.audio.currentTime * 1000 - positionMs) > 1) this.audio.currentTime = positionMs / 1000;
  }

  /** Playing begins at this moment: from it the time of each repetition is known. */
  anchor() {
    this.kept.anchors.push({ positionMs: this.audio.currentTime * 1000, at: Date.now() });
    this.panel.querySelector("[data-pocket-note]").hidden = true;
    this.label();
    this.save();
  }

  paused() {
    this.moved();
    this.label();
    this.save();
  }

  moved() {
    this.note();
    this.tell();
    if (performance.now() - (this.savedAt ?? 0) > KEEP_EVERY_MS) this.save();
  }

  /** How far the track was heard. */
  note() {
    if (!this.audio.seeking && !this.isOver) this.kept.positionMs = Math.max(this.kept.positionMs, this.audio.currentTime * 1000);
  }

  /** Somebody pulled at the position, in a player that shows one. Back to where it was. */
  pulled() {
    if (Math.abs(this.audio.currentTime * 1000 - this.kept.positionMs) > PULLED_MS) this.jump(this.kept.positionMs);
  }

  save() {
    if (this.isOver && !this.isAsking) return undefined;
    this.note();
    this.savedAt = performance.now();
    return keep(this.kept);
  }

  label() {
    const button = this.panel.querySelector("[data-pocket-do=toggle]");
    const name = !this.audio.paused ? "pause" : this.kept.positionMs ? "resume" : "start";
    button.querySelector("[data-pocket-label]").textContent = button.dataset[name];
    if (navigator.mediaSession) navigator.mediaSession.playbackState = this.audio.paused ? "paused" : "playing";
  }

  tell() {
    const { number } = repAt(this.kept.track, this.kept.positionMs);
    const shown = this.panel.querySelector("[data-pocket-number]");
    if (shown.textContent !== String(number)) shown.textContent = String(number);
    this.panel.querySelector("progress").value = this.kept.positionMs / this.kept.track.durationMs;
  }

  // --- afterwards ------------------------------------------------------------------------------------------------------
  hurts() {
    this.kept.isHurt = true;
    this.confirm();
  }

  /** Show what was heard, and ask how much of it was done. Nothing counts before the answer. */
  confirm() {
    if (this.isAsking) return undefined;
    this.note();
    this.isAsking = this.isOver = true;
    this.audio.pause();
    const heard = heardReps(this.kept.track, this.kept.positionMs);
    if (!heard.length) return this.finish([]);
    this.save();
    const words = this.panel.dataset;
    this.panel.querySelector("[data-pocket-heard]").textContent = (heard.length === 1 ? words.heardOne : words.heardMany).replace("%s", String(heard.length));
    const keys = Array.from({ length: heard.length + 1 }, (_, index) => heard.length - index).map((count) => {
      const key = Object.assign(document.createElement("button"), { type: "button", className: "pain-key", textContent: String(count) });
      key.addEventListener("click", () => this.finish(heard.slice(0, count)), { once: true });
      return key;
    });
    this.panel.querySelector("[data-pocket-keys]").replaceChildren(...keys);
    return this.show("confirm");
  }

  /** Hand over what was done, then let go of the track: interrupted in between, the same repetitions come again. */
  async finish(done) {
    if (this.isFinished) return;
    this.isFinished = true;
    const reps = done.map((rep) => ({ id: this.kept.ids[rep.number], number: rep.number, heldMs: rep.heldMs, pausedMs: 0, outcome: "ok", method: "audio", doneAtMs: this.doneAt(rep) }));
    await this.coach.take(reps);
    this.isAsking = false;
    await forget(KEY);
    this.close();
    if (this.kept.isHurt) this.coach.hurts();
  }

  doneAt({ heldAt }) {
    const anchor = this.kept.anchors.findLast(({ positionMs }) => positionMs <= heldAt) ?? { positionMs: 0, at: this.kept.seenAt };
    return Math.min(Date.now(), Math.round(anchor.at + heldAt - anchor.positionMs));
  }

  close() {
    this.leave.abort();
    if (this.audio.src) URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
    if (navigator.mediaSession) navigator.mediaSession.metadata = null;
    this.put(false);
  }
}
