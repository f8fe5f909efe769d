// The site as an application on a phone. Where a browser cannot do any of this, everything else works as before.

const notice = document.getElementById("new-version");

/** Keep the site on the phone: see templates/sw.js. */
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

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-logout]")) return;
  event.preventDefault();
  import("./logout.js").then(({ logOut }) => logOut(event.target)).catch(() => event.target.submit());
});
