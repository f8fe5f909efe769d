// The one place of the pages that knows an htmx event. When a new step has come into #step, or a new question into
// #asking, the focus goes to its heading: a screen reader reads it, and the keyboard starts at the top. Swaps inside a
// step leave the focus alone.
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target?.id === "step") document.querySelector('#step [data-focus], #step h1[tabindex="-1"]')?.focus();
  if (target?.id === "asking") document.getElementById("asking-title")?.focus();
});

// Where this device is: the day and the slot of a session follow its clock.
for (const field of document.querySelectorAll("input[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

// A request that failed says so: without this, a button would only seem dead. The next answer that arrives clears it.
const trouble = document.getElementById("trouble");
function tell(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}
document.addEventListener("htmx:sendError", () => tell(trouble.dataset.offline));
document.addEventListener("htmx:timeout", () => tell(trouble.dataset.offline));
document.addEventListener("htmx:responseError", () => tell(trouble.dataset.server));
document.addEventListener("htmx:afterSwap", () => tell(""));

// A thumb that trembles taps twice and means it once. Where the first tap has brought something else under the finger,
// the next question or another button, the second must not answer that. A mouse does not tremble, and keys and scripts
// press at no place.
const TREMBLE_MS = 300;
const TREMBLE_PIXELS = 24;
let last = { timeStamp: -Infinity };
function tremble(event) {
  // A press on a label is followed by one on what it names.
  const pressed = (event.target.labels?.[0] ?? event.target).closest?.("a, button, label, summary, rep-coach");
  const isElsewhere = Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) > TREMBLE_PIXELS;
  const isThumb = event.detail > 0 && event.pointerType !== "mouse";
  const isTremble = isThumb && event.timeStamp - last.timeStamp < TREMBLE_MS && !isElsewhere && pressed !== last.pressed;
  const { timeStamp, clientX, clientY } = event;
  last = { timeStamp, clientX, clientY, pressed };
  if (!isTremble) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
document.addEventListener("click", tremble, { capture: true });
