// What one can do to messages and as their recipient.

import { call, page, say, sayCopied, sayFailed } from "./inbox-calls.js";
import { renew } from "./inbox-page.js";

const pressed = document.getElementById("jc-box-pressed");

const ACTIONS = [
  ["[data-jc-delete]", remove],
  ["[data-jc-copy]", copy],
  ["[data-jc-write]", write],
  [".jc-box-thread .jc-button[data-jc-payload]", press],
];

document.addEventListener("click", async (event) => {
  for (const [selector, act] of ACTIONS) {
    const found = event.target.closest(selector);
    if (found) {
      try {
        await act(found);
      } catch (error) {
        sayFailed(error);
      }
    }
  }
});

// What is opened grows under the pointer, though the thread is fixed at its end.
document.addEventListener("click", ({ target }) => {
  const summary = target.closest("summary");
  if (summary) {
    summary.jcTop = summary.getBoundingClientRect().top;
  }
});

function holdStill(summary) {
  const moved = summary.getBoundingClientRect().top - (summary.jcTop ?? NaN);
  if (moved) {
    summary.closest(".jc-box-scroll").scrollBy(0, moved);
  }
}

// Such events do not bubble.
document.addEventListener("toggle", ({ target }) => showFacts(target).catch(sayFailed), true);

async function remove(button) {
  const { jcConfirm, jcDelete, jcDone, jcLeave } = button.dataset;
  if (jcConfirm && !(await isConfirmed(jcConfirm))) {
    return;
  }
  const entry = button.closest("article");
  const near = entry?.nextElementSibling ?? entry?.previousElementSibling;
  await call("DELETE", jcDelete);
  if (jcLeave) {
    history.replaceState(null, "", jcLeave);
    document.querySelector(".jc-box-search input").value = "";
  }
  await renew();
  if (!button.isConnected) {
    const next = near?.isConnected ? near.querySelector("[data-jc-delete]") : null;
    (next ?? document.getElementById("jc-box-thread")).focus();
  }
  say(jcDone);
}

function isConfirmed(question) {
  const dialog = document.getElementById("jc-box-confirm");
  document.getElementById("jc-box-question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    const tell = () => answer(dialog.returnValue === "yes");
    dialog.addEventListener("close", tell, { once: true });
  });
}

async function copy(button) {
  const source = document.getElementById(button.dataset.jcCopy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    sayCopied(true);
  } catch {
    // Browsers offer the clipboard to https and to the loopback address only.
    source.hidden = false;
    getSelection().selectAllChildren(source);
    sayCopied(false);
  }
}

async function write(button) {
  const { jcWrite, jcSaid, jcNote } = button.dataset;
  await call("POST", "/_sandbox/activity", { to: jcWrite });
  show(document.getElementById("jc-box-entries"), "append", jcSaid, jcNote);
  await renew();
}

async function press(button) {
  const place = button.closest("[data-jc-to]");
  const to = place.dataset.jcTo;
  const { jcBlock: block, jcFlow: flow, jcPayload: payload } = button.dataset;
  const texts = pressed.dataset;
  let ran = payload ? texts.jcPayload : texts.jcNothing;
  if (block || flow) {
    ran = block && flow ? texts.jcBoth : block ? texts.jcBlock : texts.jcFlow;
  }
  ran = ran.replace("%(block)s", () => block).replace("%(flow)s", () => flow);
  if (document.getElementById("jc-box-thread").dataset.jcThread === to) {
    show(document.getElementById("jc-box-entries"), "append", button.textContent, ran, payload);
  } else {
    show(place, "after", button.textContent, ran, payload);
  }
  if (to) {
    await call("POST", "/_sandbox/activity", { to });
    await renew();
  }
}

function show(place, where, own, ran, payload = "") {
  const event = pressed.content.firstElementChild.cloneNode(true);
  event.dataset.jcLocal = "";
  event.setAttribute("role", "status");
  place[where](event);
  // A screen reader says what changes in a status, not what it comes with.
  setTimeout(() => {
    event.querySelector(".jc-box-own").textContent = own;
    event.querySelector(".jc-box-ran").textContent = ran;
    event.querySelector(".jc-box-payload").textContent = payload;
    event.scrollIntoView({ block: "nearest" });
  });
}

async function showFacts(details) {
  const { jcFacts } = details.dataset ?? {};
  if (!jcFacts || !details.open) {
    return;
  }
  const summary = details.querySelector("summary");
  holdStill(summary);
  if (details.querySelector("section")) {
    return;
  }
  const found = (await page(jcFacts)).getElementById("jc-facts");
  if (found) {
    found.removeAttribute("id");
    details.querySelector(".jc-box-facts").replaceWith(found);
    holdStill(summary);
  }
}
