// Keeps the inbox up to date: asks for the store's version, and takes the page anew when it grew.
"use strict";

(() => {
  const EVERY_MS = 1000;
  const status = document.getElementById("jc-box-status");
  let seen = stateOf(document);

  function stateOf(page) {
    const { jcRun, jcVersion } = page.body.dataset;
    return `${jcRun}/${jcVersion}`;
  }

  function say(text, stopped) {
    if (status.textContent !== text) {
      status.textContent = text;
    }
    status.classList.toggle("jc-box-stopped", stopped);
  }

  async function get(url) {
    const response = await fetch(url, { cache: "no-store" });
    if (!response.ok) {
      throw new Error(`${url} answered ${response.status}`);
    }
    return response;
  }

  function replaceList(fresh) {
    const list = document.getElementById("jc-box-list");
    const focused = list.contains(document.activeElement)
      ? document.activeElement.getAttribute("href")
      : null;
    list.replaceChildren(...fresh.getElementById("jc-box-list").childNodes);
    if (focused !== null) {
      [...list.querySelectorAll("a")]
        .find((link) => link.getAttribute("href") === focused)
        ?.focus();
    }
  }

  // Entries never change: what is there stays, with its open details and its place in a carousel.
  function replaceThread(fresh) {
    const thread = document.getElementById("jc-box-thread");
    const next = fresh.getElementById("jc-box-thread");
    const entries = document.getElementById("jc-box-entries");
    const nextEntries = fresh.getElementById("jc-box-entries");
    if (thread.dataset.jcThread !== next.dataset.jcThread || !entries || !nextEntries) {
      thread.dataset.jcThread = next.dataset.jcThread;
      thread.replaceChildren(...next.childNodes);
      return;
    }
    const kept = new Set([...nextEntries.children].map((entry) => entry.id));
    for (const entry of [...entries.children]) {
      if (!entry.id || !kept.has(entry.id)) {
        entry.remove();
      }
    }
    let place = entries.firstElementChild;
    for (const entry of [...nextEntries.children]) {
      if (place && entry.id && place.id === entry.id) {
        place = place.nextElementSibling;
      } else {
        entries.insertBefore(entry, place);
      }
    }
  }

  async function renew() {
    const html = await (await get(location.href)).text();
    const fresh = new DOMParser().parseFromString(html, "text/html");
    replaceList(fresh);
    replaceThread(fresh);
    document.title = fresh.title;
    document.body.className = fresh.body.className;
    const count = document.getElementById("jc-box-count");
    count.textContent = fresh.getElementById("jc-box-count").textContent;
    seen = stateOf(fresh);
  }

  async function look() {
    let wait = EVERY_MS;
    if (!document.hidden) {
      try {
        const { run, version } = await (await get("/_sandbox/state")).json();
        if (`${run}/${version}` === seen) {
          say(status.dataset.jcLive, false);
        } else {
          await renew();
          say(status.dataset.jcNews, false);
        }
      } catch {
        say(status.dataset.jcStopped, true);
        wait = 2 * EVERY_MS;
      }
    }
    setTimeout(look, wait);
  }

  look();
})();
