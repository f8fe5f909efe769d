// The one place of the pages that knows an htmx event. When a new step has come into #step, the focus goes to its
// heading: a screen reader reads it, and the keyboard starts at the top. Swaps inside a step leave the focus alone.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "step") return;
  document.querySelector('#step [data-focus], #step h1[tabindex="-1"]')?.focus();
});
