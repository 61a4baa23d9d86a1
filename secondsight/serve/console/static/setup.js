// Changes of the site file: each is tried first, its difference is shown, and it is saved only if the file is still
// the one that the difference starts from.
"use strict";

const change = document.getElementById("change");

/** Try a change, show its difference, and save it when asked to. */
async function propose(method, path, body, next) {
  const tried = await send(method, `${path}?try=true`, body).catch(() => null);
  if (!tried) return;
  document.getElementById("change-diff").textContent = tried.diff;
  const when = document.getElementById("change-when");
  const { once, partly, later } = when.dataset;
  when.textContent = tried.takes_effect === "at once" ? once : tried.takes_effect.startsWith("at once") ? partly : later;
  document.getElementById("change-save").onclick = async () => {
    const saved = await send(method, `${path}?base=${tried.base}`, body).catch(() => null);
    change.close();
    if (!saved) return;
    if (saved.takes_effect !== tried.takes_effect) window.alert(saved.takes_effect);
    if (next) location.assign(next); else location.reload();
  };
  change.showModal();
}
document.getElementById("change-cancel").onclick = () => change.close();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.change) {
    const [method, path] = button.dataset.change.split(" ");
    propose(method, path, undefined, button.dataset.next);
  } else if (button?.dataset.difference) {
    const answer = await send("GET", `/api/v1/site-file/versions/${button.dataset.difference}`).catch(() => null);
    if (answer) document.getElementById("difference").textContent = answer.diff;
  }
});

/** Name and settings of the form of a camera. */
function cameraOf(form) {
  const { name, ...settings } = valuesOf(form);
  return { name, settings };
}

const adding = document.getElementById("add-camera");
if (adding) {
  adding.addEventListener("submit", (event) => {
    event.preventDefault();
    propose("POST", "/api/v1/cameras", cameraOf(adding));
  });
  document.getElementById("test-camera").addEventListener("click", async (event) => {
    if (!adding.reportValidity()) return;
    const [said, shown] = ["test-result", "test-picture"].map((id) => document.getElementById(id));
    event.target.disabled = true;
    said.textContent = "…";
    shown.hidden = true;
    const tried = await send("POST", "/api/v1/camera-test", cameraOf(adding)).catch(() => null);
    event.target.disabled = false;
    said.textContent = tried ? `${tried.codec} ${tried.width} × ${tried.height}` : "";
    if (tried) { shown.src = `data:image/jpeg;base64,${tried.picture}`; shown.hidden = false; }
  });
}

const changing = document.getElementById("change-camera");
changing?.addEventListener("submit", (event) => {
  event.preventDefault();
  const settings = Object.fromEntries([...new FormData(changing)].map(([key, value]) => [key, value === "" ? null : value]));
  propose("PATCH", `/api/v1/cameras/${encodeURIComponent(changing.dataset.camera)}`, { settings });
});

/** Text of a field as the value that it writes: a number, a truth value, or the text. */
function valueOf(text) {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

const rule = document.getElementById("rule");
rule?.addEventListener("submit", (event) => {
  event.preventDefault();
  const settings = { behaviour: rule.dataset.behaviour };
  for (const field of rule.querySelectorAll("[data-key]")) {
    if (field.value.trim() === "") continue;
    const [section, key] = field.name.includes(".") ? field.name.split(".") : [null, field.name];
    const place = section ? (settings[section] ??= {}) : settings;
    place[key] = "many" in field.dataset ? field.value.split(/[,，]/).map((one) => one.trim()).filter(Boolean) : valueOf(field.value.trim());
  }
  const name = rule.dataset.name || rule.elements.name.value;
  propose("PUT", `/api/v1/rules/${encodeURIComponent(name)}`, { settings }, "/setup");
});

Object.assign(window, { propose });
