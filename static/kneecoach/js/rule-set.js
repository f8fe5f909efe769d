// At the desk: choosing a preset fills in its limits and criteria. Without this, a button does the same on the server.
const form = document.querySelector("[data-rule-set]");
const preset = form?.querySelector("[name=preset]");
if (preset) {
  form.querySelector("[data-rule-set-fill]").hidden = true;
  preset.addEventListener("change", () => {
    for (const [name, value] of Object.entries(preset.selectedOptions[0].dataset)) {
      const field = form.elements[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
      if (field) field.value = value;
    }
  });
}
