// Leads a session on while the server cannot be reached. Every answer then goes into the outbox, and the next screen comes
// from what the phone has taken along (kept-plan.js). As soon as everything is sent, the server leads again.

import { forget, keep } from "./kept-plan.js";
import { outbox } from "./outbox.js";
import { nextNumber, nextStep, withAnswer } from "./session-steps.js";

// An answer that takes longer than this did not arrive, as far as the person is concerned.
const ANSWER_WITHIN_MS = 10_000;
// What a proxy answers when it does not reach our server.
const NOBODY_THERE = [502, 503, 504];

export class OfflineSession {
  /** @param {import("./kept-plan.js").Kept} kept @param {boolean} isOnShell whether this is no page of the session */
  constructor(kept, isOnShell = false) {
    this.kept = kept;
    this.isOnShell = isOnShell;
    this.plan = new DOMParser().parseFromString(kept.html, "text/html").querySelector("[data-plan]");
    this.url = `/sessions/${this.plan.dataset.plan}/`;
    this.setIds = JSON.parse(this.plan.dataset.facts).sets.map((row) => row.id);
    this.outbox = outbox();
    this.isLeading = false;
  }

  /** From now on, step in where the server cannot be reached. */
  watch() {
    if (this.kept.opening) this.outbox.alongside = { opening: JSON.stringify(this.kept.opening) };
    const on = (type, act) => document.addEventListener(type, (event) => act.call(this, event), { capture: true });
    on("htmx:configRequest", ({ detail }) => (detail.timeout = ANSWER_WITHIN_MS));
    on("htmx:sendError", this.failed);
    on("htmx:timeout", this.failed);
    on("htmx:responseError", (event) => NOBODY_THERE.includes(event.detail.xhr.status) && this.failed(event));
    on("htmx:afterRequest", this.arrived);
    on("submit", this.submitted);
    on("click", this.clicked);
    on("coach:done", () => this.isLeading && this.goOn());
    this.outbox.addEventListener("blocked", ({ detail }) => this.blocked(detail));
    this.outbox.addEventListener("receipt", ({ detail }) => this.received(detail));
  }

  /** Show the next screen from here, whatever the page shows. */
  lead() {
    this.isLeading = true;
    return this.goOn();
  }

  get step() {
    return document.getElementById("step");
  }

  async isOver() {
    return ["done", "red_flag"].includes(nextStep(await this.facts()).kind);
  }

  /** Everything that is known of the session: as it was seen, what was answered since, and what still waits. */
  async facts() {
    const seen = JSON.parse(this.plan.dataset.facts);
    const answers = [...this.kept.answers, ...(await this.waiting())];
    return answers.reduce((facts, { url, fields }) => withAnswer(facts, url, { number: this.numberOf(url, answers), ...fields }), seen);
  }

  /** The number of a repetition that is only named by its id, as one that is taken back may be. */
  numberOf(url, answers) {
    if (!url.endsWith("/take-back/")) return 0;
    const told = answers.find((answer) => answer.fields.number && url === `${answer.url}take-back/`);
    if (told) return told.fields.number;
    const id = url.split("/").at(-3);
    const mark = Array.from(this.plan.querySelectorAll("template"), (screen) => screen.content.querySelector(`[data-rep-id="${id}"]`)).find(Boolean);
    return mark ? Array.from(mark.parentElement.children).indexOf(mark) + 1 : 0;
  }

  async waiting() {
    return (await this.outbox.entries()).filter(({ url }) => this.isOurs(url));
  }

  isOurs(url) {
    return url.startsWith(this.url) || this.setIds.some((id) => url.startsWith(`/sets/${id}/`));
  }

  // --- the server cannot be reached ------------------------------------------------------------------------------------
  /** A form did not arrive. It goes into the outbox, under which it may well have arrived: twice is the same as once. */
  failed(event) {
    const { verb, path, formData } = event.detail.requestConfig;
    if (verb !== "post" || !this.isOurs(path)) return;
    event.stopImmediatePropagation();
    this.answer(path, formData);
  }

  /** As long as the phone leads, no form goes around the outbox: it would overtake what waits there. */
  submitted(event) {
    const url = event.target.getAttribute("action") ?? "";
    if (!this.isLeading || !this.isOurs(url)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.answer(url, new FormData(event.target, event.submitter));
  }

  /** The ways to the question why a session stops, and back, are links to the server. */
  clicked(event) {
    const path = event.target.closest?.("#step a[href]")?.getAttribute("href");
    if (!(this.isLeading || !navigator.onLine) || ![this.url, `${this.url}stop/`].includes(path)) return;
    event.preventDefault();
    this.isLeading = true;
    if (path === this.url) this.goOn();
    else this.show({ kind: "stop", about: "" });
  }

  async answer(url, formData) {
    // A double tap, or a form that sends itself, while the answer is being written down.
    if (this.isAnswering) return;
    this.isAnswering = true;
    const { csrfmiddlewaretoken: _, ...fields } = Object.fromEntries(formData);
    await this.outbox.put(url, { ...fields, done_at_ms: Date.now() });
    this.isAnswering = false;
    await this.lead();
  }

  /** The clock has put its repetitions into the outbox, and waits for a server that is not there. */
  async blocked(why) {
    if (why !== "offline" && why !== "trouble") return;
    const coach = this.step?.querySelector("rep-coach");
    if (!coach || coach.clock?.state !== "over" || !(await this.waiting()).length) return;
    this.lead();
  }

  /** Show the next screen from what the phone has taken along. */
  async goOn() {
    const facts = await this.facts();
    const { kind, about } = nextStep(facts);
    this.show({ kind, about: kind === "done" && (await this.hurts()) ? "pain" : about }, facts);
  }

  /** Whether it ended because it hurts: the last screen then says whom to call. */
  async hurts() {
    const answers = [...this.kept.answers, ...(await this.waiting())];
    return answers.some(({ url, fields }) => url === `${this.url}stop/` && fields.reason === "pain");
  }

  show({ kind, about }, facts = null) {
    if (this.step.dataset.step === kind && this.step.dataset.about === about) return;
    const template = this.plan.querySelector(`template[data-step="${kind}"][data-about="${about}"]`);
    if (!template) return;
    const section = document.createElement("section");
    Object.assign(section, { id: "step", className: "step" });
    Object.assign(section.dataset, { step: kind, about });
    section.append(document.importNode(template.content, true));
    if (kind === "reps") markTaken(section, facts.sets.find((row) => row.id === about));
    this.step.replaceWith(section);
    section.querySelector('[data-focus], h1[tabindex="-1"]')?.focus();
  }

  // --- it can be reached again -----------------------------------------------------------------------------------------
  /** An answer arrived by itself: note it, for a page that is opened again without a network. */
  arrived({ detail: { requestConfig, xhr } }) {
    if (xhr.status >= 200 && xhr.status < 300 && requestConfig.verb === "post") this.note(requestConfig.path, Object.fromEntries(requestConfig.formData));
  }

  async received({ entry, status }) {
    if (status < 300) this.note(entry.url, entry.fields);
    if (!this.isLeading || (await this.waiting()).some(({ state }) => state !== "parked")) return;
    // A running set asks for the next step itself when it is over.
    const isLed = this.step.dataset.step === "reps" && this.step.querySelector("rep-coach")?.clock?.state !== "over";
    if (!isLed) this.handBack();
    else if (!this.isOnShell) this.isLeading = false;
  }

  note(url, { csrfmiddlewaretoken: _, ...fields }) {
    if (!this.isOurs(url)) return;
    this.kept.answers.push({ url, fields });
    keep(this.kept);
  }

  /** Everything is sent: the server leads again. */
  async handBack() {
    if (await this.isOver()) await forget("session");
    if (this.isOnShell) return location.assign(this.url);
    const answer = await this.outbox.ask(this.url, { method: "GET" });
    if (!answer) return undefined;
    if (!answer.ok || answer.headers.has("HX-Redirect")) return location.reload();
    const html = await answer.text();
    // Meanwhile one more answer was given: its receipt leads here again.
    if ((await this.waiting()).some(({ state }) => state !== "parked")) return undefined;
    this.isLeading = false;
    return htmx.swap(this.step, html, { swapStyle: "outerHTML" }, { eventInfo: { target: this.step } });
  }
}

/** The marks of a set as it stands now: the page that the phone took along may be older, or fewer may have been chosen. */
function markTaken(section, set) {
  section.querySelector("rep-coach").dataset.target = set.target;
  for (const mark of Array.from(section.querySelectorAll(".reps > li")).slice(set.target)) mark.remove();
  const marks = section.querySelectorAll(".reps > li");
  for (const [index, mark] of marks.entries()) {
    const isOpen = mark.dataset.rep === "todo" || mark.dataset.rep === "now";
    if (set.numbers.includes(index + 1)) {
      if (isOpen) mark.dataset.rep = "ok";
    } else {
      mark.dataset.rep = index + 1 === nextNumber(set) ? "now" : "todo";
      mark.removeAttribute("data-rep-id");
    }
  }
}
