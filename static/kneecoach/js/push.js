// Reminders in this browser: asking it for them, and telling the server where they can be sent. Without this script, or in
// a browser that cannot, the page says so.

const READY_WITHIN_MS = 10_000;
const card = document.querySelector("[data-push]");
const form = card.querySelector("form[data-push-state]");
const canPush = "PushManager" in window && "Notification" in window && Boolean(navigator.serviceWorker);
const rows = [...card.querySelectorAll("[data-push-endpoint]")];

const show = (state) => {
  for (const part of card.querySelectorAll("[data-push-state]")) part.hidden = part.dataset.pushState !== state;
};
const manager = async () => (await Promise.race([navigator.serviceWorker.ready, tooLate()])).pushManager;
// A browser that refuses the service worker of the site never says that it is ready.
const tooLate = () => new Promise((_resolve, reject) => setTimeout(reject, READY_WITHIN_MS));
const encoded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
// One that was made for another key of the site gets nothing any more.
const isOurs = (subscription) => encoded(subscription.options.applicationServerKey) === card.dataset.push;

async function look() {
  const subscription = await (await manager()).getSubscription();
  const here = rows.find((row) => row.dataset.pushEndpoint === subscription?.endpoint && isOurs(subscription));
  if (here) here.querySelector("[data-push-here]").hidden = false;
  here?.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    subscription.unsubscribe().catch(() => {}).then(() => event.target.submit());
  });
  show(here ? "on" : Notification.permission === "denied" ? "blocked" : "off");
}

/** Ask the browser, which asks the person; returns nothing where they do not want it. */
async function subscribe() {
  // First of all, because browsers answer only a touch.
  if ((await Notification.requestPermission()) === "denied") show("blocked");
  if (Notification.permission !== "granted") return null;
  const push = await manager();
  const known = await push.getSubscription();
  if (known && !isOurs(known)) await known.unsubscribe();
  return push.subscribe({ userVisibleOnly: true, applicationServerKey: card.dataset.push });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const failed = form.querySelector("[data-push-failed]");
  const button = form.querySelector("button");
  failed.hidden = true;
  button.setAttribute("aria-busy", "true");
  try {
    const subscription = await subscribe();
    if (subscription) {
      form.elements.endpoint.value = subscription.endpoint;
      form.elements.public_key.value = encoded(subscription.getKey("p256dh"));
      form.elements.auth_secret.value = encoded(subscription.getKey("auth"));
      form.submit();
    }
  } catch {
    failed.hidden = false;
  }
  button.removeAttribute("aria-busy");
});

if (canPush) {
  // Nothing is said until it is known.
  show("");
  look().catch(() => show("cannot"));
}
