// Zones, lines and masks over a camera's picture. Points are buttons: drag them, or move them by the arrow keys (with
// Shift in larger steps); Insert or + adds one behind, Delete takes one out.
"use strict";

const drawing = document.getElementById("drawing");
const canvas = drawing.querySelector(".canvas");
const svg = canvas.querySelector("svg");
const places = document.getElementById("place");
const plan = JSON.parse(drawing.dataset.plan);
const least = { zones: 3, lines: 2, masks: 3 };
const fresh = { zones: [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7]], lines: [[0.3, 0.5], [0.7, 0.5]], masks: [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6]] };
const rounded = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;

function chosen() {
  const [sort, ...name] = places.value.split(":");
  return { sort, name: name.join(":"), points: plan[sort]?.[name.join(":")] };
}

function listPlaces(wanted) {
  places.replaceChildren();
  for (const sort of Object.keys(plan)) {
    for (const name of Object.keys(plan[sort])) places.append(new Option(`${sort}: ${name}`, `${sort}:${name}`));
  }
  if (wanted) places.value = wanted;
  draw();
}

function outline(sort, points, isChosen) {
  const shape = document.createElementNS(svg.namespaceURI, sort === "lines" ? "polyline" : "polygon");
  shape.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  shape.setAttribute("class", isChosen ? `${sort} chosen` : sort);
  svg.append(shape);
}

function draw(focus) {
  const now = chosen();
  svg.replaceChildren();
  canvas.querySelectorAll(".handle").forEach((one) => one.remove());
  for (const sort of Object.keys(plan)) {
    for (const [name, points] of Object.entries(plan[sort])) outline(sort, points, sort === now.sort && name === now.name);
  }
  now.points?.forEach((point, index) => {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = "handle";
    handle.style.left = `${point[0] * 100}%`;
    handle.style.top = `${point[1] * 100}%`;
    handle.setAttribute("aria-label", `${drawing.dataset.point} ${index + 1}: ${point[0]}, ${point[1]}`);
    handle.onkeydown = (event) => moveByKey(event, now, index);
    handle.onpointerdown = (event) => drag(event, now.points, index);
    canvas.append(handle);
  });
  if (focus !== undefined) canvas.querySelectorAll(".handle")[focus]?.focus();
}

function moveByKey(event, now, index) {
  const step = event.shiftKey ? 0.05 : 0.005;
  const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
  const { points, sort } = now;
  if (dx || dy) points[index] = [rounded(points[index][0] + dx), rounded(points[index][1] + dy)];
  else if ((event.key === "Insert" || event.key === "+") && sort !== "lines") {
    const behind = points[(index + 1) % points.length];
    points.splice(index + 1, 0, [rounded((points[index][0] + behind[0]) / 2), rounded((points[index][1] + behind[1]) / 2)]);
    index += 1;
  } else if (event.key === "Delete" && points.length > least[sort]) {
    points.splice(index, 1);
    index = Math.min(index, points.length - 1);
  } else return;
  event.preventDefault();
  draw(index);
}

function drag(event, points, index) {
  const handle = event.currentTarget;
  handle.setPointerCapture(event.pointerId);
  handle.onpointermove = (moved) => {
    const box = canvas.getBoundingClientRect();
    points[index] = [rounded((moved.clientX - box.left) / box.width), rounded((moved.clientY - box.top) / box.height)];
    handle.style.left = `${points[index][0] * 100}%`;
    handle.style.top = `${points[index][1] * 100}%`;
    svg.querySelector(".chosen").setAttribute("points", points.map((point) => point.join(",")).join(" "));
  };
  handle.onpointerup = () => { handle.onpointermove = null; draw(index); };
}

for (const button of drawing.querySelectorAll("[data-new]")) {
  button.onclick = () => {
    const sort = button.dataset.new;
    const field = document.getElementById("new-name");
    const name = sort === "masks" ? String(plan.masks.length) : field.value.trim();
    if (!name || (sort !== "masks" && name in plan[sort])) { field.focus(); return; }
    plan[sort][name] = structuredClone(fresh[sort]);
    field.value = "";
    listPlaces(`${sort}:${name}`);
    canvas.querySelector(".handle").focus();
  };
}

const home = `/api/v1/cameras/${encodeURIComponent(drawing.dataset.camera)}`;
document.getElementById("save-place").onclick = () => {
  const { sort, name, points } = chosen();
  if (!points) return toast(drawing.dataset.none);
  if (sort === "masks") return propose("PUT", `${home}/masks`, { masks: plan.masks });
  return propose("PUT", `${home}/${sort}/${encodeURIComponent(name)}`, { coordinates: points });
};
document.getElementById("remove-place").onclick = () => {
  const { sort, name, points } = chosen();
  if (!points) return toast(drawing.dataset.none);
  if (sort === "masks") return propose("PUT", `${home}/masks`, { masks: plan.masks.filter((_, index) => String(index) !== name) });
  return propose("DELETE", `${home}/${sort}/${encodeURIComponent(name)}`);
};

places.onchange = () => draw();
const picture = document.getElementById("picture");
const missing = () => { document.getElementById("no-picture").hidden = false; };
picture.onerror = missing;
if (picture.complete && !picture.naturalWidth) missing();
listPlaces();
