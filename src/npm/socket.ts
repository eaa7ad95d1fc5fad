/// <reference lib="esnext.disposable" preserve="true" />
/** The class that pages use: a drop-in for the platform's `WebSocket`. */
import { checkClose } from "./arguments.js";
import { setBelow } from "./below.js";
import type { Cause, DropCause, FailedCause } from "./causes.js";
import { Figure, Happening } from "./core.js";
import { defineHandlers, haveHandlers } from "./handlers.js";
import { Link } from "./link.js";
import { byteLength, type Message, type Snapshot, snapshot } from "./message.js";
import { type Options, type ProtocolsProvider, settle, type UrlProvider } from "./options.js";
import { asWebIdl } from "./webidl.js";

/** Where a socket stands. Between two attempts it is `waiting`; `failed` is the end without a `close()`. */
export type Status = "connecting" | "open" | "waiting" | "closing" | "closed" | "failed";

/** The detail of `reconnecting`: another attempt follows. */
export interface ReconnectingDetail {
  /** Its number since the last success, from 1. */
  attempt: number;
  /** How long it waits, in ms. */
  delay: number;
  /** Why it is needed. */
  cause: Cause;
}

/** The detail of `failed`: no further attempt follows, until `reconnect()` is called. */
export interface FailedDetail {
  cause: FailedCause;
}

/** The detail of `transportchange`: messages go another way. */
export interface TransportChangeDetail {
  from: Transport;
  to: Transport;
  /** What made it necessary, or `recovered`: a WebSocket works again. */
  cause: Cause;
}

/**
 * The detail of `dropped`: messages were dropped while they waited (`overflow`, `expired`), refused
 * by the server over HTTP (`rejected`), or sent over HTTP without an answer (`unconfirmed`): those
 * may have arrived.
 */
export interface DroppedDetail {
  count: number;
  cause: DropCause;
}

/**
 * What the `error` of an `error` event is, if it is about a request of the fallback. What became of
 * the request's messages is told by `dropped`; otherwise they go on waiting.
 */
export interface FallbackError extends Error {
  name: "FallbackError";
  /**
   * `network`: no answer, or none that may be read here. `timeout`: none within `connectionTimeout`.
   * `status`: the server's status says so. `redirect`: to another address. `type`: a web page in
   * place of an answer. `body`: the answer was cut short. `provider`: no URL, header or token.
   */
  kind: "network" | "timeout" | "status" | "redirect" | "type" | "body" | "provider";
  /** The HTTP status, if there was an answer. */
  status: number | undefined;
}

/**
 * The detail of `reset`: the server has lost the session, or somebody else has it, and a new one
 * begins. These messages were sent and not acknowledged. What the server had sent and was on its way
 * is lost, too, and only the server knows what that was.
 */
export interface ResetDetail {
  /** They have arrived after all. */
  delivered: Message[];
  /** They have not. Unless `onUndelivered` is `"return"`, they are sent again now, before all others. */
  undelivered: Message[];
  /** False: the server could not say. Then all are in `undelivered`, though some may have arrived. */
  exact: boolean;
}

/** The second argument of `send`. */
export interface SendOptions {
  /**
   * Gives the buffer away: it is not copied if it has to wait, and must not be changed any more.
   * @default false
   */
  own?: boolean | undefined;
}

/** An `error`: the platform's says nothing, ours what is known. */
export interface ErrorEvent extends Event {
  /** What failed; `TIMEOUT` when the attempt took too long. */
  readonly message?: string;
  /** What was thrown, or a `FallbackError`. */
  readonly error?: unknown;
}

/** The events of a socket by their names. */
export interface EventMap extends WebSocketEventMap {
  error: ErrorEvent;
  reconnecting: CustomEvent<ReconnectingDetail>;
  failed: CustomEvent<FailedDetail>;
  transportchange: CustomEvent<TransportChangeDetail>;
  dropped: CustomEvent<DroppedDetail>;
  reset: CustomEvent<ResetDetail>;
}

/** A snapshot of what happened since the socket was made. Times are in ms. */
export interface Stats {
  /** Attempts started. */
  attempts: number;
  /** Attempts that opened. */
  opens: number;
  /** Open connections lost. */
  drops: number;
  messagesSent: number;
  messagesReceived: number;
  /** Bytes handed to an open transport; text counts its UTF-16 units. */
  bytesSent: number;
  /** Bytes received; text counts its UTF-16 units. */
  bytesReceived: number;
  /** Messages that wait. */
  queued: number;
  /** Bytes that wait; in a session also those that are not acknowledged. */
  queuedBytes: number;
  /** Messages reported by `dropped`. */
  dropped: number;
  /** Messages of a session sent again after a change of connection. */
  replayed: number;
  /** Messages of a session that arrived twice and were told once. */
  duplicates: number;
  /** Changes between WebSocket and HTTP. */
  transportSwitches: number;
  /** The delay before the last retry. */
  lastDelay: number | null;
  /** The last round trip, of a heartbeat or over HTTP of a request. */
  roundTripTime: number | null;
}

/** What of it the core knows, from `Figure.Queued` on. */
const FIGURES: (keyof Stats)[] = [
  "queued",
  "queuedBytes",
  "attempts",
  "opens",
  "drops",
  "dropped",
  "replayed",
  "duplicates",
  "transportSwitches",
  "lastDelay",
  "roundTripTime",
];

/** What can carry messages. */
export type Transport = "websocket" | "http";

type Handler<E extends Event> = ((this: WebSocket, event: E) => unknown) | null;

/**
 * A `WebSocket` that comes back.
 *
 * Every attempt ends in an `error` and a `close` event of its own, as with the platform's class;
 * then comes `reconnecting`, or `failed` if no attempt follows. What is sent while nothing is open
 * waits, and leaves in order. A message is delivered at most once: what an open connection had
 * taken when it broke may be lost.
 *
 * With `fallback`, messages go on over HTTP where WebSockets do not get through, and by WebSocket
 * again as soon as one does; `transportchange` tells. An `error` without a `close` is about a single
 * request then, and its `error` is a `FallbackError`.
 *
 * With `session`, each message is delivered exactly once and in order, both ways, as long as the
 * server keeps the session: over losses, over changes between WebSocket and HTTP, and if wished over
 * a reload of the page. When it is lost, `reset` tells which messages did not arrive.
 */
export class ReconnectingWebSocket extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  declare onopen: Handler<Event>;
  declare onmessage: Handler<MessageEvent>;
  declare onclose: Handler<CloseEvent>;
  declare onerror: Handler<ErrorEvent>;

  #link: Link;
  /** With room for no message, `send` is the platform's. */
  #isPlatform: boolean;

  /**
   * Connects at once, unless `startClosed` says otherwise.
   *
   * @param url - Where to; a function is called anew for each attempt, and may be asynchronous.
   * @param protocols - The subprotocols to offer, or a function that finds them.
   * @throws `SyntaxError` (a `DOMException`) for a bad URL or protocol, `TypeError` for a bad
   * option, `Error` where there is no `WebSocket` class.
   */
  constructor(
    url: UrlProvider,
    protocols: ProtocolsProvider | undefined = undefined,
    options: Options = {},
  ) {
    if (arguments.length === 0) throw new TypeError("everline: a WebSocket needs a URL");
    super();
    haveHandlers(this);
    const settings = settle(options, platformClass());
    this.#isPlatform = settings.isPlatform;
    this.#link = new Link(this, url, protocols, settings);
    setBelow(this, this.#link);
    this.#link.begin(this);
    for (const message of this.#link.restored) this.#wait(message);
    if (settings.startClosed) return;
    this.#link.tell(Happening.Start);
    if (this.#link.isStatic && this.#link.thrown !== undefined) {
      this.#link.end();
      throw this.#link.thrown;
    }
  }

  /** The address of the present attempt, or the last; empty before a provider has answered. */
  get url(): string {
    return this.#link.url;
  }

  /** As the platform's. Between two attempts it is `CLOSED`. */
  get readyState(): WebSocket["readyState"] {
    const { attached, native } = this.#link;
    return attached && native
      ? native.readyState
      : (Math.min(this.#link.read(Figure.Status), 3) as 0 | 1 | 2 | 3);
  }

  /** The bytes that wait, here and in the native socket; in a session all that is not acknowledged. */
  get bufferedAmount(): number {
    const { attached, native } = this.#link;
    const isLost = !attached || native?.readyState === 3;
    const inNative = isLost && !this.#isPlatform ? 0 : (native?.bufferedAmount ?? 0);
    return inNative + this.#link.read(Figure.QueuedBytes);
  }

  get extensions(): string {
    return this.#link.native?.extensions ?? "";
  }

  get protocol(): string {
    return this.#link.protocol;
  }

  /** How binary messages arrive. Every further connection has it too. */
  get binaryType(): BinaryType {
    return this.#link.binaryType;
  }

  set binaryType(value: BinaryType) {
    const link = this.#link;
    const type = `${value}`;
    if (type === "blob" || type === "arraybuffer") link.binaryType = type;
  }

  /**
   * Sends a message, or lets it wait for an open connection; over HTTP, for its turn.
   *
   * @returns true: handed to an open connection. false: waiting. With `maxEnqueuedMessages: 0` it
   * returns nothing, and throws what the platform throws.
   * @throws `RangeError` for a message that the server of the session finds too large,
   * `QuotaExceededError` if too many wait and `overflow` says so.
   */
  send(data: Message, options: SendOptions = {}): boolean {
    if (arguments.length === 0) throw new TypeError("everline: send needs a message");
    if (this.#link.send(data)) return (this.#isPlatform ? undefined : true) as boolean;
    if (this.#isPlatform) return this.#sendAsPlatform(data) as unknown as boolean;
    if (!this.#wait(snapshot(data, options?.own === true))) {
      throw new DOMException("Too many messages wait.", "QuotaExceededError");
    }
    const isCarried = this.#link.isNumbered || this.transport === "http";
    return isCarried && this.#link.read(Figure.Queued) === 0;
  }

  /**
   * Closes for good: no attempt follows until `reconnect()`. The `close` event comes later. A session
   * is over for the server as well.
   *
   * @throws `InvalidAccessError` unless the code is 1000 or 3000 to 4999, `SyntaxError` for a
   * reason of more than 123 bytes.
   */
  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    this.#tell(Happening.Close, ...checkClose(code, reason));
  }

  /**
   * Connects anew at once, whatever the state, also after `close()` and after `failed`. An open
   * connection is closed with `code`, 1000 by default. Calling it again changes nothing but that
   * the attempt starts anew.
   */
  reconnect(code?: number, reason?: string): void {
    this.#tell(Happening.Reconnect, ...checkClose(code, reason));
  }

  /** Where the socket stands. */
  get status(): Status {
    return this.#link.status;
  }

  /** What carries messages now. */
  get transport(): Transport | null {
    return this.#link.transport;
  }

  /** Retries since the last success. */
  get retryCount(): number {
    return this.#link.read(Figure.Retries);
  }

  /** Whether it would come back from a loss: false after `close()` and after `failed`. */
  get shouldReconnect(): boolean {
    return !/^clos|^fail/.test(this.status);
  }

  /** What happened so far, in figures. */
  stats(): Stats {
    const { messagesSent, messagesReceived, bytesSent, bytesReceived } = this.#link;
    const figures = FIGURES.map((name, place) => {
      const figure = this.#link.read(Figure.Queued + place);
      return [name, Number.isNaN(figure) ? null : figure];
    });
    const counted = { messagesSent, messagesReceived, bytesSent, bytesReceived };
    return { ...counted, ...Object.fromEntries(figures) };
  }

  /** Takes back what still waits, oldest first. Buffers come back as copies. */
  drainQueuedMessages(): Message[] {
    const messages: Message[] = [];
    while (this.#link.read(Figure.Queued) > 0) messages.push(this.#link.takeQueued() as Message);
    return messages;
  }

  /** Closes, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  override addEventListener<K extends keyof EventMap>(
    type: K,
    listener: ((this: ReconnectingWebSocket, event: EventMap[K]) => unknown) | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options: boolean | AddEventListenerOptions | undefined = undefined,
  ): void {
    Reflect.apply(super.addEventListener, this, arguments);
    if (listener) this.#link.listeners.add(`${type}`, listener, options);
    this.#link.keep();
  }

  override removeEventListener<K extends keyof EventMap>(
    type: K,
    listener: ((this: ReconnectingWebSocket, event: EventMap[K]) => unknown) | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
  ): void {
    Reflect.apply(super.removeEventListener, this, arguments);
    this.#link.listeners.remove(`${type}`, listener);
    this.#link.keep();
  }

  #tell(happening: Happening, code?: number, reason?: string): void {
    this.#link.tell(happening, 0, code, 0, reason);
    this.#link.keep();
  }

  /** Lets a message wait; false if it was refused. */
  #wait(message: Snapshot): boolean {
    const bytes = byteLength(message);
    const largest = this.#link.read(Figure.Largest);
    if (bytes > largest) {
      throw new RangeError(`everline: the message has ${bytes} bytes, the server takes ${largest}`);
    }
    return this.#link.enqueue(message, bytes, this.#link.joins(message));
  }

  /** The native socket throws, or discards and counts. */
  #sendAsPlatform(data: Message): void {
    const { attached, native } = this.#link;
    const isConnecting = this.status === "connecting";
    if (native && (attached || !isConnecting)) {
      native.send(data as string);
    } else if (isConnecting) {
      throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    }
  }
}

const original = globalThis.WebSocket;

/** A page may put this class, or one made of it, in the platform's place: the platform's is meant. */
function platformClass(): unknown {
  const present = globalThis.WebSocket;
  const isOurs =
    present?.prototype === ReconnectingWebSocket.prototype ||
    present?.prototype instanceof ReconnectingWebSocket;
  return isOurs ? original : present;
}

asWebIdl(ReconnectingWebSocket);
defineHandlers(ReconnectingWebSocket.prototype, "open", "message", "close", "error");
