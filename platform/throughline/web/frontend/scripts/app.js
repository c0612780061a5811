// Everything here is an addition: each page works without it.
import { createAll, Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios } from "nhsuk-frontend";

const root = document;
const token = () => root.querySelector('meta[name="csrf-token"]')?.content ?? "";

function enhance(scope = root) {
  for (const Component of [Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios]) {
    createAll(Component, {}, { scope });
  }
  for (const button of scope.querySelectorAll("[data-tl-copy], [data-tl-print]")) button.hidden = false;
  for (const form of scope.querySelectorAll("form[data-tl-autosave]")) autosave(form);
  for (const box of scope.querySelectorAll("textarea[data-tl-check]")) {
    check(box, () => box.dataset.tlCheck, () => new URLSearchParams({ text: box.value }));
  }
  const said = scope.querySelector("[data-tl-check-form]"), form = root.getElementById("rule-form");
  if (said && form) check(form, () => said.dataset.tlCheckForm, () => new URLSearchParams(new FormData(form)));
  for (const select of scope.querySelectorAll("select[data-tl-again]")) {
    select.addEventListener("change", () => select.form.querySelector('button[value="again"]').click());
  }
}

// Texts that a machine reads: a moment after typing stops, what is wrong with them stands beside them.
function check(box, address, values) {
  const told = root.querySelector("[data-tl-said]");
  if (!told || box.dataset.tlReady) return;
  box.dataset.tlReady = "yes";
  let waiting = 0, asked = 0;

  async function ask() {
    const mine = ++asked;
    const answer = await fetch(address(), {
      method: "POST", body: values(), credentials: "same-origin",
      headers: { "X-CSRFToken": token() },
    }).catch(() => null);
    if (answer?.ok && mine === asked) told.innerHTML = await answer.text();
  }

  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 700); });
}

// Drafts: a moment after typing stops, the form's values go to the address it names.
function autosave(form) {
  if (form.dataset.tlReady) return;
  form.dataset.tlReady = "yes";
  const told = form.querySelector("[data-tl-saved]");
  const say = (words) => { if (told) told.textContent = words; };
  let waiting = 0, sending = false, again = false, sent = false;

  async function save() {
    if (sent) return;
    if (sending) { again = true; return; }
    sending = true;
    try {
      const answer = await fetch(form.dataset.tlAutosave, {
        method: "POST", body: new FormData(form), credentials: "same-origin",
        headers: { "X-CSRFToken": token(), "X-Requested-With": "autosave", Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      say(`Saved ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`);
    } catch {
      say("Not saved yet. What you typed is still on this page, and we will try again.");
      clearTimeout(waiting);
      waiting = setTimeout(save, 15000);
    }
    sending = false;
    if (again) { again = false; save(); }
  }

  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, 1200); });
  form.addEventListener("submit", () => { sent = true; clearTimeout(waiting); });
}

// Queues: j and k walk the rows, Enter opens (it is a link), x selects.
function rowsOf(queue) { return [...queue.querySelectorAll("[data-tl-row]")]; }
function typing(target) { return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]"); }

root.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(null);
  const queue = root.querySelector("[data-tl-queue]");
  if (!queue || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const rows = rowsOf(queue);
  const at = rows.findIndex((row) => row.contains(root.activeElement));
  if (event.key === "j" || event.key === "k") {
    const next = rows[event.key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0)];
    next?.querySelector("a")?.focus();
    next?.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  } else if (event.key === "x" && at >= 0) {
    const box = rows[at].querySelector("[data-tl-select]");
    if (box) { box.click(); event.preventDefault(); }
  }
});

root.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tl-select]")) return;
  const chosen = root.querySelectorAll("[data-tl-select]:checked").length;
  for (const told of root.querySelectorAll("[data-tl-bulk-count]")) {
    told.textContent = chosen === 1 ? "1 selected" : `${chosen} selected`;
  }
});

// Menus are <details>: one open at a time, closed by Escape or by pressing elsewhere.
function closeMenus(kept) {
  for (const menu of root.querySelectorAll("[data-tl-menu][open]")) {
    if (menu === kept) continue;
    const inside = menu.contains(root.activeElement);
    menu.open = false;
    if (inside && !kept) menu.querySelector("summary").focus();
  }
}

root.addEventListener("click", async (event) => {
  const menu = event.target.closest("[data-tl-menu]");
  if (!menu) for (const open of root.querySelectorAll("[data-tl-menu][open]")) open.open = false;
  else closeMenus(menu);
  const copy = event.target.closest("[data-tl-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.tlCopy);
    const words = copy.querySelector("span");
    const before = words.textContent;
    words.textContent = "Copied";
    setTimeout(() => { words.textContent = before; }, 2000);
  }
  if (event.target.closest("[data-tl-print]")) window.print();
});

root.addEventListener("htmx:after:swap", (event) => enhance(event.target instanceof Element ? event.target : root));

root.body.classList.add("js-enabled", "nhsuk-frontend-supported");
enhance();
