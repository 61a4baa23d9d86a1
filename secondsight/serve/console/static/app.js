// What every page can do: change something through the API, say what went wrong, follow the steps of events.
"use strict";

const toastPlace = () => document.getElementById("toast");
let toastTimer = 0;

/** Show a short message for a few seconds. */
function toast(text) {
  toastPlace().textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toastPlace().textContent = ""; }, 6000);
}

/** A request to the API as JSON, with the session's CSRF token. Gives the answer; throws after saying what is wrong. */
async function send(method, path, body) {
  const words = toastPlace().dataset;
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    toast(words.offline);
    throw error;
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const places = (problem.errors || []).map((one) => `${one.where.replace(/^body\./, "")}: ${one.problem}`).join("; ");
  toast(answer.status === 401 ? words.signedOut : [problem.detail || words.failed, places].filter(Boolean).join(" – "));
  throw new Error(`${method} ${path}: ${answer.status}`);
}

/** The fields of a form as JSON: empty ones are left out, checkboxes are true or false, multiple choices are lists. */
function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.type === "checkbox") values[field.name] = field.checked;
    else if (field.type === "radio") { if (field.checked) values[field.name] = field.value; }
    else if (field.type === "select-multiple") {
      const chosen = [...field.selectedOptions].map((option) => option.value);
      if (chosen.length) values[field.name] = chosen;
    } else if (field.type === "number") { if (field.value !== "") values[field.name] = Number(field.value); }
    else if (field.value !== "") values[field.name] = field.value;
  }
  return values;
}

// <form data-send="POST /api/v1/users">: sent as JSON. Then the page is loaded anew, or `sent` is raised on the form
// where it has `data-stay`. `data-confirm` asks first.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.send) return;
  event.preventDefault();
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  const [method, path] = form.dataset.send.split(" ");
  const values = valuesOf(form);
  const button = event.submitter;
  if (button) button.disabled = true;
  try {
    const answer = await send(method, path, method === "DELETE" ? undefined : values);
    if (form.dataset.stay === undefined) location.reload();
    else form.dispatchEvent(new CustomEvent("sent", { bubbles: true, detail: answer }));
  } catch { /* said already */ } finally {
    if (button) button.disabled = false;
  }
});

// <body data-follow> or any element with it: steps of events are raised as `step` on it. One connection per page,
// and none while the page is not looked at: a browser has few of them.
for (const place of document.querySelectorAll("[data-follow]")) {
  let source = null;
  const follow = () => {
    if (document.hidden) { source?.close(); source = null; return; }
    if (source) return;
    source = new EventSource("/api/v1/stream");
    source.addEventListener("step", (message) => {
      place.dispatchEvent(new CustomEvent("step", { bubbles: true, detail: JSON.parse(message.data) }));
    });
    place.dispatchEvent(new CustomEvent("follow", { bubbles: true }));
  };
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => { source?.close(); source = null; });
  follow();
}

// A menu closes by Escape and by a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll(".menu[open]")) menu.open = false;
});

Object.assign(window, { toast, send, valuesOf });
