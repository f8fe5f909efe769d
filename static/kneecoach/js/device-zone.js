// Proposes the zone of this device, where the page offers it. The person sees it and may choose another.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const select = document.querySelector("[data-device-zone] select");
if (select && [...select.options].some((option) => option.value === zone)) select.value = zone;
