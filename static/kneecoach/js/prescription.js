// In the admin: choosing a stage fills in the dose that it proposes. The server does the same for what is left empty.
document.addEventListener("DOMContentLoaded", () => {
  const stage = document.getElementById("id_stage");
  stage?.addEventListener("change", () => {
    const dose = stage.selectedOptions[0].dataset;
    for (const [name, value] of Object.entries(dose)) {
      const field = document.getElementById(`id_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
      if (field) field.value = value;
    }
  });
});
