// The one place of the pages that knows an htmx event. When a new step has come into #step, or a new question into
// #asking, the focus goes to its heading: a screen reader reads it, and the keyboard starts at the top. Swaps inside a
// step leave the focus alone.
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target?.id === "step") document.querySelector('#step [data-focus], #step h1[tabindex="-1"]')?.focus();
  if (target?.id === "asking") document.querySelector("#asking h2")?.focus();
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
