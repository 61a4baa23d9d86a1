// Shows what the site pushes to this browser, also while no page of it is open.
"use strict";

self.addEventListener("push", (event) => {
  const said = event.data.json();
  event.waitUntil(self.registration.showNotification(said.title, {
    body: said.body,
    // What comes later about an event stands in the place of what came before; only what needs somebody sounds again.
    tag: said.tag,
    renotify: said.word !== "update",
    requireInteraction: said.severity === "high" && said.word !== "withdrawal",
    timestamp: said.time,
    icon: "/static/icon.svg",
    image: said.picture || undefined,
    data: { url: said.url },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const place = new URL(event.notification.data.url, self.location.origin);
    if (place.origin !== self.location.origin) return;
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = pages.find((page) => page.url === place.href);
    await (open ? open.focus() : self.clients.openWindow(place.href));
  })());
});
