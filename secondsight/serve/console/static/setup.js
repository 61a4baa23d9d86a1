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

/** Name and settings of the form of a rule. */
function ruleOf() {
  const settings = { behaviour: rule.dataset.behaviour };
  for (const field of rule.querySelectorAll("[data-key]")) {
    if (field.value.trim() === "") continue;
    const [section, key] = field.name.includes(".") ? field.name.split(".") : [null, field.name];
    const place = section ? (settings[section] ??= {}) : settings;
    place[key] = "many" in field.dataset ? field.value.split(/[,，]/).map((one) => one.trim()).filter(Boolean) : valueOf(field.value.trim());
  }
  return { name: rule.dataset.name || rule.elements.name.value, settings };
}

rule?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, settings } = ruleOf();
  propose("PUT", `/api/v1/rules/${encodeURIComponent(name)}`, { settings }, "/setup");
});

const said = document.getElementById("sentence-rules");

/** The one rule of a sentence. */
function ruleSaid() {
  const [[name, settings]] = Object.entries(JSON.parse(said.dataset.rules));
  return { name, settings };
}

said?.addEventListener("submit", (event) => {
  event.preventDefault();
  propose("PUT", "/api/v1/rules", { rules: JSON.parse(said.dataset.rules) }, "/setup");
});

// A rule is tried on what was recorded: its reports come one after the other.
const trial = document.getElementById("trial");

function showTrial(found) {
  const [said, list] = [trial.querySelector("[role=status]"), trial.querySelector("ul")];
  const minutes = Math.round(found.cameras.reduce((sum, one) => sum + one.seconds, 0) / 6) / 10;
  const words = found.events.length ? trial.dataset.some : trial.dataset.none;
  const summary = words.replace("{events}", found.events.length).replace("{minutes}", minutes);
  const clips = found.cameras.some((one) => !one.footage) ? ` ${trial.dataset.clips}` : "";
  said.textContent = { running: trial.dataset.running, failed: found.error, done: summary + clips }[found.state];
  found.events.slice(list.children.length).forEach((one) => {
    const number = list.children.length;
    const [row, time] = [document.createElement("li"), new Date(one.triggered)];
    const text = time.toLocaleTimeString(document.documentElement.lang, { timeZone: trial.dataset.zone, hour12: false });
    row.append(`${text} ${one.camera} ${one.label} ${one.zone} ${Math.round(one.score * 100)} %`);
    if (one.has_picture) {
      const picture = new Image(320);
      picture.alt = trial.dataset.picture.replace("{time}", text);
      picture.src = `/api/v1/trials/${found.id}/pictures/${number}`;
      row.append(document.createElement("br"), picture);
    }
    list.append(row);
  });
}

document.getElementById("try")?.addEventListener("click", async (event) => {
  if (!(rule ?? said).reportValidity()) return;
  const { name, settings } = rule ? ruleOf() : ruleSaid();
  let found = await send("POST", `/api/v1/rules/${encodeURIComponent(name)}/trial`, { settings }).catch(() => null);
  if (!found) return;
  const stop = document.getElementById("stop-trial");
  trial.querySelector("ul").replaceChildren();
  [trial.hidden, stop.hidden, event.target.disabled] = [false, false, true];
  stop.onclick = () => send("DELETE", "/api/v1/trials").catch(() => {});
  while (found) {
    showTrial(found);
    if (found.state !== "running") break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    found = await send("GET", `/api/v1/trials/${found.id}`).catch(() => null);
  }
  [stop.hidden, event.target.disabled] = [true, false];
});

Object.assign(window, { propose });
