/*
 * Saves the uuid that JoinChat's SDK hands over when a visitor clicks "Send to Messenger".
 *
 * The SDK calls the global function joinchatSendToMessengerCallback(uuid). One that the page had
 * defined before still runs, first. Afterwards the document gets an event:
 *   joinchat:linked  detail = {uuid, bot, linked, pending}; pending for an anonymous visitor
 *   joinchat:failed  detail = {uuid, bot, error}
 */
(() => {
  "use strict";

  const { joinchatBot, joinchatSaveUrl, joinchatCsrfUrl } = document.currentScript.dataset;
  const site = { bot: joinchatBot, saveUrl: joinchatSaveUrl, csrfUrl: joinchatCsrfUrl };
  const marker = Symbol.for("joinchat_django");
  const saving = new Set();

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  const call = (url, options) =>
    fetch(url, {
      credentials: "same-origin",
      cache: "no-store",
      headers: { Accept: "application/json" },
      ...options,
    });

  const read = async (response) => {
    // A page of errors, or one to sign in at, is no JSON.
    const answer = await response.json().catch(() => null);
    if (!response.ok || !answer) {
      const { error } = answer || {};
      throw new Error(error || `${response.url} answered ${response.status} without a reason`);
    }
    return answer;
  };

  const post = async (uuid, { bot, saveUrl, csrfUrl }) => {
    const { csrfToken } = await read(await call(csrfUrl));
    return call(saveUrl, {
      method: "POST",
      keepalive: true,
      // In the body, as a site may have renamed the header.
      body: new URLSearchParams({ uuid, bot, csrfmiddlewaretoken: csrfToken }),
    });
  };

  const save = async (uuid) => {
    const target = { ...site };
    const { bot } = target;
    const key = `${bot} ${uuid}`;
    if (saving.has(key)) return;
    saving.add(key);
    let outcome;
    try {
      let response = await post(uuid, target);
      // A sign-in in another tab changes the token between the two requests.
      if (response.status === 403) response = await post(uuid, target);
      outcome = ["joinchat:linked", { uuid, bot, pending: false, ...(await read(response)) }];
    } catch (error) {
      console.error("JoinChat: the uuid could not be saved.", error);
      outcome = ["joinchat:failed", { uuid, bot, error: String(error.message || error) }];
    }
    // Before the event, so that a listener may try again.
    saving.delete(key);
    tell(...outcome);
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
  if (previous && previous[marker]) {
    // The tag twice, or a page that was swapped in: the last one counts.
    Object.assign(previous[marker], site);
    return;
  }

  const callback = function (uuid, ...rest) {
    try {
      if (previous) previous.call(this, uuid, ...rest);
    } catch (error) {
      console.error("JoinChat: the page's own callback failed.", error);
    }
    save(uuid === undefined || uuid === null ? "" : String(uuid));
  };
  callback[marker] = site;

  try {
    window.joinchatSendToMessengerCallback = callback;
    if (joinchatSendToMessengerCallback !== callback) joinchatSendToMessengerCallback = callback;
  } catch (error) {
    console.error(
      "JoinChat: the page declares joinchatSendToMessengerCallback with const, so the uuid " +
        "cannot be saved. Declare it with let, var or function.",
      error,
    );
  }
})();
