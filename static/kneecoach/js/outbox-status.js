// <outbox-status>: says what this phone has not been able to hand in, on every page of a patient. It also sends it: the
// outbox starts with the page.

import { forgetOthers } from "./kept-plan.js";
import { outbox } from "./outbox.js";

class OutboxStatus extends HTMLElement {
  connectedCallback() {
    this.outbox = outbox();
    forgetOthers(this.outbox.owner);
    this.outbox.addEventListener("change", () => this.show());
    this.outbox.addEventListener("blocked", ({ detail }) => this.show(detail));
    this.querySelector("[data-outbox-parked] button").addEventListener("click", () => this.outbox.retryParked());
    this.show();
    this.outbox.flush();
  }

  async show(why = "") {
    const entries = await this.outbox.entries();
    const parked = entries.filter((entry) => entry.state === "parked");
    const waiting = entries.length - parked.length;
    // What is on its way for the first time needs no words; only what could not be sent does.
    // While a set is led, its own note says so, where the eyes are.
    const isStuck = waiting > 0 && (why !== "" || this.isStuck) && !document.querySelector("rep-coach");
    this.isStuck = isStuck;
    this.part("waiting", isStuck, waiting);
    this.part("log-in", isStuck && (why === "log-in" || why === "somebody-else"));
    this.part("forgetful", this.outbox.isForgetful);
    this.part("parked", parked.length > 0, parked.length);
    this.querySelector("[data-outbox-parked] ul").replaceChildren(...parked.map(line));
    this.hidden = !isStuck && !parked.length && !this.outbox.isForgetful;
  }

  part(name, isShown, count = 0) {
    const part = this.querySelector(`[data-outbox-${name}]`);
    part.hidden = !isShown;
    const number = part.querySelector("b");
    if (number) number.textContent = String(count);
  }
}

/** One thing that was refused: when it was done, and what the server said. */
function line(entry) {
  const item = document.createElement("li");
  const when = new Date(entry.createdAt).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  item.textContent = `${when}: ${entry.why}`;
  return item;
}

customElements.define("outbox-status", OutboxStatus);
