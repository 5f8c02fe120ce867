// The panels for the clock and for faults on demand.

import { call } from "./inbox-calls.js";
import { renew } from "./inbox-page.js";

const clock = document.getElementById("jc-box-clock");
const faults = document.getElementById("jc-box-faults");
const faultForm = document.getElementById("jc-box-fault");

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-jc-panel]");
  if (opener) {
    document.getElementById(opener.dataset.jcPanel).showModal();
  }
  target.closest("[data-jc-close]")?.closest("dialog").close();
});

async function change(panel, method, url, data) {
  const complaint = panel.querySelector(".jc-box-complaint");
  try {
    await call(method, url, data);
    complaint.textContent = "";
    await renew();
  } catch (error) {
    complaint.textContent = error.message;
  }
}

clock.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-jc-forward]");
  if (step) {
    change(clock, "POST", "/_sandbox/clock", { forward: Number(step.dataset.jcForward) });
  } else if (target.closest("[data-jc-reset]")) {
    change(clock, "POST", "/_sandbox/clock", { reset: true });
  }
});

clock.addEventListener("submit", (event) => {
  event.preventDefault();
  const { amount, unit } = event.target.elements;
  const forward = amount.valueAsNumber * Number(unit.value);
  change(clock, "POST", "/_sandbox/clock", { forward });
});

function showFieldsOfKind() {
  const kind = faultForm.elements.kind.value;
  for (const row of faultForm.querySelectorAll("[data-jc-for]")) {
    row.hidden = !row.dataset.jcFor.split(" ").includes(kind);
    row.querySelector("input").disabled = row.hidden;
  }
}

// A number that is written is the one that is meant.
faultForm.addEventListener("input", ({ target }) => {
  const limit = target.closest("fieldset .jc-box-pair")?.querySelector("[type=radio]");
  if (limit) {
    limit.checked = true;
  }
  showFieldsOfKind();
});

faultForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const { kind, limit } = faultForm.elements;
  const fault = { kind: kind.value };
  for (const name of ["status", "retry_after", "latency", limit.value]) {
    const field = faultForm.elements[name];
    if (!field.disabled && field.value !== "") {
      fault[name] = name === "share" ? field.valueAsNumber / 100 : field.valueAsNumber;
    }
  }
  change(faults, "POST", "/_sandbox/faults", fault);
});

faults.addEventListener("click", ({ target }) => {
  if (target.closest("[data-jc-stop]")) {
    change(faults, "DELETE", "/_sandbox/faults");
  }
});

showFieldsOfKind();
