// Whether this browser is told, and the way to let it be.
"use strict";

const here = document.getElementById("here");
let registration = null;

function show(state) {
  for (const part of here.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
}

/** The id under which the site knows a subscription. */
async function idOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32);
}

/** The site's public key, as the browser wants it. */
function keyOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function look() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) { show("unable"); return; }
  registration = await navigator.serviceWorker.register(here.dataset.worker);
  if (Notification.permission === "denied") { show("denied"); return; }
  const subscription = await registration.pushManager.getSubscription();
  const row = subscription && document.querySelector(`[data-id="${await idOf(subscription)}"]`);
  if (row) row.querySelector("[data-mine]").hidden = false;
  show(row ? "on" : "off");
}

document.getElementById("subscribe").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await Notification.requestPermission() !== "granted") { show("denied"); return; }
  try {
    // What there is may have been made for other keys, or was revoked.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: keyOf(here.dataset.key) };
    const made = (await registration.pushManager.subscribe(options)).toJSON();
    const label = event.target.elements.label.value;
    await send("POST", "/api/v1/push/subscriptions", { endpoint: made.endpoint, keys: made.keys, label });
    location.reload();
  } catch (error) {
    toast(toastPlace().textContent || error.message);
  }
});

look();
