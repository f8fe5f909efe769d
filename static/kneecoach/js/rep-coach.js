// <rep-coach>: leads one set, repetition by repetition. The server decides the step; this only keeps time, shows it, and
// puts each finished repetition into the outbox, once. The set itself is SetClock; here it meets the page.

import { ClockFace } from "./clock-face.js";
import { wasHandsFree } from "./get-ready.js";
import { find } from "./kept-plan.js";
import { mintId, outbox } from "./outbox.js";
import { preferences } from "./preferences.js";
import { SetClock } from "./set-clock.js";
import { sound } from "./sound.js";
import { WakeLock } from "./wake-lock.js";

// The version of what is sent with a repetition; the server also takes older ones, from a page left open.
const VERSION = 2;
// The server takes no longer pause, and a repetition must not be refused because of one.
const PAUSED_LONGEST_MS = 7_200_000;
const STEP_AGAIN_MS = 2000;
// A thumb that trembles taps twice and means it once.
const TREMBLE_MS = 300;
const HANDS_FREE_SECONDS = 5;
const PRESSABLE = "a, button, input, label, select, summary, textarea";

class RepCoach extends HTMLElement {
  connectedCallback() {
    this.step = this.closest("#step");
    this.face = new ClockFace(this);
    this.words = Object.fromEntries(Object.entries(this.dataset).filter(([name]) => name.startsWith("word")));
    this.isPractise = this.hasAttribute("data-practise");
    this.outbox = this.isPractise ? null : outbox();
    this.wakeLock = new WakeLock((isKept) => this.tellScreen(isKept));
    this.clock = new SetClock({
      phases: this.readPhases(),
      target: Number(this.dataset.target),
      taken: this.readTaken(),
      readySeconds: wasHandsFree() ? HANDS_FREE_SECONDS : preferences().readySeconds,
      mintId,
      tell: (news) => this[`on-${news.type}`](news),
    });
    this.leave = new AbortController();
    this.takeOver();
    this.listen();
    this.catchUp();
    this.offerPocket();
    if (this.hasAttribute("data-autostart")) this.toggle();
  }

  disconnectedCallback() {
    this.leave.abort();
    this.ticker?.terminate();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.stepTimer);
    sound.silence();
    this.wakeLock.release();
  }

  readPhases() {
    return Array.from(this.querySelectorAll("[data-phases] > li"), ({ dataset, textContent }) => ({
      kind: dataset.kind,
      seconds: Number(dataset.seconds),
      counts: dataset.counts === "1",
      cue: textContent,
      name: dataset.name,
    }));
  }

  readTaken() {
    const open = ["todo", "now"];
    return Array.from(this.querySelectorAll(".reps > li"), (mark, index) => (open.includes(mark.dataset.rep) ? 0 : index + 1)).filter(Boolean);
  }

  /** Put our controls in the place of the forms that work without JavaScript. */
  takeOver() {
    for (const form of this.step.querySelectorAll("[data-coach-fallback]")) form.hidden = true;
    this.querySelector("[data-phases]").hidden = true;
    this.step.querySelector("[data-coach-controls]").hidden = false;
    this.buttons = Object.fromEntries(Array.from(this.step.querySelectorAll("button[data-coach]"), (button) => [button.dataset.coach, button]));
  }

  listen() {
    const on = { signal: this.leave.signal };
    const acts = {
      start: () => this.toggle(),
      skip: () => this.clock.skip(performance.now()),
      repeat: () => this.clock.repeat(performance.now()),
      undo: () => this.undo(),
      hurts: () => this.hurts(),
      pocket: () => this.toPocket(),
    };
    for (const [name, act] of Object.entries(acts)) this.buttons[name]?.addEventListener("click", steady(act), on);
    // Across the room: a tap anywhere, or Space, stands still and goes on.
    this.querySelector("[data-to-pocket]")?.addEventListener("click", () => this.toPocket(), on);
    this.addEventListener("click", (event) => event.target.closest(PRESSABLE) || this.tapped(), on);
    document.addEventListener("keydown", (event) => this.pressed(event), on);
    document.addEventListener("visibilitychange", () => this.seen(), on);
    this.outbox?.addEventListener("receipt", (event) => this.received(event.detail), on);
    // Also another tab puts things in: its repetitions are ours.
    this.outbox?.addEventListener("change", () => this.catchUp(), on);
    this.outbox?.addEventListener("blocked", (event) => this.blocked(event.detail), on);
  }

  // --- what the person does --------------------------------------------------------------------------------------------
  tapped() {
    // The first tap may only be there to let us be heard.
    const isForSound = sound.isOn && !sound.isHeard && !this.hasTapped;
    this.hasTapped = true;
    if (!isForSound && this.clock.state !== "idle") this.toggle();
  }

  pressed(event) {
    if (event.key !== " " || event.repeat || this.hidden || event.target.closest(PRESSABLE)) return;
    event.preventDefault();
    this.toggle();
  }

  toggle() {
    const now = performance.now();
    if (this.clock.state === "idle") this.clock.begin(now);
    else if (this.clock.state === "paused") this.clock.resume(now);
    else this.clock.pause(now);
    if (this.clock.isTiming) this.run();
  }

  /** Take the last repetition back, also one that was done before this page was loaded. */
  undo() {
    if (this.clock.done.length) return this.clock.undo(performance.now());
    const marks = Array.from(this.querySelectorAll(".reps > [data-rep-id]"));
    const last = marks.at(-1);
    if (!last) return;
    this.clock.done.push({ id: last.dataset.repId, number: this.numberOfRep(last.dataset.repId) });
    this.clock.undo(performance.now());
  }

  /** One tap: the clock stands still at once; who to call is on the screen, whether or not the server can be reached. */
  hurts() {
    this.clock.hurts(performance.now());
    this.stand();
    this.face.show("paused", this.words.wordStopped);
    for (const button of Object.values(this.buttons)) button.disabled = true;
    if (this.isPractise) return this.endPractice();
    this.outbox.put(this.dataset.stopUrl, { reason: "pain" });
  }

  // --- pocket mode -----------------------------------------------------------------------------------------------------
  /** Where sound can be rendered, the set may go on in the pocket; what was heard of one that was cut off is asked about. */
  async offerPocket() {
    if (this.isPractise || !window.OfflineAudioContext) return;
    this.buttons.pocket.hidden = false;
    const isKept = await find("pocket");
    if (!isKept || !this.isConnected) return;
    const { keptFor, offerKept } = await import("./pocket-mode.js");
    const kept = await keptFor(this);
    if (!kept) return;
    this.clock.pause(performance.now());
    offerKept(this, kept);
  }

  async toPocket() {
    this.clock.pause(performance.now());
    const { startPocket } = await import("./pocket-mode.js");
    startPocket(this);
  }

  /** What is left of the set, for a track. */
  get track() {
    return { phases: this.clock.phases, target: this.clock.target, taken: [...this.clock.taken] };
  }

  /** Take repetitions that the track has led and the person has confirmed. */
  async take(reps) {
    for (const rep of reps) {
      if (this.clock.taken.has(rep.number)) continue;
      this.clock.take(rep);
      this.face.mark(rep.number, rep.outcome, true);
      await this.outbox.put(this.dataset.repUrl.replace(/[^/]+\/$/, `${rep.id}/`), fieldsOf(rep), rep.id);
    }
    if (this.clock.state === "over") this["on-over"]();
  }

  /** Nobody knows whether a hold goes on while the page is hidden. */
  seen() {
    if (document.hidden) return this.clock.pause(performance.now(), "hidden");
    if (this.clock.state !== "idle" && this.clock.state !== "over") this.wakeLock.keep();
    if (!this.isPractise) this.askCount();
  }

  // --- what the clock says ---------------------------------------------------------------------------------------------
  "on-phase"({ kind, cue, seconds, at, number }) {
    const phase = this.clock.part;
    this.run();
    this.label("pause");
    this.face.say(sound.isOn && !sound.isHeard ? this.words.wordTap : "");
    this.face.showCount(number);
    this.face.show(kind, cue || this.words.wordReady, seconds);
    if (kind !== "ready") this.face.flash(kind);
    if (phase.counts || kind === "lift" || kind === "lower") sound.say(phase.name ?? "");
    if (kind === "relax") sound.say(String(number));
    this.fire("coach:phase", { kind, seconds, startedAt: at, number });
  }

  "on-rep"({ rep }) {
    this.face.mark(rep.number, rep.outcome, !this.isPractise);
    this.outbox?.put(this.dataset.repUrl.replace(/[^/]+\/$/, `${rep.id}/`), fieldsOf(rep));
  }

  "on-taken-back"({ rep }) {
    this.face.mark(rep.number, "todo", false);
    const fields = { ...(rep.outcome ? fieldsOf(rep) : {}), taken_back_at_ms: Date.now() };
    this.outbox?.put(this.dataset.repUrl.replace(/[^/]+\/$/, `${rep.id}/take-back/`), fields);
  }

  "on-paused"({ because, isBroken }) {
    sound.silence();
    this.label("resume");
    this.face.showCount(this.clock.numberShown);
    this.face.show("paused", this.words.wordPaused);
    if (isBroken) this.face.say(this.words.wordAgain);
    if (because === "undo") this.face.say(this.words.wordUndone);
    this.fire("coach:phase", { kind: "paused", seconds: 0, startedAt: performance.now(), number: this.clock.numberShown });
  }

  "on-count"() {
    this.face.showCount(this.clock.numberShown);
  }

  "on-over"() {
    this.stand();
    sound.play("end");
    this.face.show("done", this.words.wordDone);
    this.fire("coach:phase", { kind: "done", seconds: 0, startedAt: performance.now(), number: this.clock.numberShown });
    this.fire("coach:done", {});
    if (this.isPractise) return this.endPractice();
    this.askStep();
  }

  endPractice() {
    this.step.querySelector("[data-practise-done]").hidden = false;
    this.step.querySelector("[data-coach-controls]").hidden = true;
  }

  // --- time ------------------------------------------------------------------------------------------------------------
  /** Look at the clock on every frame, and on every tick of a worker, which goes on where frames are held back. */
  run() {
    if (!this.ticker) {
      this.ticker = new Worker(new URL("./ticker-worker.js", import.meta.url), { type: "module" });
      this.ticker.onmessage = () => this.look();
    }
    this.wakeLock.keep();
    this.paint();
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.look();
      if (this.clock.isTiming) this.paint();
    });
  }

  look() {
    const now = performance.now();
    this.clock.look(now);
    if (!this.clock.isTiming) return;
    sound.follow(this.clock.ahead);
    this.face.draw(this.clock.left(now), this.clock.part.seconds * 1000);
  }

  stand() {
    this.clock.stop();
    this.ticker?.terminate();
    this.ticker = null;
    sound.silence();
  }

  // --- what the server says --------------------------------------------------------------------------------------------
  /** A receipt brings the counter of this set, or the next step of this session. */
  received({ entry, status, html }) {
    if (!this.isConnected || !this.isOurs(entry)) return;
    this.face.say("");
    if (html.includes('id="step"')) return this.swap(this.step, html);
    this.swap(this.querySelector("#rep-count"), html);
    const counter = this.querySelector("#rep-count");
    this.isOverElsewhere = counter.dataset.over === "1";
    if (status === 409 && this.isOverElsewhere && this.clock.state !== "over") return this["on-over"]();
    this.catchUp();
    // In the rest after the last hold the clock itself comes to the end.
    if (this.clock.state === "over" || (this.isOverElsewhere && this.clock.state === "idle")) this.askStep();
  }

  isOurs(entry) {
    return [this.dataset.repUrl.replace(/[^/]+\/$/, ""), this.dataset.stopUrl].some((url) => entry.url.startsWith(url));
  }

  swap(target, html) {
    htmx.swap(target, html, { swapStyle: "outerHTML" }, { eventInfo: { target } });
  }

  /** What the server has, and what still waits here, decide which number is next. */
  async catchUp() {
    const waiting = await this.waiting();
    if (!this.isConnected) return;
    // Read now, not before: a repetition may have ended meanwhile.
    const taken = new Set(this.readTaken());
    for (const { url, fields, state } of waiting) {
      const isBack = url.endsWith("/take-back/");
      const number = Number(fields.number) || this.numberOfRep(url.split("/").at(-3));
      if (isBack) taken.delete(number);
      else taken.add(number);
      if (state !== "parked") this.face.mark(number, isBack ? "todo" : fields.outcome, !isBack);
    }
    if (!this.isPractise) this.clock.catchUp(taken);
  }

  /** The number of a repetition that the server has, by its id; 0 for none. */
  numberOfRep(id) {
    return Array.from(this.querySelectorAll(".reps > li"), (mark) => mark.dataset.repId).indexOf(id) + 1;
  }

  async waiting() {
    const url = this.dataset.repUrl?.replace(/[^/]+\/$/, "");
    return ((await this.outbox?.entries()) ?? []).filter((entry) => entry.url.startsWith(url));
  }

  blocked(why) {
    const said = { offline: "wordWaiting", trouble: "wordWaiting", "log-in": "wordLogIn", "somebody-else": "wordSomebodyElse" };
    this.face.say(this.words[said[why]]);
    if (why !== "offline" && why !== "trouble" && this.clock.state === "over") location.assign(this.dataset.stepUrl);
  }

  /** Ask what comes next, once every repetition is answered for. */
  async askStep() {
    clearTimeout(this.stepTimer);
    if ((await this.waiting()).some((entry) => entry.state !== "parked")) return this.outbox.flush();
    const answer = await this.outbox.ask(this.dataset.stepUrl, { method: "GET" });
    if (!this.isConnected) return;
    if (answer?.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
    if (answer?.ok) return this.swap(this.step, await answer.text());
    if (answer && answer.status < 500) return location.reload();
    this.blocked("offline");
    this.stepTimer = setTimeout(() => this.askStep(), STEP_AGAIN_MS);
  }

  /** Who was away may have gone on with another device: see what the server has, unless we know more than it does. */
  async askCount() {
    if ((await this.outbox.entries()).length) return;
    const answer = await this.outbox.ask(this.dataset.stepUrl, { method: "GET" });
    const html = answer?.ok ? await answer.text() : "";
    const step = new DOMParser().parseFromString(html, "text/html").querySelector("#step");
    if (!step || !this.isConnected || this.clock.isTiming || this.clock.state === "over") return;
    if (step.dataset.about !== this.step.dataset.about || !step.querySelector("#rep-count")) return this.swap(this.step, html);
    this.swap(this.querySelector("#rep-count"), step.querySelector("#rep-count").outerHTML);
    this.catchUp();
  }

  // --- small things ----------------------------------------------------------------------------------------------------
  label(name) {
    const label = this.buttons.start.querySelector("[data-coach-label]");
    label.textContent = label.dataset[name];
    for (const icon of this.buttons.start.querySelectorAll("[data-coach-icon]")) {
      icon.hidden = (icon.dataset.coachIcon === "pause") !== (name === "pause");
    }
  }

  tellScreen(isKept) {
    const notice = this.step.querySelector("[data-coach-screen]");
    if (notice) notice.hidden = isKept;
  }

  fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }
}

/** Act on a press, unless the last one was only just now. */
function steady(act) {
  let last = -Infinity;
  return ({ timeStamp }) => {
    if (timeStamp - last > TREMBLE_MS) act();
    last = timeStamp;
  };
}

/** A repetition as the server takes it; `done_at_ms` is the phone's own clock, which the server may overrule. */
function fieldsOf(rep) {
  rep.doneAtMs ??= Date.now();
  return {
    v: VERSION,
    number: rep.number,
    held_ms: rep.heldMs,
    paused_ms: Math.min(rep.pausedMs, PAUSED_LONGEST_MS),
    outcome: rep.outcome,
    method: rep.method ?? "guided",
    done_at_ms: rep.doneAtMs,
  };
}

customElements.define("rep-coach", RepCoach);
