// Keeps the inbox up to date: asks for the store's version, and takes the page anew when it grew.

import { call } from "./inbox-calls.js";
import { renew, sandboxTime, stateOf } from "./inbox-page.js";
import "./inbox-actions.js";
import "./inbox-panels.js";

const EVERY_MS = 1000;
const PRESENCE_MS = 60_000;
const status = document.getElementById("jc-box-status");
let renewedAt = Date.now();
let looking = null;

function say(text, stopped) {
  if (status.textContent !== text) {
    status.textContent = text;
  }
  status.classList.toggle("jc-box-stopped", stopped);
}

async function look() {
  clearTimeout(looking);
  const began = Date.now();
  let wait = EVERY_MS;
  if (!document.hidden) {
    try {
      const { run, version, faults } = await call("GET", "/_sandbox/state");
      const isNews = `${run}/${version}/${faults}` !== stateOf(document);
      // Who was active how long ago goes on by itself.
      if (isNews || Date.now() - renewedAt > PRESENCE_MS) {
        await renew();
        renewedAt = Date.now();
      }
      say(isNews ? status.dataset.jcNews : status.dataset.jcLive, false);
    } catch {
      say(status.dataset.jcStopped, true);
      wait = 2 * EVERY_MS;
    }
  }
  // A page of a burst takes its time: leave the sandbox most of it.
  wait = Math.max(wait, 3 * (Date.now() - began));
  clearTimeout(looking);
  looking = setTimeout(look, wait);
}

// Counts down to messages under way, and shows the sandbox's time.
function tick() {
  let isDue = false;
  for (const part of document.querySelectorAll("[data-jc-due]")) {
    const left = Math.ceil((Number(part.dataset.jcDue) - sandboxTime()) / 1000);
    isDue ||= left <= 0;
    part.textContent = part.dataset.jcText.replace("%s", Math.max(0, left));
  }
  for (const part of document.querySelectorAll("[data-jc-left]")) {
    part.jcEnd ??= Date.now() + Number(part.dataset.jcLeft) * 1000;
    const left = Math.ceil((part.jcEnd - Date.now()) / 1000);
    part.textContent = part.dataset.jcText.replace("%s", Math.max(0, left));
  }
  for (const part of document.querySelectorAll("dialog[open] [data-jc-clock]")) {
    const now = new Date(sandboxTime());
    const local = new Date(now - now.getTimezoneOffset() * 60_000);
    part.textContent = local.toISOString().slice(0, 19).replace("T", " ");
  }
  setTimeout(tick, isDue ? EVERY_MS : 250);
}

document.addEventListener("visibilitychange", () => document.hidden || look());
tick();
look();
