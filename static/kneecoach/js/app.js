// Lets the site be kept on the phone: see templates/sw.js. Where a browser cannot, everything else works as before.

const notice = document.getElementById("new-version");

async function register() {
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  const offer = () => {
    // The first one ever replaces nothing.
    if (notice && registration.waiting && navigator.serviceWorker.controller) notice.hidden = false;
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
  notice?.querySelector("button").addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage("take-over");
  });
}

if (navigator.serviceWorker) register().catch(() => {});
