/*
 * Saves the uuid that JoinChat's SDK hands over when a visitor clicks "Send to Messenger".
 *
 * The SDK calls the global function joinchatSendToMessengerCallback(uuid). One that the page had
 * defined before still runs, first. Afterwards the document gets an event:
 *   joinchat:linked  detail = {uuid, bot, linked, pending}
 *   joinchat:failed  detail = {uuid, bot, error}
 */
(() => {
  "use strict";

  const { joinchatBot: bot, joinchatSaveUrl: saveUrl, joinchatCsrfUrl: csrfUrl } =
    document.currentScript.dataset;
  const marker = Symbol.for("joinchat_django");
  const saving = new Set();

  const tell = (name, detail) =>
    document.dispatchEvent(new CustomEvent(name, { detail: { bot, ...detail } }));

  const post = async (uuid) => {
    const options = { credentials: "same-origin", cache: "no-store" };
    const { csrfToken } = await (await fetch(csrfUrl, options)).json();
    return fetch(saveUrl, {
      ...options,
      method: "POST",
      keepalive: true,
      headers: { "X-CSRFToken": csrfToken, Accept: "application/json" },
      body: new URLSearchParams({ uuid, bot }),
    });
  };

  const save = async (uuid) => {
    if (saving.has(uuid)) return;
    saving.add(uuid);
    try {
      let response = await post(uuid);
      // A sign-in in another tab changes the token between the two requests.
      if (response.status === 403) response = await post(uuid);
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error || `HTTP ${response.status}`);
      tell("joinchat:linked", { uuid, ...answer });
    } catch (error) {
      console.error("JoinChat: the uuid could not be saved.", error);
      tell("joinchat:failed", { uuid, error: String(error.message || error) });
    } finally {
      saving.delete(uuid);
    }
  };

  let previous = null;
  try {
    // By its bare name: a page may have declared it with let, which window does not show.
    if (typeof joinchatSendToMessengerCallback === "function") {
      previous = joinchatSendToMessengerCallback;
    }
  } catch {
    // Declared and never initialised: there is nothing to run.
  }
  if (previous && previous[marker]) return;

  const callback = function (uuid, ...rest) {
    try {
      if (previous) previous.call(this, uuid, ...rest);
    } catch (error) {
      console.error("JoinChat: the page's own callback failed.", error);
    }
    save(String(uuid));
  };
  callback[marker] = true;

  window.joinchatSendToMessengerCallback = callback;
  try {
    if (joinchatSendToMessengerCallback !== callback) joinchatSendToMessengerCallback = callback;
  } catch (error) {
    console.error(
      "JoinChat: the page declares joinchatSendToMessengerCallback with const, so the uuid " +
        "cannot be saved. Declare it with let, var or function.",
      error,
    );
  }
})();
