/*
 * Saves the uuid that JoinChat's SDK hands over when a visitor clicks "Send to Messenger".
 *
 * The SDK calls the global function joinchatSendToMessengerCallback(uuid). One that the page
 * defines itself, at the latest while it is being loaded, runs too, first. Afterwards the document
 * gets an event:
 *   joinchat:linked  detail = {uuid, bot, linked, pending}; pending for an anonymous visitor
 *   joinchat:failed  detail = {uuid, bot, error}; the next click tries again
 *
 * It may run any number of times in a document, as where pages are swapped in: the last tag counts.
 */
(() => {
  "use strict";

  const PATIENCE = 30_000; // milliseconds
  const marker = Symbol.for("joinchat_django");

  // A library that swaps pages may run this text in a script of its own, without our attributes.
  const tag = "script[data-joinchat-save-url]";
  const running = document.currentScript;
  const script = running && running.matches(tag) ? running : [...document.querySelectorAll(tag)].pop();
  const { joinchatBot: bot, joinchatSaveUrl: saveUrl, joinchatCsrfUrl: csrfUrl } = script.dataset;

  window[marker] = window[marker] || { saving: new Set() };
  const { saving } = window[marker];
  window[marker].site = { bot, saveUrl, csrfUrl };

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

  const post = async (uuid, { bot, saveUrl, csrfUrl }, signal) => {
    const { csrfToken } = await read(await call(csrfUrl, { signal }));
    return call(saveUrl, {
      method: "POST",
      keepalive: true,
      signal,
      // In the body, as a site may have renamed the header.
      body: new URLSearchParams({ uuid, bot, csrfmiddlewaretoken: csrfToken }),
    });
  };

  const send = async (uuid, site) => {
    // A site that never answers must not keep the next click from trying again.
    const deadline = new AbortController();
    const late = new Error(`the site did not answer within ${PATIENCE / 1000} seconds`);
    const timer = setTimeout(() => deadline.abort(late), PATIENCE);
    try {
      let response = await post(uuid, site, deadline.signal);
      if (wasOvertaken(response)) response = await post(uuid, site, deadline.signal);
      return await read(response);
    } finally {
      clearTimeout(timer);
    }
  };

  // A sign-in in another tab changes the token between the two requests, or ends the session while
  // the second is answered, which Django tells by a page of its own and not by our JSON.
  const wasOvertaken = ({ status, headers }) =>
    status === 403 ||
    (status === 400 && !(headers.get("Content-Type") || "").startsWith("application/json"));

  const save = async (uuid) => {
    const { site } = window[marker];
    const { bot } = site;
    const key = `${bot} ${uuid}`;
    if (saving.has(key)) return;
    saving.add(key);
    let outcome;
    try {
      outcome = ["joinchat:linked", { uuid, bot, pending: false, ...(await send(uuid, site)) }];
    } catch (error) {
      console.error("JoinChat: the uuid could not be saved.", error);
      outcome = ["joinchat:failed", { uuid, bot, error: String(error.message || error) }];
    }
    // Before the event, so that a listener may try again.
    saving.delete(key);
    tell(...outcome);
  };

  const current = () => {
    try {
      // By its bare name: a page may have declared it with let, which window does not show.
      return typeof joinchatSendToMessengerCallback === "function"
        ? joinchatSendToMessengerCallback
        : null;
    } catch {
      // Declared and never initialised: there is nothing to run.
      return null;
    }
  };

  // Makes ours the callback, in front of what the page has there. Tells whether that worked.
  const take = () => {
    const previous = current();
    if (previous && previous[marker]) return true;
    const callback = function (uuid, ...rest) {
      try {
        if (previous) previous.call(this, uuid, ...rest);
      } catch (error) {
        console.error("JoinChat: the page's own callback failed.", error);
      }
      save(uuid === undefined || uuid === null ? "" : String(uuid));
    };
    callback[marker] = true;
    try {
      window.joinchatSendToMessengerCallback = callback;
      if (joinchatSendToMessengerCallback !== callback) joinchatSendToMessengerCallback = callback;
      return true;
    } catch (error) {
      console.error(
        "JoinChat: the page declares joinchatSendToMessengerCallback with const, so the uuid " +
          "cannot be saved. Declare it with let, var or function.",
        error,
      );
      return false;
    }
  };

  if (take() && document.readyState === "loading") {
    // Once more, for a callback that the page defines below the tag.
    document.addEventListener("DOMContentLoaded", take);
  }
})();
