// The chat page: joins the line to the server (chat-line.js) with what is shown (chat-log.js) and the form.

import { Line } from "./chat-line.js";
import { Log } from "./chat-log.js";

const at = (id) => document.getElementById(id);
const words = at("words").dataset;
const limit = Number(words.limit);
const [main, text, form, send, banner, who, trouble, typing, newer] = [
  "main", "text", "composer", "send", "banner", "who", "trouble", "typing", "newer",
].map(at);

const line = new Line();
const log = new Log(at("log"), words, (button, label) => {
  put({ kind: "tap", button, label }, label);
  text.focus({ preventScroll: true });
});
let owner = null;
let typingTimer = 0;

// --- writing -----------------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value.trim();
  if (!content || over() > 0) {
    text.focus();
    return;
  }
  put({ kind: "say", text: content }, content);
  text.value = "";
  remember();
  fit();
  text.focus();
});

text.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // an input method's Enter chooses a word
  if (event.key === "Enter" && !event.shiftKey && !composing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

text.addEventListener("input", () => {
  fit();
  remember();
});

at("examples").addEventListener("click", (event) => {
  const chip = event.target.closest("button");
  if (chip) put({ kind: "say", text: chip.textContent.trim() }, chip.textContent.trim());
});

function put(frame, shown) {
  const sent = line.send(frame);
  log.wait(sent, shown, line.up ? "" : words.sentLater);
  expectAnswer();
  toEnd();
}

// Characters over the limit, counted as the server counts them.
function over() {
  return text.value.length > limit ? [...text.value.trim()].length - limit : 0;
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
  const tooMany = over();
  say(tooMany > 0 ? words.tooLong.replace("{over}", tooMany).replace("{limit}", limit) : "");
  text.setAttribute("aria-invalid", String(tooMany > 0));
  send.setAttribute("aria-disabled", String(tooMany > 0 || !text.value.trim()));
}

function say(sentence) {
  if (trouble.textContent !== sentence) trouble.textContent = sentence;
  trouble.hidden = !sentence;
}

// What is being written outlives a change of language (a reload).
function remember() {
  try {
    sessionStorage.setItem("tellonce-writing", text.value);
  } catch {
    // Not kept; nothing else depends on it.
  }
}

// --- hearing -----------------------------------------------------------------------------------------------------------

line.addEventListener("said", ({ detail }) => {
  const stay = nearEnd();
  const word = detail.messages.some((message) => message.from !== "customer");
  if (word || detail.done) calm();
  log.add(detail.messages, detail.done);
  at("examples").hidden = !log.empty;
  if (stay || detail.done) toEnd();
  else if (word) newer.hidden = false;
});

line.addEventListener("state", ({ detail }) => {
  const before = owner;
  owner = detail.owner;
  who.textContent = owner ? words.personHere.replace("{name}", owner) : words.assistant;
  who.classList.toggle("person", Boolean(owner));
  text.autocomplete = detail.stage === "verifying" ? "one-time-code" : "off";
  if (owner) show(words.personHereStatus.replace("{name}", owner), "person");
  else if (before) {
    show(words.assistantBack, "person");
    setTimeout(() => owner || !line.up || show(""), 6_000);
  }
});

line.addEventListener("up", () => {
  show(owner ? words.personHereStatus.replace("{name}", owner) : "", "person");
  log.mark(line.unsent.length > 0 ? words.sending : "");
  at("examples").hidden = !log.empty;
});

let gone = 0;
line.addEventListener("down", () => {
  calm();
  log.mark(words.sentLater);
  clearTimeout(gone);
  gone = setTimeout(() => line.up || show(words.offline), 700); // a blink is not worth a word
});

line.addEventListener("refused", ({ detail }) => {
  calm();
  say(words[`refused${detail.why.split("-").map((part) => part[0].toUpperCase() + part.slice(1)).join("")}`] ?? "");
  if (!detail.again) log.fail(detail.id, words.notSent);
});

line.addEventListener("ended", () => {
  show(words.renewed);
  const again = document.createElement("button");
  again.className = "chip";
  again.textContent = words.reload;
  again.addEventListener("click", () => location.reload());
  banner.append(" ", again);
});

function show(sentence, kind = "") {
  banner.className = `chat-banner ${kind}`;
  banner.textContent = sentence;
  banner.hidden = !sentence;
}

function expectAnswer() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => {
    if (!line.up) return;
    log.mark(words.sending);
    if (owner) return;
    const stay = nearEnd();
    typing.hidden = false;
    if (stay) toEnd();
  }, 400);
}

function calm() {
  clearTimeout(typingTimer);
  typing.hidden = true;
}

// --- scrolling ---------------------------------------------------------------------------------------------------------

function nearEnd() {
  return main.scrollHeight - main.scrollTop - main.clientHeight < 120;
}

function toEnd() {
  newer.hidden = true;
  main.scrollTop = main.scrollHeight;
}

newer.addEventListener("click", toEnd);
main.addEventListener("scroll", () => nearEnd() && (newer.hidden = true), { passive: true });
new ResizeObserver(() => nearEnd() && toEnd()).observe(main); // the keyboard of a phone comes and goes

// --- beginning ---------------------------------------------------------------------------------------------------------

// A deep link is used once and leaves the address bar, the history and the Referer before anything else happens.
const address = new URL(location.href);
const token = address.searchParams.get("link");
if (token) {
  address.searchParams.delete("link");
  history.replaceState(null, "", address);
  line.send({ kind: "link", token });
}
for (const frame of line.unsent) {
  const shown = frame.text ?? frame.label;
  if (shown) log.wait(frame, shown, words.sentLater);
}
try {
  text.value = sessionStorage.getItem("tellonce-writing") ?? "";
} catch {
  // Begin with an empty field.
}
fit();
line.open();
