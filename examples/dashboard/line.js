/** One socket and what became of it: the model behind a card, a lane and a plot. */

import { seconds } from "./dom.js";
import { address } from "./server.js";

/** Kept a little longer than the time axis is. */
const KEPT = 100_000;

const HEARTBEAT = {
  interval: 2000,
  timeout: 3000,
  message: '{"type":"ping"}',
  isReply: (event) => isPong(event.data),
};

const CAUSES = {
  handshake: "no connection",
  timeout: "no answer in time",
  provider: "no address",
  close: "connection lost",
  heartbeat: "heartbeat unanswered",
  page: "page put away",
  reconnect: "asked to reconnect",
};

const FAILURES = {
  "max-retries": "no tries left",
  invalid: "the address is refused",
  "final-code": "the close code is final",
  "should-reconnect": "the page decided so",
};

/** Heartbeat replies arrive as messages, too; the panels skip them. */
export function isPong(data) {
  return typeof data === "string" && data.startsWith('{"type":"pong"');
}

export class Line {
  /** What happened, oldest first: when the status changed, round trips (null = a gap), closes. */
  spans = [];
  trips = [];
  closes = [];
  retryAt = null;

  #tell;

  constructor(endpoint, name, tell, options = {}) {
    this.endpoint = endpoint;
    this.name = name;
    this.#tell = tell;
    const url = address(endpoint);
    url.protocol = url.protocol.replace("http", "ws");
    this.socket = new Everline.ReconnectingWebSocket(url, [], {
      connectionTimeout: 4000,
      maxReconnectionDelay: 8000,
      heartbeat: HEARTBEAT,
      ...options,
    });
    this.#listen();
    this.observe();
  }

  get status() {
    return this.socket.status;
  }

  /** How long the present status has lasted, in ms. */
  get age() {
    return Date.now() - this.spans.at(-1).from;
  }

  /** JSON messages that are not heartbeat replies. */
  onJson(callback) {
    this.socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && !isPong(data)) callback(JSON.parse(data));
    });
  }

  /** Notes the status; called at every event and tick. */
  observe() {
    const now = Date.now();
    const status = this.socket.status;
    const before = this.spans.at(-1)?.status;
    if (before !== status) {
      // The library tells when it will try again, so a try between two ticks is not lost.
      if (before === "waiting" && status !== "connecting") this.#addTry(now);
      this.#addSpan(status, now);
    }
    while (this.spans[1]?.from < now - KEPT) this.spans.shift();
    while (this.trips[0]?.at < now - KEPT) this.trips.shift();
    while (this.closes[0]?.at < now - KEPT) this.closes.shift();
  }

  #listen() {
    const { socket } = this;
    let openedAt = null;
    let lostAt = null;

    socket.addEventListener("open", () => {
      this.observe();
      this.retryAt = null;
      openedAt = Date.now();
      const text = lostAt === null ? "open" : `open again, ${seconds(openedAt - lostAt)} later`;
      this.#tell(this, "open", text);
    });
    socket.addEventListener("message", ({ data }) => {
      if (isPong(data)) this.#addTrip(socket.stats().roundTripTime);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.#addTry(Date.now());
      this.observe();
      if (openedAt === null) return;
      openedAt = null;
      lostAt = Date.now();
      this.closes.push({ at: lostAt, code });
      this.#addTrip(null);
      this.#tell(this, "lost", `lost with code ${code}${reason && `, “${reason}”`}`);
    });
    socket.addEventListener("reconnecting", ({ detail: { attempt, delay, cause } }) => {
      this.observe();
      this.retryAt = Date.now() + delay;
      this.#tell(this, "retry", `${CAUSES[cause]}; try ${attempt} in ${seconds(delay)}`);
    });
    socket.addEventListener("failed", ({ detail: { cause } }) => {
      this.observe();
      this.#tell(this, "failed", `gave up: ${FAILURES[cause]}`);
    });
  }

  /** The try that began when the wait was over, if nobody saw it begin. */
  #addTry(now) {
    if (this.retryAt === null || this.retryAt > now) return;
    if (this.spans.at(-1).status === "waiting") this.#addSpan("connecting", this.retryAt);
  }

  #addSpan(status, from) {
    this.spans.push({ status, from });
  }

  #addTrip(ms) {
    this.trips.push({ at: Date.now(), ms });
  }
}
