// What a person says of the event that is shown, by button or by key. The page says what happens then.
"use strict";

const JUDGING_KEYS = { y: "true", n: "false", u: "unsure" };

/** The event that is shown, as its element. */
const shownEvent = () => document.querySelector("article[data-event]");

function noteOf(article) {
  const text = article.querySelector("[data-note]")?.value.trim();
  return text ? { note: text } : {};
}

/** Who is chosen to have the event. */
const assignee = (article) => article.querySelector("[data-assignee]").value;

/** `judged` or `taken` is raised on the document when the API has it. */
async function say(what, truth, assigned = false) {
  const article = shownEvent();
  if (!article || !article.querySelector(".judging") || article.dataset.busy) return;
  const id = article.dataset.event;
  const path = `/api/v1/events/${encodeURIComponent(id)}`;
  article.dataset.busy = "yes";
  try {
    if (what === "judged") await send("POST", `${path}/feedback`, { truth, ...noteOf(article) });
    else if (assigned) await send("POST", `${path}/assign`, { to: assignee(article), ...noteOf(article) });
    else await send("POST", `${path}/acknowledge`, noteOf(article));
    document.dispatchEvent(new CustomEvent(what, { detail: { id, truth } }));
  } catch { /* said already */ } finally {
    delete article.dataset.busy;
  }
}

/** Whether a key press is meant for the page: nothing is being written, no modifier is held. */
function meantForPage(event) {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  return !writing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-judge], [data-acknowledge], [data-assign]");
  if (!button) return;
  if (button.dataset.judge) say("judged", button.dataset.judge);
  else say("taken", undefined, "assign" in button.dataset);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("[data-note]")) { event.target.blur(); return; }
  if (!meantForPage(event)) return;
  const key = event.key.toLowerCase();
  if (JUDGING_KEYS[key]) say("judged", JUDGING_KEYS[key]);
  else if (key === "a") say("taken");
  else if (key === "m") {
    event.preventDefault();
    document.querySelector("[data-note]")?.focus();
  }
});
