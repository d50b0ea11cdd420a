// What was said, on the page. Everything is set as text, never as HTML.

export class Log {
  #box;
  #words;
  #tapped;
  #pending = new Map(); // id → element of a message not yet acknowledged
  #lastBy = "";
  #lastDay = "";

  constructor(box, words, tapped) {
    this.#box = box;
    this.#words = words;
    this.#tapped = tapped;
  }

  get empty() {
    return this.#box.childElementCount === 0;
  }

  // Messages from the server, in order. `done` is the id of our own message they answer.
  add(messages, done) {
    for (const message of messages) {
      if (message.from === "customer") this.#adopt(message.text);
      this.#show(message);
    }
    if (done !== null) this.#settle(done);
    this.#moveWaitingToEnd();
    this.#refreshAnswers();
  }

  // A message of ours that is on its way.
  wait(frame, text, state) {
    const element = this.#bubble("customer", "", text, null);
    element.append(tag("p", "said-state", state));
    element.dataset.text = text;
    this.#pending.set(frame.id, element);
    this.#box.append(element);
    this.#lastBy = "";
    this.#refreshAnswers();
  }

  // Say below every waiting message how it stands.
  mark(state) {
    for (const element of this.#pending.values()) element.querySelector(".said-state").textContent = state;
  }

  fail(id, state) {
    const element = this.#pending.get(id);
    if (!element) return;
    const line = element.querySelector(".said-state");
    line.textContent = state;
    line.classList.add("bad");
    this.#pending.delete(id);
  }

  #show(message) {
    this.#day(new Date(message.at));
    const by = `${message.from}:${message.name}`;
    const element = this.#bubble(message.from, message.name, message.text, by === this.#lastBy ? null : by);
    const at = new Date(message.at);
    const time = tag("time", "", at.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }));
    time.dateTime = message.at;
    element.append(time);
    if (message.buttons.length > 0) element.append(this.#answers(message.buttons));
    this.#hideTimeBefore(by, time.textContent);
    this.#lastBy = by;
    this.#box.append(element);
  }

  #bubble(from, name, text, newSpeaker) {
    const element = tag("div", `said ${from}`);
    const who = { customer: this.#words.you, bot: this.#words.bot, staff: this.#words.staff.replace("{name}", name) }[from] ?? "";
    const label = tag("p", from === "customer" || newSpeaker === null ? "unseen" : "said-by", who);
    if (who) element.append(label);
    element.append(tag("div", "bubble", text));
    return element;
  }

  #answers(buttons) {
    const group = tag("div", "answers");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.#words.answers);
    for (const { id, text } of buttons) {
      const button = tag("button", "chip", text);
      button.type = "button";
      button.addEventListener("click", () => this.#tapped(id, text));
      group.append(button);
    }
    return group;
  }

  // Answers count after the customer's last word; older ones stay to be read, and do nothing.
  #refreshAnswers() {
    let live = true;
    for (const element of [...this.#box.children].reverse()) {
      if (element.classList.contains("customer")) live = false;
      for (const button of element.querySelectorAll(".answers button")) button.disabled = !live;
    }
  }

  // Our waiting message has come back as part of the log: the waiting one goes.
  #adopt(text) {
    for (const [id, element] of this.#pending) {
      if (element.dataset.text.trim() === text.trim()) {
        element.remove();
        this.#pending.delete(id);
        return;
      }
    }
  }

  // It is in the log by now, perhaps in other words (a code is not shown again).
  #settle(id) {
    this.#pending.get(id)?.remove();
    this.#pending.delete(id);
  }

  #moveWaitingToEnd() {
    for (const element of this.#pending.values()) this.#box.append(element);
  }

  #hideTimeBefore(by, text) {
    const before = this.#box.lastElementChild;
    const time = before?.querySelector(":scope > time");
    if (by === this.#lastBy && time?.textContent === text && !before.querySelector(".answers")) time.hidden = true;
  }

  #day(at) {
    const day = at.toDateString();
    if (day === this.#lastDay) return;
    this.#lastDay = day;
    const today = day === new Date().toDateString();
    const lang = document.documentElement.lang;
    const text = today ? this.#words.today : at.toLocaleDateString(lang, { weekday: "long", day: "numeric", month: "long" });
    this.#box.append(tag("p", "chat-day", text));
    this.#lastBy = "";
  }
}

function tag(name, className, text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
