// On the page of a session: takes along what is still to come of it, and steps in where the server cannot be reached.
// <div data-rest-url="...">

import { find, keepFrom } from "./kept-plan.js";
import { OfflineSession } from "./offline-session.js";

const { restUrl } = document.querySelector("[data-rest-url]").dataset;

async function takeAlong() {
  const kept = (await keepFrom(restUrl, "session")) ?? (await find("session"));
  if (!kept) return;
  const session = new OfflineSession(kept);
  if (session.url !== location.pathname) return;
  session.watch();
  // What was answered before this page was loaded, and has not been sent yet, is not asked again.
  if ((await session.waiting()).some(({ state }) => state !== "parked")) session.lead();
}

// After everything that the page itself needs.
addEventListener("load", takeAlong, { once: true });
