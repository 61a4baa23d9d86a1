// Shows the secret of a new token, this once.
"use strict";

document.getElementById("new-token")?.addEventListener("sent", (event) => {
  const place = document.getElementById("secret");
  place.hidden = false;
  place.querySelector("code").textContent = event.detail.secret;
});
