// Keeps the page on the device, so that it opens without a network. VERSION and FILES are written by `cargo xtask web`.

const VERSION = "";
const FILES = [];

self.addEventListener("install", (event) => {
  const all = caches.open(VERSION).then((cache) => cache.addAll(FILES.map((name) => new Request(name, { cache: "reload" }))));
  event.waitUntil(all.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

// Files come from the device; what changes (`pair`, `trust`) from the network alone.
self.addEventListener("fetch", (event) => {
  const name = new URL(event.request.url).pathname.slice(new URL(self.registration.scope).pathname.length) || "./";
  if (event.request.method !== "GET" || !FILES.includes(name)) return;
  event.respondWith(caches.open(VERSION).then(async (cache) => (await cache.match(name)) ?? fetch(event.request)));
});
