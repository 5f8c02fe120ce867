"use strict";

// Says that a slow form is under way, and keeps it from being sent twice.
(() => {
  for (const form of document.querySelectorAll("form[data-joinchat-busy]")) {
    const button = form.querySelector("button[type=submit]");
    const words = button.textContent;
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        return;
      }
      button.setAttribute("aria-disabled", "true");
      button.textContent = form.dataset.joinchatBusy;
    });
    // A page that the browser kept comes back as it was left.
    window.addEventListener("pageshow", () => {
      button.removeAttribute("aria-disabled");
      button.textContent = words;
    });
  }
})();
