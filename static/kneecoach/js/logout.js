// Logging out empties the phone: nothing of one person is left for the next. What has not been sent yet is sent first; if
// that cannot be, the person decides, and it waits here for their next log-in.

import { forgetAll } from "./kept-plan.js";
import { outbox } from "./outbox.js";
import { within } from "./store.js";

const SEND_WITHIN_MS = 4000;
const END_PUSH_WITHIN_MS = 2000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {HTMLFormElement} form */
export async function logOut(form) {
  const dialog = document.getElementById("logout-waiting");
  const waiting = await send();
  if (!waiting || !dialog) return leave(form);
  dialog.querySelector("b").textContent = String(waiting);
  const on = (name, act) => (dialog.querySelector(`[data-logout-${name}]`).onclick = act);
  on("send", async () => {
    dialog.querySelector("[data-logout-still]").hidden = true;
    if (!(await send())) return leave(form);
    dialog.querySelector("[data-logout-still]").hidden = false;
  });
  on("anyway", () => leave(form));
  on("stay", () => dialog.close());
  dialog.showModal();
}

/** Try to send what waits; returns how much of this person's is left. */
async function send() {
  const own = outbox();
  await Promise.race([own?.flush(), wait(SEND_WITHIN_MS)]);
  return own ? (await own.entries()).length : 0;
}

/** Take back that reminders are shown here: the next person on this phone gets none of somebody else. */
async function endPush() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  } catch {
    // The server takes it back as well.
  }
}

async function leave(form) {
  await Promise.all([forgetAll(), Promise.race([endPush(), wait(END_PUSH_WITHIN_MS)])]);
  // Only the server can have the browser empty everything; it must not where something of anybody still waits.
  const all = await within("outbox", "readonly", (store) => store.count()).catch(() => 1);
  if (all === 0) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "clear", value: "1" }));
  form.submit();
}
