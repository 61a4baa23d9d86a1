// Pictures as they are now, one camera after the other, while the page is looked at.
"use strict";

const shown = [...document.querySelectorAll("img[data-now]")];

async function renew() {
  for (const picture of shown) {
    if (document.hidden) break;
    if (picture.dataset.streamed !== undefined) continue;
    await new Promise((done) => {
      const next = new Image();
      next.onload = () => { picture.src = next.src; done(); };
      next.onerror = done;
      next.src = `${picture.dataset.now}?${Date.now()}`;
    });
  }
  setTimeout(renew, 5000);
}
setTimeout(renew, 1000);
