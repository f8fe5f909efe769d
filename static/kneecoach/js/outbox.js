// What a person did waits here until the server has acknowledged it. Written before the request, so it survives a
// reload, a closed page and a flat battery; sent oldest first; removed only by its own receipt. One that the server
// refuses is parked and shown, and holds up nothing. It belongs to one person: nobody else sees or sends it.

import { within } from "./store.js";

const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 60_000;
const ANSWER_WITHIN_MS = 15_000;
const LOCK = "kneecoach-outbox";
// Answers that a later try may change. What else is refused stays refused.
const TRY_LATER = [408, 425, 429];

/**
 * @typedef {object} Entry one thing to be sent
 * @property {string} id unique for ever; its receipt names it
 * @property {string} owner who did it
 * @property {string} url
 * @property {Record<string, string|number>} fields
 * @property {number} createdAt milliseconds since 1970
 * @property {"queued"|"sending"|"parked"} state
 * @property {string} [why] what the server said when it refused
 */

/**
 * Events: "change" (something was put in, sent or parked), "receipt" (detail: {entry, status, html}),
 * "blocked" (detail: "offline", "trouble", "log-in" or "somebody-else").
 */
export class Outbox extends EventTarget {
  /** @param {string} owner the patient whose page this is */
  constructor(owner) {
    super();
    this.owner = owner;
    this.wait = RETRY_FIRST_MS;
    this.memory = null;
    // What goes with everything that is written down on this page.
    this.alongside = {};
    // The other tabs of this phone hear what one of them has sent.
    this.tabs = new BroadcastChannel(LOCK);
    this.tabs.onmessage = ({ data }) => data.owner === owner && this.dispatchEvent(new CustomEvent(data.type, { detail: data.detail }));
    addEventListener("online", () => this.flush());
    addEventListener("pageshow", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
    // What is nowhere but in this page: whoever leaves it is asked first. Only what is on disk has a `seq`.
    addEventListener("beforeunload", (event) => this.memory?.some(({ seq }) => !seq) && event.preventDefault());
    setInterval(() => this.flush(), RETRY_LONGEST_MS / 2);
  }

  /** Whether the phone cannot store: what waits is then lost with the page, and the screen has to say so. */
  get isForgetful() {
    return this.memory !== null;
  }

  /**
   * Write something down, then send it when it can be sent.
   * @returns {Promise<Entry>} once it is on disk
   */
  async put(url, fields, id = mintId()) {
    const entry = { id, owner: this.owner, url, fields: { ...fields, ...this.alongside }, createdAt: Date.now(), state: "queued" };
    await this.write((store) => store.add(entry), () => this.memory.push(entry));
    this.tell("change");
    this.flush();
    return entry;
  }

  /** Everything of this person that has no receipt yet, oldest first. */
  async entries() {
    const all = this.memory ?? (await within("outbox", "readonly", (store) => store.getAll()).catch(() => []));
    return all.filter((entry) => entry.owner === this.owner);
  }

  /** Give those that were refused another try. */
  async retryParked() {
    for (const entry of await this.entries()) if (entry.state === "parked") await this.mark(entry, "queued");
    this.flush();
  }

  /** Send what waits, by one tab at a time. A second call while one runs adds one more pass, not more. */
  flush() {
    clearTimeout(this.timer);
    this.isAskedAgain = true;
    this.running ??= this.inTurn(async () => {
      while (this.isAskedAgain) {
        this.isAskedAgain = false;
        await this.pass();
      }
    }).finally(() => (this.running = null));
    return this.running;
  }

  inTurn(act) {
    return navigator.locks ? navigator.locks.request(LOCK, act) : act();
  }

  async pass() {
    const waiting = (await this.entries()).filter((entry) => entry.state !== "parked");
    let left = 0;
    for (const entry of waiting) {
      const outcome = await this.send(entry);
      if (outcome === "later") left += 1;
      if (outcome === "stop") return this.retryLater();
    }
    if (left) return this.retryLater();
    this.wait = RETRY_FIRST_MS;
  }

  retryLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, RETRY_LONGEST_MS);
  }

  /** Send one entry. Returns "done", "later" (the next may fare better) or "stop" (none will). */
  async send(entry, mayRenew = true) {
    await this.mark(entry, "sending");
    const answer = await this.ask(entry.url, {
      method: "POST",
      body: new URLSearchParams(entry.fields),
      headers: { "X-Outbox-Id": entry.id, "X-Outbox-Owner": entry.owner },
    });
    if (!answer) return this.block("offline");
    const { status } = answer;
    if (answer.headers.has("HX-Redirect")) return this.block("log-in");
    if (status === 401 || status === 403) return mayRenew && (await this.renewToken()) ? this.send(entry, false) : "stop";
    if (status >= 500 || TRY_LATER.includes(status)) return this.block("trouble", "later");
    if (status < 300 || status === 409) {
      // Whatever stands between us and the server may answer 200 as well, a hotel's log-in page for one.
      if (answer.headers.get("X-Outbox-Receipt") !== entry.id) return this.block("trouble", "later");
      await this.remove(entry);
      this.tell("receipt", { entry, status, html: await answer.text() });
    } else {
      await this.mark(entry, "parked", await reason(answer));
    }
    this.tell("change");
    return "done";
  }

  block(why, outcome = "stop") {
    this.dispatchEvent(new CustomEvent("blocked", { detail: why }));
    return outcome;
  }

  /** Log-in renews the token that proves a form to be ours; ask for it, and whether it is still the same person. */
  async renewToken() {
    const answer = await this.ask("/outbox/", { method: "GET" });
    if (!answer) return this.block("offline", false);
    if (answer.headers.has("HX-Redirect") || !answer.ok) return this.block("log-in", false);
    const { owner, token } = await answer.json();
    if (owner !== this.owner) return this.block("somebody-else", false);
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
    return true;
  }

  async ask(url, request) {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, ...JSON.parse(document.body.getAttribute("hx-headers")), ...request.headers };
    try {
      // keepalive: who leaves the page right after a hold does not lose time either.
      const answer = await fetch(url, { ...request, headers, keepalive: true, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      // Whole or not at all: an answer that breaks off in the middle is none.
      await answer.clone().arrayBuffer();
      return answer;
    } catch {
      return null;
    }
  }

  async mark(entry, state, why = "") {
    Object.assign(entry, { state, why });
    await this.write((store) => store.put(entry), () => (this.memory = this.memory.map((one) => (one.id === entry.id ? entry : one))));
  }

  remove(entry) {
    return this.write((store) => store.delete(entry.seq), () => (this.memory = this.memory.filter(({ id }) => id !== entry.id)));
  }

  /** Write to the phone; where it cannot (full, private mode), keep things in the page and send them all the same. */
  async write(onDisk, inMemory) {
    if (!this.memory) {
      try {
        return await within("outbox", "readwrite", onDisk);
      } catch {
        this.memory = await within("outbox", "readonly", (store) => store.getAll()).catch(() => []);
        this.tell("change");
      }
    }
    return inMemory();
  }

  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
    this.tabs.postMessage({ owner: this.owner, type, detail });
  }
}

/** What a refused answer says, as plain text. */
async function reason(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = page.querySelector("[role=alert], .errorlist")?.textContent ?? "";
  return said.replace(/\s+/g, " ").trim().slice(0, 300) || String(answer.status);
}

/** An id that no other has, also where the page is not on https. */
export function mintId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

let ours = null;

/** The outbox of the person whose page this is: `<body data-patient>`. Null on a page of nobody. */
export function outbox() {
  const owner = document.body.dataset.patient;
  if (owner) ours ??= new Outbox(owner);
  return ours;
}
