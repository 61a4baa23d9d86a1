// Labels of recordings: keys while the video plays; every change is saved at once.
"use strict";

const at = (id) => document.getElementById(id);
const video = at("video");
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

let number = 0;
let shown = null; // {name, duration, frame_rate, labelled, events}
let chosen = null; // one of shown.events
let running = {}; // kind -> event that has begun and not ended
let saving = Promise.resolve();

const say = (text) => { at("state").textContent = text; };
const round = (seconds) => Math.round(seconds * 1000) / 1000;

async function ask(path, options) {
  const response = await fetch(path, options);
  const said = await response.json();
  if (!response.ok) throw new Error(said.errors ? `${said.detail}: ${said.errors[0].message ?? JSON.stringify(said.errors[0])}` : said.detail);
  return said;
}

async function open(wanted) {
  number = wanted;
  shown = chosen = null;
  running = {};
  video.removeAttribute("src");
  at("videos").value = String(wanted);
  say("reading the recording ...");
  try {
    const said = await ask(`/videos/${wanted}`);
    if (wanted !== number) return;
    shown = said;
    video.src = `/videos/${wanted}/preview.mp4`;
    say("");
  } catch (error) {
    say(error.message);
  }
  draw();
  if (wanted + 1 < at("videos").length) fetch(`/videos/${wanted + 1}`).catch(() => {}); // so that it is ready then
}

function save() {
  const open = new Set(Object.values(running));
  const events = shown.events.filter((event) => !open.has(event));
  const body = JSON.stringify({labelled: shown.labelled, events});
  const mine = shown, to = number;
  say("saving ...");
  saving = saving.then(async () => {
    try {
      await ask(`/videos/${to}`, {method: "PUT", headers: {"Content-Type": "application/json"}, body});
      if (mine === shown) say("saved");
    } catch (error) {
      if (mine === shown) say(`not saved: ${error.message}`);
    }
  });
  draw();
}

function unused() {
  const taken = new Set(shown.events.map((event) => event.id));
  const stem = shown.name.replace(/\.[^.]*$/, "").slice(0, 80);
  for (let count = 1; ; count++) if (!taken.has(`${stem}-${count}`)) return `${stem}-${count}`;
}

function toggle(kind) {
  const now = round(video.currentTime);
  const begun = running[kind];
  if (begun) {
    delete running[kind];
    [begun.start, begun.end] = [Math.min(begun.start, now), Math.max(begun.start, now)];
    chosen = begun;
    save();
    return;
  }
  chosen = {id: unused(), kind, start: now, end: now, box: null, resembles: null};
  running[kind] = chosen;
  shown.events.push(chosen);
  draw();
}

function remove(event) {
  shown.events = shown.events.filter((one) => one !== event);
  for (const kind of Object.keys(running)) if (running[kind] === event) delete running[kind];
  if (chosen === event) chosen = null;
  save();
}

function mark(event, isLike) {
  if (isLike) [event.resembles, event.kind] = [event.resembles ?? event.kind, event.kind];
  else [event.kind, event.resembles] = [event.resembles ?? event.kind, null];
  if (!Object.values(running).includes(event)) save(); else draw();
}

function add(kind) {
  if (!shown.labelled.includes(kind)) shown.labelled.push(kind);
  save();
}

function element(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

function drawKinds() {
  at("kinds").replaceChildren(...(shown?.labelled ?? []).map((kind) => {
    const button = element("button", {type: "button", className: running[kind] ? "open" : "", onclick: () => toggle(kind)},
      running[kind] ? `${kind}: since ${running[kind].start.toFixed(1)} s` : kind);
    return element("li", {}, button);
  }));
}

function drawEvents() {
  const rows = (shown?.events ?? []).map((event) => {
    const time = (key) => {
      const field = element("input", {type: "number", step: 0.1, min: 0, value: event[key]});
      field.setAttribute("aria-label", `${key} of ${event.kind}`);
      field.onchange = () => { event[key] = round(Number(field.value)); save(); };
      return element("td", {}, field);
    };
    const like = element("input", {type: "checkbox", checked: event.resembles !== null});
    like.setAttribute("aria-label", `${event.kind} only looks like it`);
    like.onchange = () => mark(event, like.checked);
    const go = element("button", {type: "button", onclick: () => { chosen = event; video.currentTime = event.start; draw(); }}, event.kind);
    const gone = element("button", {type: "button", onclick: () => remove(event)}, "×");
    gone.setAttribute("aria-label", `remove ${event.kind}`);
    const row = element("tr", {}, element("td", {}, go), time("start"), time("end"), element("td", {}, like),
      element("td", {}, event.box ? "yes" : "no"), element("td", {}, gone));
    row.setAttribute("aria-selected", String(event === chosen));
    return row;
  });
  at("events").replaceChildren(...rows);
}

function placed(box, event) {
  const [left, top, right, bottom] = box;
  const made = element("i", {className: event === chosen ? "chosen" : ""});
  Object.assign(made.style, {left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%`});
  return made;
}

function drawTime() {
  const now = video.currentTime, whole = shown?.duration || 1;
  at("now").textContent = now.toFixed(1);
  at("duration").textContent = (shown?.duration ?? 0).toFixed(1);
  at("speed").textContent = String(video.playbackRate);
  const events = shown?.events ?? [];
  at("boxes").replaceChildren(...events
    .filter((one) => one.box && (one === chosen || (one.start <= now && now <= one.end))).map((one) => placed(one.box, one)));
  const bars = events.map((event) => {
    const end = Object.values(running).includes(event) ? Math.max(now, event.start) : event.end;
    const bar = element("i", {className: event.resembles ? "like" : "", title: event.kind});
    Object.assign(bar.style, {left: `${event.start / whole * 100}%`, width: `${(end - event.start) / whole * 100}%`});
    return bar;
  });
  const hand = element("b");
  hand.style.left = `${now / whole * 100}%`;
  at("timeline").replaceChildren(...bars, hand);
}

function draw() { drawKinds(); drawEvents(); drawTime(); }

function step(seconds) {
  video.pause();
  video.currentTime = Math.min(Math.max(video.currentTime + seconds, 0), shown.duration);
}

function speed(by) {
  const place = SPEEDS.indexOf(video.playbackRate) + by;
  if (SPEEDS[place]) video.playbackRate = SPEEDS[place];
  drawTime();
}

document.addEventListener("keydown", (event) => {
  if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select")) return;
  const kind = /^[1-9]$/.test(event.key) ? shown.labelled[Number(event.key) - 1] : null;
  const frame = 1 / shown.frame_rate;
  const doing = {
    " ": () => (video.paused ? video.play() : video.pause()),
    ArrowLeft: () => step(event.shiftKey ? -2 : -frame),
    ArrowRight: () => step(event.shiftKey ? 2 : frame),
    "-": () => speed(-1), "+": () => speed(1), "=": () => speed(1),
    l: () => chosen && mark(chosen, chosen.resembles === null),
    Delete: () => chosen && remove(chosen),
    Backspace: () => chosen && remove(chosen),
    n: () => number + 1 < at("videos").length && open(number + 1),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!kind && !doing) return;
  event.preventDefault();
  kind ? toggle(kind) : doing();
});

let drag = null;
const inside = (event) => {
  const stage = at("stage").getBoundingClientRect();
  const share = (value, from, size) => Math.min(Math.max((value - from) / size, 0), 1);
  return [share(event.clientX, stage.left, stage.width), share(event.clientY, stage.top, stage.height)];
};
at("stage").addEventListener("pointerdown", (event) => {
  if (!chosen) { say("choose an event first, then draw its box"); return; }
  drag = inside(event);
  at("stage").setPointerCapture(event.pointerId);
});
at("stage").addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [x, y] = inside(event);
  chosen.box = [Math.min(x, drag[0]), Math.min(y, drag[1]), Math.max(x, drag[0]), Math.max(y, drag[1])].map((one) => Math.round(one * 1e4) / 1e4);
  drawTime();
});
at("stage").addEventListener("pointerup", () => {
  if (!drag) return;
  drag = null;
  const box = chosen.box;
  if (box && (box[2] - box[0] < 0.005 || box[3] - box[1] < 0.005)) chosen.box = null;
  if (!Object.values(running).includes(chosen)) save(); else draw();
});

at("timeline").addEventListener("click", (event) => {
  const place = at("timeline").getBoundingClientRect();
  if (shown) video.currentTime = (event.clientX - place.left) / place.width * shown.duration;
});
at("add").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!shown) return;
  add(at("kind").value.trim());
  at("kind").value = "";
  document.activeElement.blur();
});
at("videos").addEventListener("change", (event) => { open(Number(event.target.value)); event.target.blur(); });
for (const name of ["timeupdate", "seeked", "loadeddata", "ratechange"]) video.addEventListener(name, drawTime);

ask("/videos").then((said) => {
  at("videos").replaceChildren(...said.videos.map((name, value) => element("option", {value}, name)));
  at("known").replaceChildren(...said.kinds.map((value) => element("option", {value})));
  return open(0);
}).catch((error) => say(error.message));
