// Live video of a camera, and its recorded footage on a timeline. Browsers play what the camera sends, as it is.
"use strict";

/** The type of an MP4 that begins with these bytes, if this browser plays it: only H.264 says it so simply. */
function typeOf(bytes) {
  for (let at = 0; at + 8 < Math.min(bytes.length, 4096); at += 1) {
    if (bytes[at] === 0x61 && bytes[at + 1] === 0x76 && bytes[at + 2] === 0x63 && bytes[at + 3] === 0x43) {
      const profile = [...bytes.slice(at + 5, at + 8)].map((one) => one.toString(16).padStart(2, "0")).join("");
      const type = `video/mp4; codecs="avc1.${profile}"`;
      return window.MediaSource && MediaSource.isTypeSupported(type) ? type : null;
    }
  }
  return null;
}

/** A media source for a video element, once it is open. */
function openSource(video) {
  return new Promise((open) => {
    const source = new MediaSource();
    source.addEventListener("sourceopen", () => { URL.revokeObjectURL(video.src); open(source); }, { once: true });
    video.src = URL.createObjectURL(source);
  });
}

/** Do something with a buffer, and wait until it is done. */
function done(buffer, act) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", resolve, { once: true });
    buffer.addEventListener("error", reject, { once: true });
    act();
  });
}

// -- live

/** Show a camera's packets as they come, until they end. */
async function playLive(stage) {
  const video = stage.querySelector("video");
  const leaving = new AbortController();
  window.addEventListener("pagehide", () => leaving.abort());
  document.addEventListener("visibilitychange", () => { if (document.hidden) leaving.abort(); });
  const answer = await fetch(stage.dataset.live, { signal: leaving.signal });
  if (!answer.ok) return false;
  const reader = answer.body.getReader();
  let buffer = null;
  for (;;) {
    const { value, done: over } = await reader.read();
    if (over) return true;
    if (buffer === null) {
      const type = typeOf(value);
      if (type === null) { leaving.abort(); return false; }
      buffer = (await openSource(video)).addSourceBuffer(type);
    }
    await done(buffer, () => buffer.appendBuffer(value));
    const newest = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0;
    if (newest - video.currentTime > 2) video.currentTime = Math.max(0, newest - 0.3);
    if (newest > 60) await done(buffer, () => buffer.remove(0, newest - 30));
    video.hidden = false;
    video.play().catch(() => {});
  }
}

/** Show the pictures that are looked at, in the place of the one that is renewed now and then. */
function showPictures(stage) {
  const picture = stage.querySelector("img[data-now]");
  if (!picture) return;
  picture.dataset.streamed = "";
  picture.src = stage.dataset.pictures;
  // One that has ended, or a browser that does not know the form, goes back to renewing.
  picture.addEventListener("error", () => { delete picture.dataset.streamed; }, { once: true });
}

// Not before the page is loaded: it would go on loading up to the first picture.
window.addEventListener("load", () => {
  for (const stage of document.querySelectorAll("[data-pictures]:not([data-live])")) showPictures(stage);
});
for (const stage of document.querySelectorAll("[data-live]")) {
  const again = async () => {
    if (document.hidden) { document.addEventListener("visibilitychange", again, { once: true }); return; }
    // What cannot be played is shown as pictures; what has ended is asked for again.
    const more = await playLive(stage).catch(() => true);
    stage.querySelector("video").hidden = true;
    if (more) setTimeout(again, 2000); else showPictures(stage);
  };
  again();
}

// -- footage

class Footage {
  constructor(place) {
    this.place = place;
    this.begin = Number(place.dataset.begin);
    this.length = Number(place.dataset.end) - this.begin;
    [this.video, this.picture] = [place.querySelector("video"), place.querySelector("img")];
    [this.slider, this.button] = [place.querySelector("input[type=range]"), place.querySelector(".play")];
    [this.clock, this.said] = [place.querySelector("output"), place.querySelector(".said")];
    this.segments = [];
    this.loaded = new Set();
    this.pictures = false;
    this.playing = false;
  }

  async start() {
    const iso = (seconds) => new Date(seconds * 1000).toISOString();
    const query = new URLSearchParams({ since: iso(this.begin), until: iso(this.begin + this.length) });
    const answer = await fetch(`${this.place.dataset.footage}?${query}`);
    if (!answer.ok) return;
    this.segments = (await answer.json()).segments.map((one) => ({
      name: one.name, moving: one.moving,
      start: Date.parse(one.start) / 1000 - this.begin, end: Date.parse(one.end) / 1000 - this.begin,
    }));
    this.draw(".kept", this.segments);
    this.draw(".moving", this.segments.filter((one) => one.moving));
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => {
      const step = { PageUp: 600, PageDown: -600 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.seek(Number(this.slider.value) + step);
    });
    this.button.addEventListener("click", () => this.toggle());
    this.video.addEventListener("timeupdate", () => this.follow());
    this.place.querySelector(".save").addEventListener("submit", (event) => this.save(event, iso));
    for (const one of this.place.querySelectorAll("[data-moment]")) {
      one.addEventListener("click", () => {
        this.seek(Number(one.dataset.moment) - this.begin);
        if (!this.playing) this.toggle();
      });
    }
    await this.seek(Number(this.slider.value));
    this.place.classList.add("ready");
  }

  /** Draw stretches on the timeline; neighbours become one. */
  draw(group, stretches) {
    const place = this.place.querySelector(group);
    let last = null;
    for (const { start, end } of stretches) {
      if (last !== null && start - last.end < 1) { last.end = end; } else { last = { start, end }; }
      if (last.end === end && last.start === start) {
        last.shape = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        last.shape.setAttribute("height", 10);
        place.append(last.shape);
      }
      last.shape.setAttribute("x", last.start);
      last.shape.setAttribute("width", Math.max(last.end - last.start, this.length / 1000));
    }
  }

  at(second) { return this.segments.findIndex((one) => one.start <= second && second < one.end); }

  /** Go to a second of the day. */
  async seek(second) {
    const wanted = Math.min(Math.max(0, second), this.length - 1);
    this.show(wanted);
    const found = this.at(wanted);
    this.said.textContent = found < 0 ? this.said.dataset.none : this.pictures ? this.said.dataset.pictures : "";
    if (found < 0) return;
    if (!this.pictures) await this.load(found);
    if (this.pictures) this.still(wanted);
    else this.video.currentTime = wanted;
  }

  show(second) {
    this.slider.value = Math.floor(second);
    const time = new Date((this.begin + second) * 1000);
    const words = time.toLocaleTimeString(document.documentElement.lang, { timeZone: this.place.dataset.zone, hour12: false });
    this.clock.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
  }

  /** Give a segment to the video; what was played long ago goes. */
  async load(index) {
    const one = this.segments[index];
    if (one === undefined || this.loaded.has(one.name)) return;
    this.loaded.add(one.name);
    this.queue = (this.queue || Promise.resolve()).then(() => this.append(one)).catch(() => this.loaded.delete(one.name));
    await this.queue;
  }

  async append(one) {
    const answer = await fetch(`${this.place.dataset.footage}/segments/${one.name}`);
    if (!answer.ok) return;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const type = typeOf(bytes);
    if (type === null) { this.pictures = true; this.said.textContent = this.said.dataset.pictures; return; }
    if (!this.buffer) {
      const source = await openSource(this.video);
      source.duration = this.length;
      this.buffer = source.addSourceBuffer(type);
    }
    this.buffer.changeType(type);
    this.buffer.timestampOffset = one.start;
    await done(this.buffer, () => this.buffer.appendBuffer(bytes));
    if (this.loaded.size > 12) {
      const [first] = this.loaded;
      const gone = this.segments.find((other) => other.name === first);
      this.loaded.delete(first);
      if (gone && Math.abs(gone.start - this.video.currentTime) > 30) await done(this.buffer, () => this.buffer.remove(gone.start, gone.end));
    }
  }

  still(second) {
    this.video.hidden = true;
    this.picture.hidden = false;
    const time = new Date((this.begin + second) * 1000).toISOString();
    this.picture.src = `${this.place.dataset.footage}/picture?at=${encodeURIComponent(time)}`;
  }

  toggle() {
    this.playing = !this.playing;
    this.button.textContent = this.playing ? this.button.dataset.pause : this.button.dataset.play;
    if (!this.playing) { this.video.pause(); return; }
    if (this.pictures) this.next(); else this.video.play().catch(() => {});
  }

  /** Pictures instead of a video: the next one, a second later. */
  async next() {
    if (!this.playing) return;
    await this.seek(this.onward(Number(this.slider.value) + 1));
    setTimeout(() => this.next(), 1000);
  }

  /** That second, or the first one after it of which there is footage. */
  onward(second) {
    if (this.at(second) >= 0) return second;
    const later = this.segments.find((one) => one.start > second);
    return later === undefined ? second : later.start;
  }

  /** The video goes on: load what comes, pass over gaps. */
  async follow() {
    if (this.pictures || this.video.seeking) return;
    const second = this.video.currentTime;
    this.show(second);
    const found = this.at(second + 0.3);
    if (found >= 0) { await this.load(found); await this.load(found + 1); return; }
    const later = this.onward(second + 0.3);
    if (later > second + 0.3 && this.playing) await this.seek(later + 0.05);
  }

  save(event, iso) {
    event.preventDefault();
    const since = this.begin + Number(this.slider.value);
    const until = since + 60 * Number(event.target.elements.minutes.value);
    const query = new URLSearchParams({ since: iso(since), until: iso(until) });
    location.assign(`${this.place.dataset.footage}/cut?${query}`);
  }
}

for (const place of document.querySelectorAll("[data-footage]")) new Footage(place).start();
