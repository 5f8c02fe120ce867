// The sandbox's stand-in for JoinChat's SDK: draws a "Send to Messenger" button, and on a click
// hands the page a uuid. All styles are set one by one, which a strict style policy lets pass.
"use strict";

(() => {
  const COOKIE = "joinchat_uuid";
  const MARK = "data-joinchat-sandbox-button";
  const LIVE = Symbol.for(MARK);
  const BLUE = "#0866ff";
  const DARK_BLUE = "#0655d4";
  const GREEN = "#1f7a37";
  const YEAR_IN_SECONDS = 365 * 24 * 60 * 60;
  const ownScript = document.currentScript;

  function savedUuid() {
    const found = document.cookie.match(/(?:^|;\s*)joinchat_uuid=([A-Za-z0-9._~:@+/=-]{1,255})/);
    return found ? found[1] : null;
  }

  function newUuid() {
    if (crypto.randomUUID) {
      return crypto.randomUUID();
    }
    // Browsers offer randomUUID to https and to the loopback address only.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function keep(uuid) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${COOKIE}=${uuid}; path=/; max-age=${YEAR_IN_SECONDS}; SameSite=Lax${secure}`;
  }

  // By its bare name: a callback declared with let or const is no property of window.
  function pageCallback() {
    try {
      return typeof joinchatSendToMessengerCallback === "function"
        ? joinchatSendToMessengerCallback
        : null;
    } catch {
      return null;
    }
  }

  function drawIcon() {
    const namespace = "http://www.w3.org/2000/svg";
    const icon = document.createElementNS(namespace, "svg");
    const path = document.createElementNS(namespace, "path");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("width", "20");
    icon.setAttribute("height", "20");
    icon.setAttribute("aria-hidden", "true");
    path.setAttribute("fill", "currentColor");
    path.setAttribute(
      "d",
      "M12 2C6.3 2 2 6.1 2 11.5c0 2.9 1.2 5.3 3.2 7V22l3-1.7c1.2.4 2.5.6 3.8.6 5.7 0 10-4.1 " +
        "10-9.4S17.7 2 12 2Zm1 12.6-2.6-2.7-5 2.7 5.5-5.8 2.6 2.7 5-2.7-5.5 5.8Z",
    );
    icon.append(path);
    Object.assign(icon.style, { flex: "none", display: "block" });
    return icon;
  }

  function drawButton() {
    const button = document.createElement("button");
    const label = document.createElement("span");
    button.type = "button";
    button.setAttribute(MARK, "");
    button[LIVE] = true;
    label.textContent = "Send to Messenger";
    label.setAttribute("aria-live", "polite");
    button.append(drawIcon(), label);
    Object.assign(button.style, {
      display: "inline-flex",
      alignItems: "center",
      gap: "8px",
      minHeight: "40px",
      maxWidth: "100%",
      margin: "0",
      padding: "9px 18px 9px 14px",
      border: "0",
      borderRadius: "20px",
      backgroundColor: BLUE,
      color: "#ffffff",
      fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
      fontSize: "15px",
      fontWeight: "600",
      lineHeight: "20px",
      textAlign: "start",
      cursor: "pointer",
    });

    let ground = BLUE;
    const paint = (colour) => {
      button.style.backgroundColor = colour;
    };
    button.addEventListener("mouseenter", () => paint(ground === BLUE ? DARK_BLUE : ground));
    button.addEventListener("mouseleave", () => paint(ground));
    button.addEventListener("click", () => {
      if (handOver()) {
        ground = GREEN;
        paint(ground);
        label.textContent = "Sent to Messenger ✓";
      }
    });
    return button;
  }

  // Gives the page the visitor's uuid, and tells whether it took it.
  function handOver() {
    const callback = pageCallback();
    if (!callback) {
      console.error(
        "JoinChat sandbox: this page has no function joinchatSendToMessengerCallback. Define it " +
          "as a global before the SDK's script, or put {% joinchat_sdk %} into the template.",
      );
      return false;
    }
    let uuid = savedUuid();
    if (!uuid) {
      uuid = newUuid();
      keep(uuid);
    }
    callback(uuid);
    tellSandbox(uuid);
    return true;
  }

  // A click opens the 24-hour window. A page whose policy forbids this (connect-src) is linked all
  // the same: the sandbox takes a person for active when it first sees them.
  function tellSandbox(uuid) {
    try {
      navigator.sendBeacon(new URL("/_sandbox/clicks", ownScript.src), uuid);
    } catch {
      // The browser has said why.
    }
  }

  function draw() {
    const drawn = [...document.querySelectorAll(`[${MARK}]`)];
    // A library that swaps pages may put back a copy, which hears no clicks.
    drawn.filter((button) => !button[LIVE]).forEach((copy) => copy.remove());
    if (drawn.some((button) => button[LIVE])) {
      return;
    }
    const slot = document.querySelector("[data-joinchat-button]");
    if (slot) {
      slot.append(drawButton());
    } else if (ownScript && document.body.contains(ownScript)) {
      ownScript.after(drawButton());
    } else {
      document.body.append(drawButton());
    }
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", draw);
  } else {
    draw();
  }
})();
