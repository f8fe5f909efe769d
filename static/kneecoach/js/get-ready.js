// <get-ready>: begins a set by itself after a while, for hands that hold the knee and not the phone. Any touch stops it.

import { preferences } from "./preferences.js";

let isHandsFree = false;

/** Whether the set that follows was begun by the clock: the seconds to put the phone down are then over already. */
export function wasHandsFree() {
  const was = isHandsFree;
  isHandsFree = false;
  return was;
}

class GetReady extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.line = this.querySelector("[data-countdown]");
    if (!this.hasAttribute("data-auto")) return;
    this.seconds = Number(this.dataset.rest) || preferences().readySeconds;
    this.startedAt = performance.now();
    this.line.hidden = false;
    this.leave = new AbortController();
    const on = { signal: this.leave.signal };
    const step = this.closest("#step");
    for (const name of ["pointerdown", "keydown"]) step.addEventListener(name, (event) => this.contains(event.target) || this.wait(), on);
    this.querySelector("[data-wait]").addEventListener("click", () => this.wait(), on);
    this.form.addEventListener("submit", () => this.wait(), on);
    document.addEventListener("visibilitychange", () => document.hidden && this.wait(), on);
    this.timer = setInterval(() => this.look(), 100);
    this.look();
  }

  disconnectedCallback() {
    this.wait();
  }

  look() {
    const left = Math.ceil(this.seconds - (performance.now() - this.startedAt) / 1000);
    this.line.querySelector("b").textContent = String(Math.max(0, left));
    if (left > 0) return;
    isHandsFree = true;
    this.form.requestSubmit();
  }

  wait() {
    clearInterval(this.timer);
    this.leave?.abort();
    // Its room stays: nothing may jump under the finger that has just come down.
    this.line.classList.add("is-over");
  }
}

customElements.define("get-ready", GetReady);
