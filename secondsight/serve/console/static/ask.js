// The microphone of the page Ask: a recording becomes a WAV here, the site writes it down, and the text stands in the
// box to be corrected before it is asked. Answers can be read aloud by the browser.
"use strict";

const RATE = 16000;
const LONGEST = 20; // seconds
const speech = document.getElementById("speech");

/** 16-bit mono samples with the header of a WAV. */
function wavOf(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((one, i) => view.setUint8(at + i, one.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * samples.length, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * samples.length, true);
  samples.forEach((one, i) => view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, one)) * 32767, true));
  return new Blob([view], { type: "audio/wav" });
}

/** Whatever the browser records, as one channel at the rate that models of speech take. */
async function plain(recording) {
  const decoder = new AudioContext();
  const sound = await decoder.decodeAudioData(await recording.arrayBuffer());
  await decoder.close();
  const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(sound.duration * RATE)), RATE);
  const source = offline.createBufferSource();
  source.buffer = sound;
  source.connect(offline.destination);
  source.start();
  return (await offline.startRendering()).getChannelData(0);
}

async function hear(recording) {
  const { nothing } = speech.dataset;
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content, "Content-Type": "audio/wav" };
  const answer = await fetch("/api/v1/transcribe", { method: "POST", headers, body: wavOf(await plain(recording)) });
  const heard = await answer.json().catch(() => ({}));
  if (!answer.ok) { toast(heard.detail || toastPlace().dataset.failed); return; }
  const box = document.querySelector("input[name=question]");
  if (heard.text) { box.value = heard.text; box.focus(); } else toast(nothing);
}

if (speech && navigator.mediaDevices) {
  const button = document.getElementById("record");
  const { record, stop, refused } = speech.dataset;
  let running = null;
  speech.hidden = false;
  button.addEventListener("click", async () => {
    if (running) { running.stop(); return; }
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    if (!microphone) { toast(refused); return; }
    const parts = [];
    running = new MediaRecorder(microphone);
    running.ondataavailable = (event) => parts.push(event.data);
    running.onstop = async () => {
      microphone.getTracks().forEach((track) => track.stop());
      running = null;
      button.textContent = record;
      button.setAttribute("aria-pressed", "false");
      button.disabled = true;
      await hear(new Blob(parts)).catch(() => toast(toastPlace().dataset.failed));
      button.disabled = false;
    };
    running.start();
    button.textContent = stop;
    button.setAttribute("aria-pressed", "true");
    setTimeout(() => { if (running) running.stop(); }, 1000 * LONGEST);
  });
}

const aloud = document.getElementById("aloud");
if (aloud && window.speechSynthesis) {
  aloud.hidden = false;
  aloud.addEventListener("click", () => {
    window.speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(document.getElementById("answer-text").textContent);
    said.lang = /[\u4e00-\u9fff]/.test(said.text) ? "zh-CN" : "en";
    window.speechSynthesis.speak(said);
  });
}
