// Shows how linking went, as soon as joinchat_django's script tells.
(() => {
  "use strict";

  const show = (name, shown) => {
    for (const part of document.querySelectorAll(`[data-messenger] [data-messenger-${name}]`)) {
      part.hidden = !shown;
    }
  };

  document.addEventListener("joinchat:linked", ({ detail }) => {
    if (!detail.linked && !document.querySelector("[data-messenger-pending]")) {
      // The session has ended meanwhile: the uuid waits for the next sign-in.
      location.reload();
      return;
    }
    show("linked", detail.linked);
    show("pending", !detail.linked);
    show("unlinked", false);
    show("failed", false);
  });
  document.addEventListener("joinchat:failed", () => show("failed", true));
})();
