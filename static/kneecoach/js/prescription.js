// At the desk: choosing a stage fills in the dose that it proposes. The server does the same for what is left empty. The
// form may come into the page later, so the page listens.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-prescribe]");
  if (event.target.name !== "stage" || !form) return;
  for (const [name, value] of Object.entries(event.target.selectedOptions[0].dataset)) {
    const field = form.elements[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    if (field) field.value = value;
  }
});
