// <rep-coach>: leads one set, repetition by repetition. The server decides the step; this only keeps time, shows it,
// and hands in each finished repetition once. Time is always a difference of performance.now(), never a count of ticks.

const READY_SECONDS = 5;
// A longer gap between two looks at the clock means the phone slept: what happened meanwhile is not known.
const SLEPT_MS = 1500;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 30000;
// The server takes no longer pause, and a repetition must not be refused because of one.
const PAUSED_LONGEST_MS = 7200000;
// Answers that a later try may change; the network itself is the other case.
const TRY_AGAIN = [408, 425, 429];

/** The parts of one repetition on a clock that is handed in, so that it can be tested without a page. */
export class RepClock {
  /** @param {{kind: string, seconds: number, counts: boolean, cue: string}[]} phases */
  constructor(phases) {
    this.phases = phases;
    this.reset();
  }

  /** Forget the running repetition. */
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

/** Asks the server one thing after the other, oldest first, each again until it is answered. */
class Sender {
  constructor(onAnswer, onTrouble) {
    this.onAnswer = onAnswer;
    this.onTrouble = onTrouble;
    this.last = Promise.resolve();
  }

  /** Post the values; without values, get. */
  send(url, values) {
    this.last = this.last.then(() => this.untilAnswered(url, values));
  }

  async untilAnswered(url, values) {
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_LONGEST_MS)) {
      const answer = await this.ask(url, values);
      if (answer) return this.onAnswer(answer);
      this.onTrouble();
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
        addEventListener("online", resolve, { once: true });
      });
    }
  }

  /** Returns {status, redirect, html}, or null where asking again may help. */
  async ask(url, values) {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, ...JSON.parse(document.body.getAttribute("hx-headers")) };
    // keepalive: who leaves the page right after a hold does not lose it.
    const post = { method: "POST", body: values && new URLSearchParams(values), keepalive: true };
    try {
      const response = await fetch(url, { headers, ...(values ? post : {}) });
      if (response.status >= 500 || TRY_AGAIN.includes(response.status)) return null;
      return { status: response.status, redirect: response.headers.get("HX-Redirect"), html: await response.text() };
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
    this.target = Number(this.dataset.target);
    this.state = "idle";
    this.pausedMs = 0;
    this.sender = new Sender((answer) => this.answered(answer), () => this.say(this.dataset.wordWaiting));
    this.leave = new AbortController();
    this.takeOver();
    this.showCount();
    if (this.hasAttribute("data-autostart")) this.begin();
  }

  disconnectedCallback() {
    this.leave.abort();
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
    this.wakeLock?.release();
    this.wakeLock = null;
  }

  /** Put our controls in the place of the form that works without JavaScript. */
  takeOver() {
    for (const form of this.step.querySelectorAll("[data-coach-fallback]")) form.hidden = true;
    this.querySelector("[data-phases]").hidden = true;
    this.step.querySelector("[data-coach-controls]").hidden = false;
    const on = { signal: this.leave.signal };
    const button = (name) => this.step.querySelector(`button[data-coach="${name}"]`);
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
    this.showCount();
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
    const lastLook = this.lastLook;
    this.lastLook = now;
    if (this.state === "ready") this.lookReady(now);
    else if (this.state === "running" && now - lastLook > SLEPT_MS) this.pause(lastLook);
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
    this.showCount();
    this.showPhase();
  }

  /** Hand in the repetition as soon as its hold is over: the network has the time of the rest. */
  finishRep(outcome) {
    const until = this.state === "paused" ? this.pausedAt : performance.now();
    const url = this.dataset.repUrl.replace(/[0-9a-f-]{36}\/$/, `${mintId()}/`);
    this.sender.send(url, {
      number: this.number,
      held_ms: this.clock.index < 0 ? 0 : this.clock.held(until),
      paused_ms: Math.min(Math.round(this.pausedMs), PAUSED_LONGEST_MS),
      outcome,
      method: "guided",
      done_at_ms: Date.now(),
    });
    this.pausedMs = 0;
    this.number += 1;
  }

  nextRep(now) {
    if (this.number > this.target || this.isOver) this.finishSet();
    else this.startRep(now);
  }

  /** Skip the repetition that runs, or the one that comes next; in the rest, skip the rest. */
  skip() {
    if (this.state === "over") return;
    if (!this.clock.isHoldOver) this.finishRep("skipped");
    this.clock.reset();
    if (this.number > this.target) this.finishSet();
    else if (this.state === "running") this.begin();
    else this.showCount();
  }

  /** Stop the clock as of `at`, which lies behind us where the phone slept: what happened since is not known. */
  pause(at = performance.now()) {
    this.pausedAt = at;
    this.state = "paused";
    this.show("paused", this.dataset.wordPaused);
    this.label("resume");
    if (this.clock.index >= 0 && !this.clock.isHoldOver) this.say(this.dataset.wordAgain);
  }

  /** Go on where the pause began. A hold that was broken off was not held: its repetition starts again. */
  resume() {
    const pause = performance.now() - this.pausedAt;
    this.pausedMs += pause;
    if (!this.clock.isHoldOver) {
      this.clock.reset();
      this.begin();
      return;
    }
    this.state = "running";
    this.lastLook = performance.now();
    this.clock.shift(pause);
    this.label("pause");
    this.showPhase();
    this.keepAwake();
    this.paint();
  }

  /** Nobody knows whether a hold goes on while the page is hidden. */
  seen() {
    const isTiming = this.state === "ready" || this.state === "running";
    if (document.hidden && isTiming) this.pause();
    else if (!document.hidden && this.state !== "idle") this.keepAwake();
  }

  /** One tap: the clock stands still at once, the server hears of it as soon as it can be reached. */
  hurts() {
    if (this.clock.index >= 0 && !this.clock.isHoldOver) this.finishRep("stopped_pain");
    this.stopClock();
    this.show("paused", this.dataset.wordStopped);
    for (const button of this.step.querySelectorAll("button[data-coach]")) button.disabled = true;
    this.sender.send(this.dataset.stopUrl, { reason: "pain" });
  }

  /** Ask the server what comes next, once every repetition is answered for. */
  finishSet() {
    this.stopClock();
    this.show("done", this.dataset.wordDone);
    this.sender.send(this.dataset.stepUrl);
  }

  stopClock() {
    this.state = "over";
    clearInterval(this.ticker);
    cancelAnimationFrame(this.frame);
  }

  /** The server has answered: with the counter for a repetition, with the next step for everything else. */
  answered({ status, redirect, html }) {
    if (redirect) return location.assign(redirect);
    // Another account, a newer log-in, a set that is gone: this page is out of date, and only the server knows more.
    if (status >= 400 && status !== 409 && status !== 422) return location.reload();
    if (!this.isConnected) return;
    this.say("");
    const isCounter = html.includes('id="rep-count"');
    const target = isCounter ? this.querySelector("#rep-count") : this.step;
    htmx.swap(target, html, { swapStyle: "outerHTML" }, { eventInfo: { target } });
    if (!isCounter) return this.stopClock();
    const counter = this.querySelector("#rep-count");
    this.isOver = counter.dataset.over === "1";
    if (counter.dataset.refused) this.stopClock();
    else if (status === 409) this.catchUp(Number(counter.dataset.number));
  }

  /** Another device was ahead: go on with the number that is free. */
  catchUp(number) {
    if (this.isOver && this.state !== "over") return this.finishSet();
    this.number = Math.max(this.number, number);
    this.showCount();
  }

  showPhase() {
    this.show(this.clock.phase.kind, this.clock.phase.cue);
  }

  /** The word changes once a phase, so a screen reader speaks once a phase. */
  show(kind, word) {
    this.face.dataset.phase = kind;
    if (this.word.textContent !== word) this.word.textContent = word;
  }

  showCount() {
    this.count.textContent = this.count.textContent.replace(/\d+/, String(Math.min(this.number, this.target)));
  }

  draw(leftMs, wholeMs) {
    const seconds = String(Math.max(1, Math.ceil(leftMs / 1000)));
    if (this.digits.textContent !== seconds) this.digits.textContent = seconds;
    this.arc.setAttribute("stroke-dasharray", `${Math.min(100, 100 - (100 * leftMs) / wholeMs).toFixed(1)} 100`);
  }

  label(name) {
    const label = this.startButton.querySelector("[data-coach-label]");
    label.textContent = label.dataset[name];
    for (const icon of this.startButton.querySelectorAll("[data-coach-icon]")) {
      icon.hidden = (icon.dataset.coachIcon === "pause") !== (name === "pause");
    }
  }

  say(text) {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  /** A screen that goes dark ends the guidance. Refused (battery low, old phone), it goes on without. */
  async keepAwake() {
    if (this.wakeLock && !this.wakeLock.released) return;
    try {
      this.wakeLock = await navigator.wakeLock?.request("screen");
    } catch {
      this.wakeLock = null;
    }
    if (!this.isConnected) this.wakeLock?.release();
  }
}

customElements.define("rep-coach", RepCoach);
