// Takes the page anew from the sandbox, and puts in what has changed.

import { page } from "./inbox-calls.js";

let offset = Number(document.body.dataset.jcNow) - Date.now();
let renewing = Promise.resolve();

// The sandbox's time in milliseconds.
export function sandboxTime() {
  return Date.now() + offset;
}

export function stateOf({ body }) {
  const { jcRun, jcVersion, jcFaults } = body.dataset;
  return `${jcRun}/${jcVersion}/${jcFaults}`;
}

// One after the other, so that an older page never replaces a newer one.
export function renew() {
  const next = renewing.then(renewNow, renewNow);
  renewing = next.catch(() => {});
  return next;
}

async function renewNow() {
  const fresh = await page(location.href);
  offset = Number(fresh.body.dataset.jcNow) - Date.now();
  replaceKeepingFocus(fresh, "jc-box-list", "href");
  replaceKeepingFocus(fresh, "jc-box-active", "type");
  replaceThread(fresh);
  document.title = fresh.title;
  document.body.className = fresh.body.className;
  Object.assign(document.body.dataset, fresh.body.dataset);
  for (const id of ["jc-box-count", "jc-box-ahead", "jc-box-fault-count", "jc-box-drift"]) {
    document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
  }
}

function replaceKeepingFocus(fresh, id, attribute) {
  const place = document.getElementById(id);
  const active = document.activeElement;
  const focused = place.contains(active) && active !== place ? active : null;
  place.replaceChildren(...fresh.getElementById(id).childNodes);
  if (focused) {
    const mark = focused.getAttribute(attribute);
    const again = [...place.querySelectorAll(focused.localName)].find(
      (each) => each.getAttribute(attribute) === mark,
    );
    (again ?? place).focus();
  }
}

function replaceThread(fresh) {
  const thread = document.getElementById("jc-box-thread");
  const next = fresh.getElementById("jc-box-thread");
  const entries = document.getElementById("jc-box-entries");
  const nextEntries = fresh.getElementById("jc-box-entries");
  const isSame = thread.dataset.jcThread === next.dataset.jcThread;
  if (!isSame || Boolean(entries) !== Boolean(nextEntries)) {
    thread.dataset.jcThread = next.dataset.jcThread;
    thread.replaceChildren(...next.childNodes);
    return;
  }
  if (entries) {
    replaceEntries(entries, nextEntries);
  }
  const presence = thread.querySelector(".jc-box-presence");
  const nextPresence = next.querySelector(".jc-box-presence");
  if (presence && nextPresence) {
    presence.textContent = nextPresence.textContent;
    presence.className = nextPresence.className;
  }
}

// An entry changes but once, when it arrives. What is there stays, with its open details and its
// place in a carousel; so does what the visitor did on this page.
function replaceEntries(entries, nextEntries) {
  const next = new Map([...nextEntries.children].map((entry) => [entry.id, entry]));
  for (const entry of [...entries.children]) {
    const fresh = entry.id && next.get(entry.id);
    if (fresh && fresh.dataset.jcStage !== entry.dataset.jcStage) {
      fresh.querySelector("details").replaceWith(entry.querySelector("details"));
      entry.replaceWith(fresh);
    } else if (!fresh && !("jcLocal" in entry.dataset)) {
      entry.remove();
    }
  }
  let before = null;
  for (const fresh of [...nextEntries.children]) {
    const entry = (fresh.id && document.getElementById(fresh.id)) || fresh;
    const place = nextShared(before ? before.nextElementSibling : entries.firstElementChild);
    if (place !== entry) {
      entries.insertBefore(entry, place);
    }
    before = entry;
  }
}

// What is new comes after what the visitor did.
function nextShared(place) {
  let found = place;
  while (found && "jcLocal" in found.dataset) {
    found = found.nextElementSibling;
  }
  return found;
}
