// The inbox: next and previous by key, the next one loaded before it is asked for, new ones as they come.
"use strict";

const inbox = document.querySelector(".inbox");
const list = document.getElementById("list");
const panel = document.getElementById("panel");
const loaded = new Map(); // id -> promise of the panel's HTML

const rows = () => [...list.children];
const rowOf = (id) => rows().find((row) => row.dataset.id === id);
const isDone = (row) => row.dataset.done !== undefined;
const currentId = () => shownEvent()?.dataset.event;

async function fetchText(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

function load(id) {
  if (!loaded.has(id)) {
    const text = fetchText(`/alarms/${encodeURIComponent(id)}/panel`);
    text.catch(() => loaded.delete(id));
    loaded.set(id, text);
  }
  return loaded.get(id);
}

/** Load an event with its pictures and the head of its clip. */
async function preload(row) {
  if (!row) return;
  const held = document.createElement("template");
  held.innerHTML = await load(row.dataset.id);
  for (const picture of held.content.querySelectorAll("image")) new Image().src = picture.getAttribute("href");
}

async function show(id) {
  const row = rowOf(id);
  mark(row);
  let text;
  try {
    text = await load(id);
  } catch {
    toast(toastPlace().dataset.failed);
    return;
  }
  loaded.delete(id); // what is shown next time is asked for anew
  panel.innerHTML = text;
  document.getElementById("nothing").hidden = true;
  history.replaceState(null, "", `/alarms?event=${encodeURIComponent(id)}`);
  mark(row);
  preload(waitingAfter(row)).catch(() => {});
}

function mark(row) {
  for (const other of list.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  row?.firstElementChild.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });
}

/** The next row that waits: behind this one, else the first of all. */
function waitingAfter(row) {
  const all = rows();
  const behind = all.slice(all.indexOf(row) + 1);
  return behind.find((one) => !isDone(one)) || all.find((one) => one !== row && !isDone(one));
}

function move(by) {
  const all = rows();
  const at = all.indexOf(rowOf(currentId()));
  const to = all[at < 0 ? 0 : at + by];
  if (to) show(to.dataset.id);
}

function finish(id, words) {
  const row = rowOf(id);
  if (!row) return;
  row.dataset.done = "";
  const place = row.querySelector(".done");
  place.hidden = false;
  place.textContent = `✓ ${words}`;
  count();
}

function count() {
  const waiting = rows().filter((row) => !isDone(row)).length;
  document.getElementById("count").textContent = waiting;
}

document.addEventListener("judged", (event) => {
  const { id, truth } = event.detail;
  finish(id, { true: inbox.dataset.saidTrue, false: inbox.dataset.saidFalse, unsure: inbox.dataset.saidUnsure }[truth]);
  const next = waitingAfter(rowOf(id));
  if (next) show(next.dataset.id);
  else { panel.replaceChildren(); document.getElementById("nothing").hidden = false; }
});
document.addEventListener("taken", (event) => {
  finish(event.detail.id, inbox.dataset.taken);
  renewFacts(event.detail.id);
});

document.addEventListener("keydown", (event) => {
  if (!meantForPage(event)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
});
list.addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(row.dataset.id);
});

/** Show anew what is known of an event; a clip that plays and a note that is written stay. */
async function renewFacts(id) {
  if (currentId() !== id) return;
  const held = document.createElement("template");
  held.innerHTML = await load(id);
  loaded.delete(id);
  if (currentId() !== id) return;
  const had = panel.querySelector("video"), has = held.content.querySelector("video");
  if (!had && has) {
    panel.querySelector(".look").replaceWith(held.content.querySelector(".look"));
  }
  panel.querySelector("[data-part=facts]").replaceWith(held.content.querySelector("[data-part=facts]"));
}

/** Take over what waits now: new rows come in their place, known ones are renewed, gone ones are done. */
async function renewList() {
  const held = document.createElement("template");
  held.innerHTML = await fetchText("/alarms/list");
  const now = [...held.content.children];
  const ids = new Set(now.map((row) => row.dataset.id));
  for (const row of rows()) if (!ids.has(row.dataset.id) && !isDone(row)) finish(row.dataset.id, inbox.dataset.elsewhere);
  let before = null; // the row that stands above the next new one
  for (const row of now) {
    const known = rowOf(row.dataset.id);
    if (known && isDone(known)) { before = known; continue; }
    if (known) known.replaceWith(row);
    else if (before) before.after(row);
    else list.prepend(row);
    before = row;
  }
  count();
  mark(rowOf(currentId()));
  if (!shownEvent() && now.length) show(now[0].dataset.id);
}

let renewal = 0;
function renewSoon() {
  clearTimeout(renewal);
  renewal = setTimeout(() => renewList().catch(() => {}), 200);
}
inbox.addEventListener("step", (event) => {
  const { step } = event.detail;
  loaded.delete(step.event);
  renewSoon();
  renewFacts(step.event).catch(() => {});
});
inbox.addEventListener("follow", renewSoon);

const first = rowOf(currentId());
mark(first);
preload(waitingAfter(first)).catch(() => {});
