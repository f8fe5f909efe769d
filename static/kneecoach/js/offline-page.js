// The page without a network: offers to go on with the session that runs, or to start the one that was seen within the
// last day. It knows of both only from what the phone has kept (kept-plan.js).

import { find, forget, keep } from "./kept-plan.js";
import { OfflineSession } from "./offline-session.js";
import { mintId } from "./outbox.js";
import "./cue-settings.js";
import "./rep-coach.js";

// Who asks for this page itself gets it, network or not.
const OWN_ADDRESS = "/offline/";
const LOOK_AGAIN_MS = 15_000;

const offer = document.getElementById("offline-session");
let isLeading = false;

async function look() {
  const session = (await running()) ?? (await sessionFrom("plan"));
  if (!session) return;
  offer.querySelector("button").textContent = session.kept.key === "session" ? offer.dataset.goOn : offer.dataset.start;
  offer.querySelector("[data-offline-name]").textContent = session.plan.dataset.name;
  offer.querySelector("button").addEventListener("click", () => begin(session), { once: true });
  offer.hidden = false;
}

async function running() {
  const session = await sessionFrom("session");
  if (!session) return null;
  if (!(await session.isOver())) return session;
  await forget("session");
  return null;
}

async function sessionFrom(key) {
  const kept = await find(key);
  if (!kept) return null;
  document.body.dataset.patient = kept.owner;
  return new OfflineSession(kept, true);
}

/** Put the session on the screen, as its own page would. */
async function begin(session) {
  isLeading = true;
  const led = session.kept.key === "session" ? session : await started(session);
  document.body.className = "in-session";
  document.getElementById("offline-note").hidden = false;
  document.querySelector("footer")?.remove();
  const step = Object.assign(document.createElement("section"), { id: "step", className: "step" });
  document.getElementById("main").className = "";
  document.getElementById("main").replaceChildren(step);
  led.watch();
  await led.lead();
}

/** A session of its own, made of the plan: every id is new, so that one plan serves more than once. */
async function started({ kept, plan }) {
  const opening = JSON.parse(plan.dataset.opening);
  let { html } = kept;
  let told = JSON.stringify({ ...opening, started_at_ms: Date.now(), zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  for (const id of [opening.session_id, ...opening.sets.map((row) => row.id)]) {
    const own = mintId();
    html = html.replaceAll(id, own);
    told = told.replaceAll(id, own);
  }
  const session = { ...kept, key: "session", html, seenAt: Date.now(), answers: [], opening: JSON.parse(told) };
  await keep(session);
  return new OfflineSession(session, true);
}

/** Is there a network again? Then the page that was asked for is what should be here, unless a session is led. */
async function lookAgain() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok && !isLeading && location.pathname !== OWN_ADDRESS) location.reload();
}

look();
if (navigator.onLine) lookAgain();
addEventListener("online", lookAgain);
setInterval(lookAgain, LOOK_AGAIN_MS);
