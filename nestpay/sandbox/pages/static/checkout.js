// Comforts only: every button also works as a plain form without this file.
const form = document.getElementById("pay-form");
const number = document.getElementById("number");

for (const chip of document.querySelectorAll("[data-number]")) {
  const mark = () => chip.setAttribute("aria-pressed", String(chip.dataset.number === number.value));
  number.addEventListener("input", mark);
  chip.addEventListener("click", (event) => {
    event.preventDefault();
    number.value = chip.dataset.number;
    number.dispatchEvent(new Event("input"));
  });
  mark();
}

// What is typed on the right survives a button of the promotion box on the left.
document.getElementById("promo-form")?.addEventListener("submit", (event) => {
  for (const [name, value] of new FormData(form)) {
    if (name === "do") continue;
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    event.target.append(kept);
  }
});

// A country is enough to know the tax; the button beside it is for browsers without this file.
const update = document.querySelector("[data-testid=update-total]");
if (update) {
  update.hidden = true;
  document.getElementById("country").addEventListener("change", () => form.requestSubmit(update));
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "pay") document.getElementById("pay").setAttribute("data-busy", "yes");
});
window.addEventListener("pageshow", () => document.getElementById("pay").removeAttribute("data-busy"));
