// The session that this phone takes along for when there is no network: what is still to come of the one that runs
// ("session"), and the one that could be started next ("plan"). It belongs to one person, and goes when they log out.

import { within } from "./store.js";

const FRESH_MS = 24 * 60 * 60 * 1000;
// Whoever logs out leaves nothing: not even what was asked for before and is answered only now.
let isEmptied = false;

/**
 * @typedef {object} Kept
 * @property {"session"|"plan"} key
 * @property {string} owner
 * @property {string} html as /sessions/plan/ answers it
 * @property {number} seenAt milliseconds since 1970
 * @property {{url: string, fields: Record<string, string|number>}[]} answers given since it was seen
 * @property {object|null} opening what the server needs to make a session that this phone has started
 */

/** Ask the server for it, quietly: without it the page works as long as there is a network. */
export async function keepFrom(url, key) {
  try {
    const answer = await fetch(url);
    if (answer.status === 204) return await forget(key);
    if (!answer.ok || answer.redirected) return undefined;
    const kept = { key, owner: document.body.dataset.patient, html: await answer.text(), seenAt: Date.now(), answers: [], opening: null };
    await keep(kept);
    return kept;
  } catch {
    return undefined;
  }
}

/** @param {Kept} kept */
export async function keep(kept) {
  if (isEmptied) return undefined;
  return within("kept", "readwrite", (store) => store.put(kept)).catch(() => {});
}

/** @returns {Promise<Kept|undefined>} what was seen within the last day */
export async function find(key) {
  const kept = await within("kept", "readonly", (store) => store.get(key)).catch(() => undefined);
  return kept && Date.now() - kept.seenAt < FRESH_MS ? kept : undefined;
}

export function forget(key) {
  return within("kept", "readwrite", (store) => store.delete(key)).catch(() => {});
}

/** Forget everything, and keep nothing more on this page. */
export function forgetAll() {
  isEmptied = true;
  return within("kept", "readwrite", (store) => store.clear()).catch(() => {});
}

/** A phone changes hands: what somebody else took along is not for whoever is logged in now. */
export async function forgetOthers(owner) {
  const kept = await within("kept", "readonly", (store) => store.getAll()).catch(() => []);
  for (const row of kept) if (row.owner !== owner) await forget(row.key);
}
