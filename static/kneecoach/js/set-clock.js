// Leads one set of repetitions on a clock that is handed in: no page, no timer, no network, so it can be tested alone.
// Time is always a difference of two readings of that clock, never a count of ticks. A part ends at its deadline, even
// if nobody looked just then: the tone that ended it was on time, and lateness does not add up from part to part.

// A longer gap between two looks means the phone slept: what happened meanwhile is not known.
const SLEPT_MS = 1500;
// After a pause the hands were on the phone; the seconds before the first repetition are the patient's own choice.
const READY_AGAIN_SECONDS = 5;

/** @typedef {{kind: string, seconds: number, counts: boolean, cue: string}} Phase one timed part of a repetition */
/** @typedef {{id: string, number: number, heldMs: number, pausedMs: number, outcome: string}} Rep a finished one */

export class SetClock {
  /**
   * @param {object} set
   * @param {Phase[]} set.phases the parts of one repetition, at least one of them a hold
   * @param {number} set.target how many repetitions are prescribed
   * @param {number[]} set.taken the numbers that are recorded already
   * @param {number} set.readySeconds time to put the phone down
   * @param {() => string} set.mintId makes the id of a repetition, unique for ever
   * @param {(news: object) => void} set.tell hears of "phase", "rep", "taken-back", "paused", "count" and "over"
   */
  constructor({ phases, target, taken = [], readySeconds, mintId, tell }) {
    Object.assign(this, { phases, target, readySeconds, mintId, tell });
    this.lastHold = phases.findLastIndex((phase) => phase.counts);
    this.taken = new Set(taken);
    this.done = [];
    this.state = "idle";
    this.pausedMs = 0;
    this.forget();
  }

  /** The first number from 1 that no repetition has. */
  get number() {
    let number = 1;
    while (this.taken.has(number)) number += 1;
    return number;
  }

  /** The repetition a person would say they are in: in the rest it is the one just done. */
  get numberShown() {
    return this.isHoldOver ? this.done.at(-1).number : Math.min(this.number, this.target);
  }

  get part() {
    return this.index < 0 ? { kind: "ready", seconds: this.secondsToReady, counts: false } : this.phases[this.index];
  }

  /** Whether the hold is behind us: what follows is lowering and rest. */
  get isHoldOver() {
    return this.index > this.lastHold;
  }

  get isTiming() {
    return this.state === "running";
  }

  /** Milliseconds left in this part. */
  left(now) {
    return Math.max(0, this.partAt + this.part.seconds * 1000 - now);
  }

  /** Begin with the time to get ready. */
  begin(now) {
    this.ready(now, this.readySeconds);
  }

  /** Move on to where the clock says we are; may be called at any time, and however often. */
  look(now) {
    if (!this.isTiming) return;
    const before = this.lastLook;
    this.lastLook = now;
    if (now - before > SLEPT_MS) return this.pause(before, "slept");
    while (this.isTiming && this.left(now) === 0) this.endPart(this.partAt + this.part.seconds * 1000);
  }

  /** Stand still as of `at`, which lies behind us where the phone slept. */
  pause(at, because = "tap") {
    if (!this.isTiming) return;
    this.state = "paused";
    this.pausedAt = at;
    this.tell({ type: "paused", because, isBroken: this.index >= 0 && !this.isHoldOver });
  }

  /** Go on where the pause began. A hold that was broken off was not held: its repetition starts again. */
  resume(now) {
    if (this.state !== "paused") return;
    this.pausedMs += now - this.pausedAt;
    if (!this.isHoldOver) return this.ready(now, Math.min(this.readySeconds, READY_AGAIN_SECONDS));
    this.run(now);
    this.partAt += now - this.pausedAt;
    this.tellPhase();
  }

  /** Skip the repetition that runs, or the one that comes next; in the rest, skip the rest. */
  skip(now) {
    if (this.state === "over") return;
    if (!this.isHoldOver) this.finishRep("skipped", now);
    this.startAgain(now);
  }

  /** Do the repetition again: the one that runs was not recorded, one whose hold is over is taken back. */
  repeat(now) {
    if (this.state === "over" || this.state === "idle") return;
    if (this.isHoldOver) this.takeBackLast();
    this.ready(now, Math.min(this.readySeconds, READY_AGAIN_SECONDS));
  }

  /** Take the last repetition back, and wait. */
  undo(now) {
    if (this.state === "over" || !this.takeBackLast()) return;
    this.forget();
    if (this.state === "idle") return this.tell({ type: "count" });
    this.state = "paused";
    this.pausedAt = now;
    this.tell({ type: "paused", because: "undo", isBroken: false });
  }

  /** Stop for good. A hold that runs ends here, and is recorded as far as it went. */
  hurts(now) {
    if (this.index >= 0 && !this.isHoldOver) this.finishRep("stopped_pain", now);
    this.state = "over";
  }

  /** Take a repetition that was led elsewhere; it can be undone like any other. */
  take(rep) {
    this.done.push(rep);
    this.taken.add(rep.number);
    this.forget();
    if (this.number > this.target) this.state = "over";
    else this.tell({ type: "count" });
  }

  /** Hear which numbers are taken: another device may be ahead. */
  catchUp(taken) {
    this.taken = new Set(taken);
    this.tell({ type: "count" });
  }

  /** Stop leading: the set is over elsewhere. */
  stop() {
    this.state = "over";
  }

  /**
   * What lies ahead, from the part that runs to the end of the next repetition, for whoever has to be early.
   * @returns {{kind: string, seconds: number, counts: boolean, at: number, number: number}[]}
   */
  get ahead() {
    if (!this.isTiming) return [];
    const parts = [];
    let at = this.partAt;
    const add = (part, number) => {
      parts.push({ ...part, at, number });
      at += part.seconds * 1000;
    };
    add(this.part, this.numberShown);
    for (const phase of this.phases.slice(this.index + 1)) add(phase, this.numberShown);
    const next = this.isHoldOver ? this.number : this.number + 1;
    if (this.index >= 0 && next <= this.target) for (const phase of this.phases) add(phase, next);
    return parts;
  }

  // --- inside ---------------------------------------------------------------------------------------------------------
  ready(now, seconds) {
    this.forget();
    this.secondsToReady = seconds;
    this.partAt = now;
    this.run(now);
    this.tellPhase();
  }

  run(now) {
    this.state = "running";
    this.lastLook = now;
  }

  enter(index, at) {
    this.index = index;
    this.partAt = at;
    this.tellPhase();
  }

  endPart(at) {
    if (this.part.counts) this.heldMs += this.part.seconds * 1000;
    // The last hold is over: hand the repetition in at once, so that the network has the time of the rest.
    if (this.index === this.lastHold) this.handIn("ok", this.heldMs);
    if (this.index + 1 < this.phases.length) return this.enter(this.index + 1, at);
    this.nextRep(at);
  }

  nextRep(at) {
    this.heldMs = 0;
    if (this.number > this.target) return this.endSet();
    this.enter(0, at);
  }

  endSet() {
    this.state = "over";
    this.tell({ type: "over" });
  }

  finishRep(outcome, now) {
    const until = this.state === "paused" ? this.pausedAt : now;
    const running = this.index >= 0 && this.part.counts ? until - this.partAt : 0;
    this.handIn(outcome, Math.round(this.heldMs + Math.max(0, running)));
  }

  handIn(outcome, heldMs) {
    const rep = { id: this.mintId(), number: this.number, heldMs, pausedMs: Math.round(this.pausedMs), outcome };
    this.done.push(rep);
    this.taken.add(rep.number);
    this.pausedMs = 0;
    this.tell({ type: "rep", rep });
  }

  startAgain(now) {
    this.forget();
    if (this.number > this.target) return this.endSet();
    if (this.isTiming) this.ready(now, Math.min(this.readySeconds, READY_AGAIN_SECONDS));
    else this.tell({ type: "count" });
  }

  takeBackLast() {
    const rep = this.done.pop();
    if (!rep) return false;
    this.taken.delete(rep.number);
    this.tell({ type: "taken-back", rep });
    return true;
  }

  forget() {
    this.index = -1;
    this.heldMs = 0;
    this.partAt = 0;
    this.secondsToReady = this.readySeconds;
  }

  tellPhase() {
    const { kind, seconds, cue = "" } = this.part;
    this.tell({ type: "phase", kind, seconds, cue, at: this.partAt, number: this.numberShown });
  }
}
