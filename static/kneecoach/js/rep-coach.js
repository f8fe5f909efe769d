// <rep-coach>: leads one set, repetition by repetition. The server decides the step; this only keeps time, shows it,
// and hands in each finished repetition once. Time is always a difference of performance.now(), never a count of ticks.

const READY_SECONDS = 5;
// A longer gap between two looks at the clock means the phone slept: what happened meanwhile is not known.
const SLEPT_MS = 1500;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30000;

/** The parts of one repetition on a clock that is handed in, so that it can be tested without a page. */
export class RepClock {
  /** @param {{kind: string, seconds: number, counts: boolean, cue: string}[]} phases */
  constructor(phases) {
    this.phases = phases;
    this.reset();
  }

  /** Forget the running repetition. Its pauses are remembered until it is finished. */
  reset() {
    this.index = -1;
    this.heldMs = 0;
    this.startedAt = null;
  }

  /** Begin the first part at `now`. */
  start(now) {
    this.index = 0;
    this.heldMs = 0;
    this.startedAt = now;
  }

  get phase() {
    return this.phases[this.index];
  }

  /** Whether the hold is behind us: what follows is lowering and rest. */
  get isHoldOver() {
    return this.index > this.lastHold;
  }

  get lastHold() {
    return this.phases.reduce((last, phase, index) => (phase.counts ? index : last), -1);
  }

  /** Milliseconds left in this part. */
  left(now) {
    return Math.max(0, this.phase.seconds * 1000 - (now - this.startedAt));
  }

  /** The hold so far, with the part that is running. */
  held(now) {
    return Math.round(this.heldMs + (this.phase?.counts ? now - this.startedAt : 0));
  }

  /** Move on where a part is over. Returns "", "phase", "held" (the last hold has just ended) or "over". */
  advance(now) {
    if (this.left(now) > 0) return "";
    if (this.phase.counts) this.heldMs += now - this.startedAt;
    const wasLastHold = this.index === this.lastHold;
    this.index += 1;
    this.startedAt = now;
    if (this.index === this.phases.length) return wasLastHold ? "held-over" : "over";
    return wasLastHold ? "held" : "phase";
  }

  /** Move the running part later by a pause. */
  shift(milliseconds) {
    this.startedAt += milliseconds;
  }
}

/** Posts repetitions, oldest first, and asks again until each is answered. */
class Sender {
  constructor(onAnswer, onTrouble) {
    this.queue = [];
    this.onAnswer = onAnswer;
    this.onTrouble = onTrouble;
    this.idle = Promise.resolve();
  }

  /** Hand in one repetition; the promise is kept when the server has answered. */
  send(url, values) {
    this.idle = this.idle.then(() => this.untilAnswered(url, values));
    return this.idle;
  }

  async untilAnswered(url, values) {
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_LONGEST_MS)) {
      const answer = await this.post(url, values);
      if (answer) return this.onAnswer(answer);
      this.onTrouble();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Returns {status, redirect, html}, or null where asking again may help. */
  async post(url, values) {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, ...JSON.parse(document.body.getAttribute("hx-headers")) };
    try {
      const response = await fetch(url, { method: "POST", headers, body: new URLSearchParams(values) });
      const isAnswer = response.ok || response.status === 409 || response.status === 422;
      const redirect = response.headers.get("HX-Redirect");
      return isAnswer ? { status: response.status, redirect, html: await response.text() } : null;
    } catch {
      return null;
    }
  }
}

/** An id for a repetition that no other has, also where the page is not on https. */
function mintId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

class RepCoach extends HTMLElement {
  connectedCallback() {
    this.step = this.closest("#step");
    this.clock = new RepClock(
      Array.from(this.querySelectorAll("[data-phases] > li"), (item) => ({
        kind: item.dataset.kind,
        seconds: Number(item.dataset.seconds),
        counts: item.dataset.counts === "1",
        cue: item.textContent,
      })),
    );
    this.face = this.querySelector(".clock");
    this.arc = this.querySelector(".clock-arc");
    this.word = this.querySelector(".clock-phase");
    this.digits = this.querySelector(".clock-digits");
    this.count = this.querySelector(".clock-count");
    this.note = this.querySelector(".coach-note");
    this.number = Number(this.dataset.number);
    this.state = "idle";
    this.pausedMs = 0;
    this.sender = new Sender((answer) => this.answered(answer), () => this.say(this.dataset.wordWaiting));
    this.leave = new AbortController();
    this.takeOver();
    if (this.hasAttribute("data-autostart")) this.begin();
  }

  disconnectedCallback() {
    this.leave.abort();
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.wakeLock?.release();
  }

  /** Put our controls in the place of the form that works without JavaScript. */
  takeOver() {
    for (const form of this.step.querySelectorAll("[data-coach-fallback]")) form.hidden = true;
    this.querySelector("[data-phases]").hidden = true;
    this.step.querySelector("[data-coach-controls]").hidden = false;
    const on = { signal: this.leave.signal };
    const button = (name) => this.step.querySelector(`[data-coach="${name}"]`);
    this.startButton = button("start");
    this.startButton.addEventListener("click", () => this.toggle(), on);
    button("skip").addEventListener("click", () => this.skip(), on);
    button("hurts").addEventListener("click", () => this.hurts(), on);
    document.addEventListener("visibilitychange", () => this.seen(), on);
  }

  toggle() {
    if (this.state === "idle") this.begin();
    else if (this.state === "paused") this.resume();
    else if (this.state !== "over") this.pause();
  }

  /** Time to put the phone down, then the first repetition. */
  begin() {
    this.state = "ready";
    this.readyAt = performance.now();
    this.lastLook = this.readyAt;
    this.show("ready", this.dataset.wordReady);
    this.label("pause");
    this.keepAwake();
    clearInterval(this.ticker);
    this.ticker = setInterval(() => this.look(), 50);
    this.paint();
  }

  /** Draw on every frame; only the ticker and the frames call look(), and it may be called at any time. */
  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.look();
      if (this.state === "ready" || this.state === "running") this.paint();
    });
  }

  look() {
    const now = performance.now();
    const gap = now - this.lastLook;
    this.lastLook = now;
    if (this.state === "ready") this.lookReady(now);
    else if (this.state === "running" && gap > SLEPT_MS) this.interrupt(now);
    else if (this.state === "running") this.lookRunning(now);
  }

  lookReady(now) {
    const left = READY_SECONDS * 1000 - (now - this.readyAt);
    this.draw(left, READY_SECONDS * 1000);
    if (left <= 0) this.startRep(now);
  }

  lookRunning(now) {
    const news = this.clock.advance(now);
    if (news.startsWith("held")) this.finishRep("ok");
    if (news.endsWith("over")) return this.nextRep(now);
    if (news) this.showPhase();
    this.draw(this.clock.left(now), this.clock.phase.seconds * 1000);
  }

  startRep(now) {
    this.state = "running";
    this.clock.start(now);
    this.count.textContent = this.count.textContent.replace(/\d+/, String(this.number));
    this.showPhase();
  }

  /** Hand in the repetition as soon as its hold is over: the network has the time of the rest. */
  finishRep(outcome) {
    const heldMs = this.clock.index < 0 ? 0 : this.clock.held(performance.now());
    const url = this.dataset.repUrl.replace(/[0-9a-f-]{36}\/$/, `${mintId()}/`);
    const values = { number: this.number, held_ms: heldMs, paused_ms: Math.round(this.pausedMs), outcome, method: "guided", done_at_ms: Date.now() };
    this.pausedMs = 0;
    this.number += 1;
    return this.sender.send(url, values);
  }

  nextRep(now) {
    if (this.number > Number(this.dataset.target) || this.isOver) return this.finishSet();
    this.startRep(now);
  }

  /** Skip the repetition that runs, or the one that comes next. */
  skip() {
    if (this.state === "over") return;
    const wasPaused = this.state === "paused" || this.state === "idle";
    const isHandedIn = this.state === "running" && this.clock.isHoldOver;
    if (!isHandedIn) this.finishRep("skipped");
    this.clock.reset();
    if (this.number > Number(this.dataset.target)) this.finishSet();
    else if (!wasPaused) this.startRep(performance.now());
  }

  pause() {
    this.pausedAt = performance.now();
    this.stateBefore = this.state;
    this.state = "paused";
    this.show("paused", this.dataset.wordPaused);
    this.label("resume");
  }

  /** Go on where the pause began. A hold that was broken off starts again: it was not held. */
  resume() {
    const now = performance.now();
    const pause = now - this.pausedAt;
    this.pausedMs += pause;
    this.lastLook = now;
    this.label("pause");
    this.keepAwake();
    if (this.stateBefore === "ready" || this.clock.index < 0) return this.begin();
    this.state = "running";
    if (this.clock.isHoldOver) {
      this.clock.shift(pause);
      this.showPhase();
    } else {
      if (this.clock.phase.counts) this.say(this.dataset.wordAgain);
      this.startRep(now);
    }
    this.paint();
  }

  /** The phone slept or the page was hidden: nobody knows whether the hold went on. */
  interrupt() {
    this.pause();
    if (!this.clock.isHoldOver) {
      this.clock.reset();
      this.say(this.dataset.wordAgain);
    }
  }

  seen() {
    if (document.hidden && this.state === "running") this.interrupt();
    else if (!document.hidden && this.state !== "idle") this.keepAwake();
  }

  async hurts() {
    const isRunning = this.state === "running" || this.state === "paused";
    const isHandedIn = this.clock.index >= 0 && this.clock.isHoldOver;
    this.stopClock();
    if (isRunning && !isHandedIn) this.finishRep("stopped_pain");
    await this.sender.idle;
    htmx.ajax("POST", this.dataset.stopUrl, { target: "#step", swap: "outerHTML", values: { reason: "pain" } });
  }

  /** Every repetition is answered for: ask the server what comes next. */
  async finishSet() {
    this.stopClock();
    this.show("done", this.dataset.wordDone);
    await this.sender.idle;
    if (this.isConnected) htmx.ajax("GET", this.dataset.stepUrl, { target: "#step", swap: "outerHTML" });
  }

  stopClock() {
    this.state = "over";
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
  }

  /** The server has answered for a repetition. */
  answered(answer) {
    if (answer.redirect) {
      location.assign(answer.redirect);
      return;
    }
    if (!this.isConnected) return;
    this.say("");
    // A session that was closed meanwhile answers with its own step, everything else with the counter.
    const isCounter = answer.html.includes('id="rep-count"');
    htmx.swap(isCounter ? "#rep-count" : "#step", answer.html, { swapStyle: "outerHTML" });
    const counter = document.getElementById("rep-count");
    if (!isCounter || counter?.dataset.refused) this.stopClock();
    else if (answer.status === 409) this.catchUp(Number(counter.dataset.number));
    if (counter?.dataset.over === "1") this.isOver = true;
  }

  /** Another device was ahead: go on with the number that is free. */
  catchUp(number) {
    if (number > this.number) this.number = number;
  }

  showPhase() {
    this.show(this.clock.phase.kind, this.clock.phase.cue);
  }

  /** The word changes once a phase, so a screen reader speaks once a phase. */
  show(kind, word) {
    this.face.dataset.phase = kind;
    if (this.word.textContent !== word) this.word.textContent = word;
    if (kind !== "paused") this.say(this.note.textContent === this.dataset.wordAgain ? this.note.textContent : "");
  }

  draw(leftMs, wholeMs) {
    const seconds = String(Math.max(1, Math.ceil(leftMs / 1000)));
    if (this.digits.textContent !== seconds) this.digits.textContent = seconds;
    this.arc.setAttribute("stroke-dasharray", `${Math.min(100, 100 - (100 * leftMs) / wholeMs).toFixed(1)} 100`);
  }

  label(name) {
    const label = this.startButton.querySelector("[data-coach-label]");
    label.textContent = label.dataset[name];
    for (const icon of this.startButton.querySelectorAll("[data-coach-icon]")) icon.hidden = (icon.dataset.coachIcon === "pause") !== (name === "pause");
  }

  say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  /** A screen that goes dark ends the guidance. Refused (battery low, old phone), it goes on without. */
  async keepAwake() {
    try {
      this.wakeLock = await navigator.wakeLock?.request("screen");
    } catch {
      this.wakeLock = null;
    }
  }
}

customElements.define("rep-coach", RepCoach);
