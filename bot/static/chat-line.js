// The line to the server: reconnects with backoff, and sends again what was not acknowledged, under the same id, so that
// nothing is lost and nothing counts twice. Unsent messages outlive a reload of the page.

const KEPT = "tellonce-unsent";
const QUIET = 50_000; // without a sign of life for so long the connection is dead
const LONGEST = 20_000;
const NAMELESS = 4401;

export class Line extends EventTarget {
  #socket = null;
  #tries = 0;
  #timer = 0;
  #watch = 0;
  #ready = false;
  #unsent = new Map(); // id → frame, in the order written

  constructor() {
    super();
    this.cursor = 0;
    for (const frame of kept()) this.#unsent.set(frame.id, frame);
    addEventListener("online", () => this.#soon(0));
    addEventListener("offline", () => this.#socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && !this.#ready) this.#soon(0);
    });
  }

  get up() {
    return this.#ready;
  }

  get unsent() {
    return [...this.#unsent.values()];
  }

  open() {
    clearTimeout(this.#timer);
    if (this.#socket !== null) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const lang = document.documentElement.lang.slice(0, 2);
    const socket = new WebSocket(`${scheme}://${location.host}/chat/socket?lang=${lang}`);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ kind: "hello", after: this.cursor }));
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(socket, event.code);
    this.#alive();
  }

  // Put a message on its way. It is kept until the server says it is safe.
  send(frame) {
    const whole = { ...frame, id: crypto.randomUUID?.() ?? fallbackId() };
    this.#unsent.set(whole.id, whole);
    this.#keep();
    this.#post(whole);
    return whole;
  }

  #post(frame) {
    if (this.#ready) this.#socket.send(JSON.stringify(frame));
  }

  #take(frame) {
    this.#alive();
    if (frame.kind === "ready") {
      this.#ready = true;
      this.#tries = 0;
      for (const unsent of this.#unsent.values()) this.#post(unsent);
      this.#tell("up");
    } else if (frame.kind === "said") {
      const fresh = frame.messages.filter((message) => message.seq > this.cursor);
      if (fresh.length > 0) this.cursor = fresh.at(-1).seq;
      if (frame.done) this.#forget(frame.done);
      this.#tell("said", { messages: fresh, done: frame.done ?? null });
    } else if (frame.kind === "refused") {
      this.#refused(frame);
    } else if (frame.kind === "state") {
      this.#tell("state", frame);
    }
  }

  #refused({ id, why }) {
    const frame = this.#unsent.get(id);
    const again = why === "slow-down" || why === "try-again";
    if (!again) this.#forget(id);
    else if (frame) setTimeout(() => this.#unsent.has(id) && this.#post(frame), 2_500);
    this.#tell("refused", { id, why, again });
  }

  #forget(id) {
    this.#unsent.delete(id);
    this.#keep();
  }

  #keep() {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(this.unsent));
    } catch {
      // Private windows may refuse: then a reload loses what was not sent yet.
    }
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.#watch);
    if (code === NAMELESS) {
      this.#tell("ended");
      return;
    }
    this.#tell("down");
    this.#tries += 1;
    const longest = Math.min(LONGEST, 400 * 2 ** this.#tries);
    this.#soon(longest / 2 + (Math.random() * longest) / 2);
  }

  #soon(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), delay);
  }

  #alive() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      const socket = this.#socket;
      socket?.close();
      if (socket) this.#closed(socket, 0); // a dead network may never confirm the close
    }, QUIET);
  }

  #tell(kind, detail = null) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  } catch {
    return [];
  }
}

// randomUUID exists only in secure contexts; a phone on the office network may not be in one.
function fallbackId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
