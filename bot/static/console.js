// The console's own behaviour; without it every page and form still works. Live updates are htmx's (see the templates).

const at = (id) => document.getElementById(id);

// --- shortcuts: one letter, never while typing, and they can be switched off ------------------------------------------

const SWITCH = "tellonce-console-keys";
const keysOn = at("keys-on");

function remembered() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

if (keysOn) {
  keysOn.checked = remembered();
  keysOn.addEventListener("change", () => {
    try {
      localStorage.setItem(SWITCH, keysOn.checked ? "on" : "off");
    } catch {
      // Not kept; it holds for this page.
    }
  });
}

function typing(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1);
  rows[next]?.focus();
}

function go(key) {
  const place = document.querySelector(`[data-key="${key}"]`);
  if (!place) return false;
  const folded = place.closest("details");
  if (folded) folded.open = true;
  const field = folded?.querySelector("textarea") ?? place;
  field.focus();
  field.scrollIntoView({ block: "center" });
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (keysOn && !keysOn.checked) return;
  switch (event.key) {
    case "j":
      step(1);
      break;
    case "k":
      step(-1);
      break;
    case "?": {
      const keys = at("keys");
      keys.open = !keys.open;
      keys.querySelector("summary").focus();
      break;
    }
    default:
      if (!/^[artm]$/.test(event.key) || !go(event.key)) return;
  }
  event.preventDefault();
});

// --- a conversation: forms are sent without leaving the page, the messages stay at the end ----------------------------

const talk = at("talk");
const notSent = at("not-sent");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-live]") || !window.htmx) return; // without htmx nothing would follow: load the page
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  notSent.hidden = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Live": "1" },
    });
    if (answer.status === 204) sent(form);
    else if (answer.redirected) location.assign(answer.url); // the session has ended
    else replace(await answer.text());
  } catch {
    notSent.hidden = false;
  } finally {
    button.disabled = false;
  }
});

function sent(form) {
  form.reset();
  const field = form.querySelector("textarea");
  if (field) {
    field.value = "";
    field.focus();
  } else {
    wantsFocus = true;
  }
}

// A refusal is a whole page that says why and keeps what was written.
function replace(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const trouble = page.querySelector("#trouble, main p");
  if (!trouble) {
    location.reload();
    return;
  }
  notSent.textContent = trouble.textContent;
  notSent.hidden = false;
}

let wantsFocus = false;

if (talk) {
  const toEnd = () => (talk.scrollTop = talk.scrollHeight);
  let near = true;
  talk.addEventListener("scroll", () => (near = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120), {
    passive: true,
  });
  new MutationObserver(() => near && toEnd()).observe(at("said"), { childList: true });
  new ResizeObserver(() => near && toEnd()).observe(talk);
  new MutationObserver(() => {
    if (!wantsFocus) return;
    wantsFocus = false;
    at("composer").querySelector("textarea, button")?.focus();
  }).observe(at("composer"), { childList: true, subtree: true });
  toEnd();
}

document.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // an input method's Enter chooses a word
  if (event.key !== "Enter" || event.shiftKey || composing || !event.target.matches?.("[data-send]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

for (const place of document.querySelectorAll(".talk-scroll.short")) place.scrollTop = place.scrollHeight;
