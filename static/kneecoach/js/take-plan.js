// On Today: takes along the session that could be started next, for when there is no network then.
// <div data-plan-url="...">

import { keepFrom } from "./kept-plan.js";

const { planUrl } = document.querySelector("[data-plan-url]").dataset;
// After everything that the page itself needs.
addEventListener("load", () => keepFrom(planUrl, "plan"), { once: true });
