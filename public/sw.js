// Shows the shell when the network is away, and what is pushed when no tab is open. It keeps nothing of what people wrote:
// pages always come from the server.
const CACHE = "hubbub-offline-1";
const SHELL = ["/offline.html", "/offline.css", "/fonts/figtree-latin.woff2", "/logo.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("hubbub-offline-") && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline.html")));
  } else if (SHELL.includes(new URL(request.url).pathname) && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreSearch: true })));
  }
});

// Browsers insist that every push shows something, also one that cannot be read.
self.addEventListener("push", (event) => {
  let note = { title: "Hubbub", body: "There is something new.", tag: "unknown", href: "/notifications" };
  try {
    note = { ...note, ...event.data.json() };
  } catch {
    // As it is.
  }
  const { title, body, tag, href } = note;
  const timestamp = Date.parse(note.timestamp) || Date.now();
  const shown = { body, tag, timestamp, icon: "/icons/icon-192.png", data: { href } };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  const { tag, data } = event.notification;
  event.notification.close();
  const work = [show(data?.href ?? "/notifications")];
  if (/^\d+$/.test(tag)) work.push(fetch(`/api/notifications/${tag}/read`, { method: "PUT" }).catch(() => {}));
  event.waitUntil(Promise.all(work));
});

// In the tab that shows it, else in one that is open, else in a new one.
async function show(href) {
  const place = new URL(href, self.location.origin);
  if (place.origin !== self.location.origin) return;
  const tabs = await self.clients.matchAll({ type: "window" });
  const there = tabs.find((tab) => tab.url === place.href);
  const tab = there ?? tabs.find((open) => open.focused) ?? tabs[0];
  if (!tab) return void (await self.clients.openWindow(place.href));
  // A browser that does not bring it to the front still goes to the place.
  await tab.focus().catch(() => {});
  if (!there) await tab.navigate(place.href).catch(() => self.clients.openWindow(place.href));
}

// The browser's push service gave the device another address.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(subscribeAgain(event));
});

async function subscribeAgain({ newSubscription, oldSubscription }) {
  const subscribe = async () => {
    const key = async () => (await (await fetch("/api/push/key")).json()).public_key;
    const applicationServerKey = oldSubscription?.options.applicationServerKey ?? (await key());
    return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  };
  const fresh = newSubscription ?? (await subscribe());
  const headers = { "content-type": "application/json" };
  await fetch("/api/push/subscriptions", { method: "POST", headers, body: JSON.stringify(fresh) });
}
