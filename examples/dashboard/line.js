/** One socket and what became of it: the model behind a card, a lane and a plot. */

import { seconds } from "./dom.js";
import { address } from "./server.js";
import { CAUSES, DROPS, FAILURES, requestFailure, resetText } from "./words.js";

/** Kept a little longer than the time axis is. */
const KEPT = 100_000;

const HEARTBEAT = {
  interval: 2000,
  timeout: 3000,
  message: '{"type":"ping"}',
  isReply: (event) => isPong(event.data),
};

/** Heartbeat replies arrive as messages, too; the panels skip them. */
export function isPong(data) {
  return typeof data === "string" && data.startsWith('{"type":"pong"');
}

export class Line {
  /**
   * What happened, oldest first: when the status or the transport changed, round trips (null = a
   * gap), closes.
   */
  spans = [];
  trips = [];
  closes = [];
  retryAt = null;

  /** The last round trip, in ms. */
  roundTrip = null;

  #tell;
  /** A session's own signs of life are no messages: its panel measures the round trips. */
  #isSession;

  constructor(endpoint, name, tell, { parameters, ...options } = {}) {
    this.endpoint = endpoint;
    this.name = name;
    this.#tell = tell;
    this.#isSession = Boolean(options.session);
    const url = address(endpoint, parameters);
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

  /** What carries messages: "websocket", "http", or "" for nothing. */
  get transport() {
    return this.socket.transport ?? "";
  }

  /** How long the present status and transport have lasted, in ms. */
  get age() {
    return Date.now() - this.spans.at(-1).from;
  }

  /** JSON messages that are not heartbeat replies. */
  onJson(callback) {
    this.socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && !isPong(data)) callback(JSON.parse(data));
    });
  }

  /** Notes a round trip; null is a gap. */
  addTrip(ms) {
    if (ms !== null) this.roundTrip = ms;
    this.trips.push({ at: Date.now(), ms, transport: this.transport });
  }

  /** Notes the status and what it goes over; called at every event and tick. */
  observe() {
    const now = Date.now();
    const { status, transport } = this;
    const before = this.spans.at(-1);
    if (before?.status !== status || before.transport !== transport) {
      // The library tells when it will try again, so a try between two ticks is not lost.
      if (before?.status === "waiting" && status !== "connecting") this.#addTry(now);
      this.spans.push({ status, transport, from: now });
    }
    if (transport === "http" && !this.#isSession) this.#observeRequests();
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
      // One that comes while HTTP carries messages is part of the way back.
      if (isPong(data) && this.transport === "websocket") {
        this.addTrip(socket.stats().roundTripTime);
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.#addTry(Date.now());
      this.observe();
      if (openedAt === null) return;
      openedAt = null;
      lostAt = Date.now();
      this.closes.push({ at: lostAt, code });
      this.addTrip(null);
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
    socket.addEventListener("transportchange", ({ detail: { to, cause } }) => {
      const before = this.age;
      this.observe();
      const text =
        to === "http"
          ? `goes on over HTTP: ${CAUSES[cause]}`
          : `back on WebSocket after ${seconds(before)} over HTTP: ${CAUSES[cause]}`;
      this.#tell(this, to, text);
    });
    socket.addEventListener("dropped", ({ detail: { count, cause } }) => {
      this.#tell(this, "dropped", `messages dropped: ${count}, ${DROPS[cause]}`);
    });
    socket.addEventListener("reset", ({ detail }) => {
      this.#tell(this, "reset", resetText(detail));
    });
    socket.addEventListener("error", ({ error }) => {
      if (error?.name === "FallbackError") this.#tell(this, "request", requestFailure(error));
    });
  }

  /** The try that began when the wait was over, if nobody saw it begin. */
  #addTry(now) {
    if (this.retryAt === null || this.retryAt > now) return;
    if (this.spans.at(-1).status !== "waiting") return;
    this.spans.push({ status: "connecting", transport: "", from: this.retryAt });
  }

  /** A request without an answer to read has no event; a new round-trip time tells of it. */
  #observeRequests() {
    const { roundTripTime } = this.socket.stats();
    if (roundTripTime !== this.roundTrip) this.addTrip(roundTripTime);
  }
}
