// A WebSocket without a network: open at once, its messages come when the script says so.

export class FakeWebSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  /** The one that was made last. */
  static last;

  readyState = 0;
  binaryType = "blob";
  bufferedAmount = 0;
  protocol = "";
  extensions = "";
  sent = 0;
  #listeners = { open: [], message: [], error: [], close: [] };

  constructor(url) {
    this.url = url;
    FakeWebSocket.last = this;
    setTimeout(() => {
      this.readyState = 1;
      this.emit("open", new Event("open"));
    });
  }

  addEventListener(type, listener) {
    this.#listeners[type].push(listener);
  }

  removeEventListener(type, listener) {
    this.#listeners[type] = this.#listeners[type].filter((other) => other !== listener);
  }

  /** Everybody hears the event, without the cost of dispatching it. */
  emit(type, event) {
    this[`on${type}`]?.(event);
    for (const listener of this.#listeners[type]) listener.call(this, event);
  }

  message(event) {
    this.onmessage?.(event);
    for (const listener of this.#listeners.message) listener.call(this, event);
  }

  send() {
    this.sent++;
  }

  close() {
    this.readyState = 3;
  }
}

for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
  FakeWebSocket.prototype[name] = value;
}
