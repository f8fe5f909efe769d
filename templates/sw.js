// The service worker: keeps the static files and one page for when there is no network, and shows reminders, nothing else.
// No page with a word about a person and no answer to a form is ever kept. kneecoach/phone.py fills in the next line.
const { version, offline, files, prefix, today, icon, reminder } = JSON.parse("{{ config|escapejs }}");

const CACHE = `kneecoach-${version}`;
// A name with a hash in it never means other bytes. In development names have none: there the network is asked first.
const HASHED = /\.[0-9a-f]{12}\.\w+$/;
// What a proxy answers when it does not reach us.
const NOBODY_THERE = [502, 504];

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
// A new version waits until the page says so, or no page is open: never in the middle of a set.
self.addEventListener("message", ({ data }) => data === "take-over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(prefix)) event.respondWith(staticFile(request, pathname));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

self.addEventListener("push", (event) => event.waitUntil(remind(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openToday());
});

async function fill() {
  const cache = await caches.open(CACHE);
  // Without cookies: the page is then nobody's, whatever happens at the server.
  const shell = new Request(offline, { credentials: "omit", cache: "reload" });
  await cache.addAll([...files, shell]);
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("kneecoach-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function staticFile(request, pathname) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(pathname);
  if (kept && HASHED.test(pathname)) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function page(request) {
  try {
    const answer = await fetch(request);
    if (!NOBODY_THERE.includes(answer.status)) return answer;
  } catch {
    // No network, or no server: the page below says so.
  }
  return (await caches.match(offline)) ?? Response.error();
}

// A browser takes messages back from a site that shows nothing for one, so something is shown for whatever comes. Its tag
// lets it take the place of the one before, and call once more.
async function remind(data) {
  let title = reminder;
  try {
    title = data.json().title || reminder;
  } catch {
    // Nothing in it, or not ours.
  }
  await self.registration.showNotification(title, { tag: "reminder", renotify: true, icon });
}

async function openToday() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((client) => new URL(client.url).pathname === today);
  await (open ? open.focus() : self.clients.openWindow(today));
}
