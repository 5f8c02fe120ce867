/* Keeps the page of a broadcast up to date, and shows of the compose page what was chosen. */
(() => {
  "use strict";

  const LEAST = 1500; // milliseconds between two questions
  const TIMES = 5; // as long as the answer took, at least
  const SLOW = 15000; // the same while nobody looks, or it is paused
  const MOST = 60000; // the same after many errors
  const WEIGHT = 0.3; // of the newest rate among those before

  function language() {
    return document.documentElement.lang || undefined;
  }

  function inWords(seconds) {
    const units = [[90, 1, "second"], [5400, 60, "minute"], [Infinity, 3600, "hour"]];
    const [, size, unit] = units.find(([most]) => seconds <= most);
    const number = Math.max(Math.round(seconds / size), 1);
    const form = { style: "unit", unit, unitDisplay: "long" };
    return new Intl.NumberFormat(language(), form).format(number);
  }

  function watch(page) {
    const bar = page.querySelector("progress");
    const said = page.querySelector("[data-live-said]");
    const shown = {};
    let state = {
      status: page.dataset.status,
      moves: page.dataset.moves === "true",
      waits: page.dataset.waits === "true",
      advances: page.dataset.advances === "true",
      retry: page.dataset.canRetry === "true",
    };
    let last = { done: bar.value, at: performance.now() };
    let rate = null;
    let announced = Math.floor((10 * bar.value) / (bar.max || 1));
    let errors = 0;
    let timer = null;
    let isAsking = false;

    function put(name, text) {
      for (const place of page.querySelectorAll(`[data-live="${name}"]`)) {
        if (place.textContent !== text) {
          place.textContent = text;
        }
      }
    }

    function replace(name, html) {
      // What is the same stays, and so does what somebody has a hand on.
      if (shown[name] !== html) {
        shown[name] = html;
        page.querySelector(`[data-live-html="${name}"]`).innerHTML = html;
      }
    }

    function measure(news) {
      const now = performance.now();
      const current = (1000 * (news.done - last.done)) / (now - last.at);
      last = { done: news.done, at: now };
      if (current < 0) {
        rate = null; // Some are tried again.
      } else {
        rate = rate === null ? current : WEIGHT * current + (1 - WEIGHT) * rate;
      }
      if (news.status === "running" && rate >= 0.05) {
        const digits = { maximumFractionDigits: rate < 10 ? 1 : 0 };
        put("rate", new Intl.NumberFormat(language(), digits).format(rate));
        const left = inWords((news.total - news.done) / rate);
        put("remaining", page.dataset.about.replace("{}", left));
      }
    }

    function announce(news) {
      const tenth = Math.floor(news.percent / 10);
      if (news.status !== state.status) {
        said.textContent = news.texts.status;
      } else if (tenth !== announced) {
        said.textContent = news.texts.percent;
      }
      announced = tenth;
    }

    function show(news) {
      announce(news);
      bar.value = news.done;
      bar.max = news.total;
      for (const [name, text] of Object.entries(news.texts)) {
        put(name, text);
      }
      measure(news);
      const label = page.querySelector("[data-live-status]");
      label.classList.replace(`joinchat-${state.status}`, `joinchat-${news.status}`);
      replace("notes", news.notes);
      if (news.status !== state.status || news.can_retry !== state.retry) {
        page.querySelector('[data-live-html="controls"]').innerHTML = news.controls;
      }
      state = {
        status: news.status,
        moves: news.moves,
        waits: news.waits,
        advances: news.advances,
        retry: news.can_retry,
      };
    }

    function fail() {
      errors += 1;
      const note = document.createElement("p");
      note.className = "joinchat-note joinchat-warning";
      note.textContent = page.dataset.lost;
      replace("notes", note.outerHTML);
    }

    async function ask() {
      const options = { headers: { Accept: "application/json" }, cache: "no-store" };
      let url = page.dataset.livePage;
      const token = page.querySelector("input[name=csrfmiddlewaretoken]");
      if (state.advances && token) {
        url = page.dataset.advance;
        options.method = "POST";
        options.headers["X-CSRFToken"] = token.value;
      }
      const answer = await fetch(url, options);
      if (!answer.ok || answer.redirected) {
        throw new Error(String(answer.status));
      }
      show(await answer.json());
    }

    async function go() {
      timer = null;
      isAsking = true;
      const begun = performance.now();
      try {
        await ask();
        errors = 0;
      } catch (error) {
        fail();
      }
      isAsking = false;
      next(performance.now() - begun);
    }

    function next(took) {
      if (!state.moves && !state.waits) {
        return;
      }
      // Where this page does the work, it goes on with it also while nobody looks.
      let pause = state.advances ? LEAST : Math.max(LEAST, TIMES * took);
      if (!state.moves || (document.hidden && !state.advances)) {
        pause = Math.max(pause, SLOW);
      }
      if (errors) {
        pause = Math.min(Math.max(pause, LEAST) * 2 ** errors, MOST);
      }
      timer = window.setTimeout(go, pause);
    }

    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && timer !== null) {
        window.clearTimeout(timer);
        if (!isAsking) {
          go();
        }
      }
    });
    page.classList.add("joinchat-scripted");
    next(0);
  }

  function choose(form) {
    const sources = form.querySelectorAll("input[type=radio][name=source]");

    function show() {
      const chosen = form.querySelector("input[name=source]:checked, input[type=hidden][name=source]");
      for (const part of form.querySelectorAll("[data-source]")) {
        part.hidden = Boolean(chosen) && part.dataset.source !== chosen.value;
      }
    }

    for (const source of sources) {
      source.addEventListener("change", show);
    }
    window.addEventListener("pageshow", show); // A browser that goes back fills in later.
    show();
  }

  function begin() {
    document.querySelectorAll(".joinchat-live").forEach(watch);
    document.querySelectorAll(".joinchat-compose").forEach(choose);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
