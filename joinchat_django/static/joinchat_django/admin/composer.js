/* The composer in place: every click and pause in typing submits the form to the server, which
   answers with the composer as it is then. Without this script the same buttons submit the page. */
(() => {
  "use strict";

  const PAUSE = 350; // milliseconds
  const NEARLY = 0.9;

  class Composer {
    constructor(root) {
      this.root = root;
      this.form = root.closest("form");
      this.prefix = root.dataset.prefix;
      this.said = root.querySelector(".jcc-said");
      this.timer = 0;
      this.running = null;
      root.classList.add("jcc-scripted");
      root.addEventListener("click", (event) => this.click(event));
      root.addEventListener("input", (event) => this.input(event));
      root.addEventListener("change", (event) => this.change(event));
      this.settle();
    }

    get inner() {
      return this.root.querySelector(".jcc-inner");
    }

    click(event) {
      const link = event.target.closest(".jcc-remarks a");
      if (link) {
        event.preventDefault();
        this.reveal(document.getElementById(link.getAttribute("href").slice(1)));
        return;
      }
      const button = event.target.closest(`button[name="${this.prefix}-op"]`);
      if (!button || this.bypassed === button) return;
      event.preventDefault();
      if (button.dataset.op === "test") this.test(button);
      else this.submit(button);
    }

    input(event) {
      if (!event.target.matches("input[type=text], input[type=number], textarea")) return;
      this.count(event.target);
      this.later();
    }

    change(event) {
      const input = event.target;
      if (input.matches(".jcc-languages > .jcc-tab")) this.showPreview(input.value);
      else if (input.matches(".jcc-type input")) this.refresh(input.id);
      else if (input.matches("select, input[type=checkbox], input[type=radio]")) this.later(0);
      this.settle();
    }

    later(pause = PAUSE) {
      clearTimeout(this.timer);
      this.running?.abort();
      this.timer = setTimeout(() => this.refresh(""), pause);
    }

    async refresh(focus) {
      const next = await this.ask("refresh").catch(() => this.fail());
      if (!next) return;
      if (focus) this.replace(next, focus);
      else this.merge(next);
    }

    async submit(button) {
      const operation = button.dataset.op;
      this.inner.inert = true;
      try {
        const next = await this.ask(button.value);
        if (!next) return;
        this.replace(next, next.focus, operation);
      } catch {
        // The page itself can do it.
        this.inner.inert = false;
        this.bypassed = button;
        this.form.requestSubmit(button);
      }
    }

    async test(button) {
      const place = () => document.getElementById(`id_${this.prefix}-tried`);
      button.disabled = true;
      place().textContent = "";
      try {
        const answer = await this.post(this.root.dataset.test, "test", undefined);
        place().textContent = answer.text;
        place().classList.toggle("jcc-sent", answer.sent);
      } catch {
        this.fail();
      }
      document.querySelectorAll(`#${CSS.escape(this.root.id)} [data-op=test]`)
        .forEach((each) => { each.disabled = false; });
    }

    /* Returns the server's answer, or nothing if something newer has been asked since. */
    async ask(operation) {
      clearTimeout(this.timer);
      this.running?.abort();
      const running = new AbortController();
      this.running = running;
      try {
        const answer = await this.post(this.root.dataset.compose, operation, running.signal);
        if (this.running !== running) return null;
        const parsed = new DOMParser().parseFromString(answer.html, "text/html");
        this.say("");
        return { inner: parsed.querySelector(".jcc-inner"), focus: answer.focus };
      } catch (error) {
        if (running.signal.aborted) return null;
        throw error;
      }
    }

    async post(url, operation, signal) {
      const data = new FormData(this.form);
      data.delete(`${this.prefix}-op`);
      data.append(`${this.prefix}-op`, operation);
      const response = await fetch(url, {
        method: "POST",
        body: data,
        signal,
        credentials: "same-origin",
        headers: { Accept: "application/json" },
      });
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    }

    /* Puts the whole answer in place of what is there, and goes on at an element. */
    replace(next, focus, operation) {
      this.keep(this.inner, next.inner);
      const scrolled = this.scrolled();
      this.inner.replaceWith(document.importNode(next.inner, true));
      this.settle();
      this.scroll(scrolled);
      this.goOn(focus, operation);
    }

    goOn(id, operation) {
      const place = id && document.getElementById(id);
      if (!place) return;
      const tool = ["up", "down", "remove"].includes(operation)
        ? place.querySelector(`:scope > .jcc-item-head [data-op=${operation}]:not(:disabled)`)
          ?? place.querySelector(":scope > .jcc-item-head button:not(:disabled)")
          ?? place.querySelector("button:not(:disabled)")
        : null;
      const first = place.querySelector("input:not([type=hidden]), select, textarea")
        ?? place.querySelector("button:not(:disabled)");
      const target = tool ?? (place.matches("input, select, textarea") ? place : first ?? place);
      target.focus();
      target.scrollIntoView({ block: "nearest" });
    }

    /* Brings up to date what nobody is typing in. */
    merge(next) {
      this.keep(this.inner, next.inner);
      const scrolled = this.scrolled();
      const busy = document.activeElement;
      for (const fresh of next.inner.querySelectorAll(".jcc-live")) {
        const current = document.getElementById(fresh.id);
        if (!current || current.contains(busy) || current.isEqualNode(fresh)) continue;
        // A textarea's text is no longer in the markup once somebody has typed in it.
        if (!fresh.isConnected || !fresh.parentElement) continue;
        current.replaceWith(document.importNode(fresh, true));
      }
      for (const fresh of next.inner.querySelectorAll("[aria-invalid], [aria-describedby]")) {
        const current = document.getElementById(fresh.id);
        if (current) this.describe(current, fresh);
      }
      for (const current of this.inner.querySelectorAll("[aria-invalid]")) {
        const fresh = current.id && next.inner.querySelector(`#${CSS.escape(current.id)}`);
        if (fresh) this.describe(current, fresh);
      }
      this.settle();
      this.scroll(scrolled);
    }

    describe(current, fresh) {
      for (const name of ["aria-invalid", "aria-describedby"]) {
        if (fresh.hasAttribute(name)) current.setAttribute(name, fresh.getAttribute(name));
        else current.removeAttribute(name);
      }
    }

    keep(current, next) {
      for (const details of current.querySelectorAll("details[id][open]")) {
        const fresh = next.querySelector(`#${CSS.escape(details.id)}`);
        if (fresh) fresh.open = true;
      }
    }

    scrolled() {
      return [...this.inner.querySelectorAll(".jc-carousel")].map((each) => each.scrollLeft);
    }

    scroll(positions) {
      this.inner.querySelectorAll(".jc-carousel").forEach((each, index) => {
        each.scrollLeft = positions[index] ?? 0;
      });
    }

    count(input) {
      const under = document.getElementById(`${input.id}_under`);
      const counter = under?.querySelector(".jcc-counter");
      if (!counter || /\{[{%]/.test(input.value)) return;
      const most = Number(counter.dataset.most);
      const length = [...input.value].length;
      const before = counter.className;
      counter.firstElementChild.textContent = length;
      counter.classList.toggle("jcc-over", length > most);
      counter.classList.toggle("jcc-near", length <= most && length >= NEARLY * most);
      if (counter.className === before && length <= most) return;
      const words = length > most ? this.root.dataset.over : this.root.dataset.left;
      this.say(length >= NEARLY * most ? `${Math.abs(most - length)} ${words}` : "");
    }

    showPreview(index) {
      for (const screen of this.inner.querySelectorAll(".jcc-screen")) {
        screen.hidden = screen.dataset.panel !== index;
      }
    }

    /* The tag follows the switch, and its purpose follows the tag. */
    settle() {
      const at = (name) => document.getElementById(`id_${this.prefix}-${name}`);
      const tag = at("tag");
      const forbidden = at("is_promotional").checked;
      if (forbidden) tag.value = "";
      tag.disabled = forbidden;
      at("tag_forbidden").hidden = !forbidden;
      const purpose = tag.value
        ? this.inner.querySelector(`dd[data-tag="${CSS.escape(tag.value)}"]`)?.textContent
        : "";
      if (at("tag_purpose").textContent !== (purpose ?? "")) {
        at("tag_purpose").textContent = purpose ?? "";
      }
    }

    /* Opens the tabs and details that a place is in, and goes there. */
    reveal(place) {
      if (!place) return;
      for (let pane = place.closest(".jcc-pane"); pane; pane = pane.parentElement.closest(".jcc-pane")) {
        const tab = pane.previousElementSibling.previousElementSibling;
        if (tab.checked) continue;
        tab.checked = true;
        tab.dispatchEvent(new Event("change", { bubbles: true }));
      }
      for (let more = place.closest("details"); more; more = more.parentElement.closest("details")) {
        more.open = true;
      }
      place.focus();
      place.scrollIntoView({ block: "center" });
    }

    say(text) {
      if (this.said.textContent !== text) this.said.textContent = text;
    }

    fail() {
      this.say(this.root.dataset.failed);
      const gaps = document.getElementById(`id_${this.prefix}-gaps`);
      if (gaps) gaps.textContent = this.root.dataset.failed;
      return null;
    }
  }

  const start = () => {
    for (const root of document.querySelectorAll(".jcc[data-compose]:not([data-compose=''])")) {
      new Composer(root);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
