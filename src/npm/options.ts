/** The options, their defaults, and the check that names what is wrong. */
import type { Message } from "./message.js";

type OrPromise<T> = T | PromiseLike<T>;

/** Where to connect to. A function is called anew for each attempt. */
export type UrlProvider =
  | string
  | URL
  | PromiseLike<string | URL>
  | (() => OrPromise<string | URL>);

/** Which subprotocols to offer. A function is called anew for each attempt. */
export type ProtocolsProvider =
  | string
  | Iterable<string>
  | null
  | (() => OrPromise<string | Iterable<string> | null | undefined>);

/** How liveness is checked. Any message that arrives is a sign of life. */
export interface Heartbeat {
  /** Time between two pings, in ms. @default 25000 */
  interval?: number | undefined;
  /** How long after a ping silence means that the line is dead, in ms. @default 10000 */
  timeout?: number | undefined;
  /**
   * What is sent as a ping, or what makes it. Without it nothing is sent, and the server must
   * speak at least once in `interval + timeout`.
   */
  message?: Message | (() => Message) | undefined;
  /**
   * Tells the reply to a ping from other messages, so that the round-trip time can be measured.
   * A reply is dispatched like any other message. @default none: the time is not measured
   */
  isReply?: ((event: MessageEvent) => boolean) | undefined;
}

/** How messages go on over plain HTTP where WebSockets do not get through. */
export interface Fallback {
  /**
   * Where to POST to. A function is called anew for each request. A `wss:` socket needs `https:`.
   * @default the socket's URL with `http` for `ws`
   */
  url?: string | URL | (() => OrPromise<string | URL>) | undefined;
  /**
   * How many attempts at a WebSocket in a row must have failed, timed out, or ended without a
   * message from the server. With 0, HTTP comes first. @default 3
   */
  after?: number | undefined;
  /**
   * What shares a request's body: nothing; texts without a line break, one a line; or binary
   * messages, one after the other. @default "none"
   */
  batch?: "none" | "ndjson" | "concat" | undefined;
  /** How long after a request an empty one asks for messages, in ms. @default Infinity: never */
  poll?: number | undefined;
  /**
   * Added to each request. A function is called anew for each. With headers, a browser asks a server
   * of another origin for permission first (a CORS preflight). @default none
   */
  headers?: HeadersInit | (() => OrPromise<HeadersInit>) | undefined;
  /** As in `fetch`. @default "same-origin" */
  credentials?: RequestCredentials | undefined;
  /**
   * The server acts once on requests with the same `Idempotency-Key`. Then a request whose answer
   * was lost is sent again, where otherwise its messages are reported by `dropped`. @default false
   */
  idempotent?: boolean | undefined;
  /**
   * Whether to look for the way back to WebSocket, or how long to wait before the first look, in ms.
   * Each further one comes three times later, up to 300 000 ms. @default 5000
   */
  retryWebSocket?: boolean | number | undefined;
}

/**
 * How a session is kept: each message arrives exactly once and in order, whatever happens to the
 * connection below. The server must speak `resume.v1`, see docs/PROTOCOL.md.
 */
export interface Session {
  /**
   * Whether it survives a reload of the page, in `sessionStorage`: the messages that were not
   * acknowledged go on being sent. Not with a URL that a function finds, and not while a `Blob`
   * waits. @default false
   */
  persist?: boolean | undefined;
  /**
   * What happens after a `reset` to the messages that did not arrive: they are sent in the new
   * session, before all others, or only returned with the event. @default "resend"
   */
  onUndelivered?: "resend" | "return" | undefined;
  /**
   * Tells the server who this is, without being seen in a URL. A function is called anew for each
   * hello: for each connection and for each request. @default none
   */
  token?: string | (() => OrPromise<string>) | undefined;
  /**
   * How many bytes may be on their way, that is sent and not acknowledged; the server may want less.
   * Further messages wait. @default 1048576
   */
  window?: number | undefined;
  /** How long the response to a request may stay open, in ms, at most 300 000. @default 45000 */
  wait?: number | undefined;
}

/** The third argument of `new ReconnectingWebSocket`. */
export interface Options {
  /** Any class with the shape of `WebSocket`. @default globalThis.WebSocket */
  WebSocket?: unknown;
  /** How long an attempt may take, from asking the providers until the handshake is done, in ms. @default 10000 */
  connectionTimeout?: number | undefined;
  /** How many attempts may follow a failed one before `failed` is dispatched. @default Infinity */
  maxRetries?: number | undefined;
  /** The delay that backoff starts from, in ms. No delay is shorter than 100 ms. @default 500 */
  minReconnectionDelay?: number | undefined;
  /** The longest delay, in ms. @default 30000 */
  maxReconnectionDelay?: number | undefined;
  /** By how much each further attempt multiplies the delay. @default 2 */
  reconnectionDelayGrowFactor?: number | undefined;
  /**
   * How the delay is spread, so that clients that lost the same server do not return together: each
   * client has its own place in a window of time for each retry, so that the crowd stays evenly spread;
   * or all of the delay is random, half of it, or nothing.
   * @default "spread", or "full" where one of the three options above is given
   */
  jitter?: "spread" | "full" | "equal" | "none" | undefined;
  /**
   * How long a connection on which no message arrived must last to count as a success, in ms.
   * @default 5000
   */
  minUptime?: number | undefined;
  /**
   * Decides about each retry in place of the table of close codes: whether, or after how many ms.
   * What throws or does not answer within `connectionTimeout` leaves it to the table. @default none
   */
  shouldReconnect?:
    | ((event: CloseEvent, attempt: number) => OrPromise<boolean | number>)
    | undefined;
  /** The same by partysocket's name. @default none */
  shouldReconnectOnClose?: ((event: CloseEvent) => boolean) | undefined;
  /**
   * How many messages may wait. With 0 none does, and `send` is exactly the platform's.
   * @default Infinity
   */
  maxEnqueuedMessages?: number | undefined;
  /** How many bytes may wait. @default 8388608 */
  maxEnqueuedBytes?: number | undefined;
  /** How long a message may wait, in ms. @default Infinity */
  messageTtl?: number | undefined;
  /**
   * What happens to a message too many: it is dropped, or the oldest are, or `send` throws a
   * `QuotaExceededError`. What is dropped is counted, and told by `dropped`. @default "drop-newest"
   */
  overflow?: "drop-newest" | "drop-oldest" | "error" | undefined;
  /**
   * When what waits is sent: before `open` is dispatched, after it, or never by itself
   * (`drainQueuedMessages` takes it back). @default "before-open"
   */
  flush?: "before-open" | "after-open" | "manual" | undefined;
  /** Checks liveness. @default off */
  heartbeat?: Heartbeat | undefined;
  /** Goes on over HTTP where WebSockets do not get through, and comes back. @default off */
  fallback?: Fallback | undefined;
  /**
   * Delivers each message exactly once, in order, over WebSocket and HTTP alike. The subprotocols are
   * offered in the session. Of `heartbeat` only the times are used, of `fallback` only `url`,
   * `headers`, `credentials` and `retryWebSocket`; HTTP is used without it, too. @default off
   */
  session?: boolean | Session | undefined;
  /** Does not connect before `reconnect()` is called. @default false */
  startClosed?: boolean | undefined;
  /** Tells `debugLogger` what happens. @default false */
  debug?: boolean | undefined;
  /** Where `debug` goes. @default console.debug */
  debugLogger?: ((...parts: unknown[]) => void) | undefined;
}

/** Any class with the shape of `WebSocket`. */
export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocket;

/** Complete and checked. */
export interface FallbackSettings {
  url: Fallback["url"];
  batch: string;
  credentials: RequestCredentials | undefined;
  headers: () => Promise<HeadersInit | undefined>;
  idempotent: boolean;
}

/** Complete and checked. */
export interface SessionSettings {
  token: Session["token"];
  wait: number;
  isPersistent: boolean;
}

/** Complete and checked. */
export interface Settings {
  WebSocket: WebSocketClass;
  /** With room for no message, `send` is the platform's. */
  isPlatform: boolean;
  heartbeat: Heartbeat | undefined;
  fallback: FallbackSettings | undefined;
  session: SessionSettings | undefined;
  judge: Options["shouldReconnect"];
  startClosed: boolean;
  log: ((...parts: unknown[]) => void) | undefined;
  /** What the wasm core is told. It knows each number by its place. */
  core: number[];
}

/**
 * What an option may be: a number that is not negative, here with its default; one of several values,
 * of which the first is the default; or a value of one of these types.
 */
export type Rules = Record<string, number | unknown[] | string>;

/** The core takes the numbers and the places of the choices in this order. */
const OPTIONS: Rules = {
  connectionTimeout: 10_000,
  maxRetries: Number.POSITIVE_INFINITY,
  minReconnectionDelay: 500,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 2,
  minUptime: 5_000,
  maxEnqueuedMessages: Number.POSITIVE_INFINITY,
  maxEnqueuedBytes: 8 * 1024 * 1024,
  messageTtl: Number.POSITIVE_INFINITY,
  jitter: ["spread", "full", "equal", "none"],
  overflow: ["drop-newest", "drop-oldest", "error"],
  flush: ["before-open", "after-open", "manual"],
  WebSocket: "function",
  shouldReconnect: "function",
  shouldReconnectOnClose: "function",
  heartbeat: "object",
  fallback: "object",
  session: "boolean or object",
  startClosed: "boolean",
  debug: "boolean",
  debugLogger: "function",
};

const HEARTBEAT: Rules = {
  interval: 25_000,
  timeout: 10_000,
  message: "string or object or function",
  isReply: "function",
};

const FALLBACK: Rules = {
  after: 3,
  poll: Number.POSITIVE_INFINITY,
  retryWebSocket: 5_000,
  idempotent: [false, true],
  batch: ["none", "ndjson", "concat"],
  credentials: ["same-origin", "include", "omit"],
  url: "string or URL or function",
  headers: "object or function",
};

const SESSION: Rules = {
  window: 1024 * 1024,
  onUndelivered: ["resend", "return"],
  persist: [false, true],
  wait: 45_000,
  token: "string or function",
};

/** The longest that a server waits, in ms. */
const LONGEST_WAIT = 300_000;

/** Throws a `TypeError` that names the field, or completes the options. */
export function settle(options: Options, platformClass: unknown): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("everline: the options must be an object");
  }
  const core = check(options, "", OPTIONS, defaultsBeside(options));
  const { heartbeat, session, maxEnqueuedMessages, flush } = options;
  const fallback = options.fallback ?? (session ? {} : undefined);
  if (fallback && maxEnqueuedMessages === 0) {
    throw wrong("maxEnqueuedMessages", "more than 0 with a fallback or session", 0);
  }
  if (fallback && flush === "manual") {
    throw wrong("flush", "'before-open' or 'after-open' with a fallback or session", flush);
  }
  const judge = options.shouldReconnect ?? options.shouldReconnectOnClose;
  core.push(...(heartbeat ? check(heartbeat, "heartbeat.", HEARTBEAT) : [-1, 0]));
  core.push(judge === undefined ? 0 : 1);
  return {
    WebSocket: settleClass(options.WebSocket === undefined ? platformClass : options.WebSocket),
    isPlatform: maxEnqueuedMessages === 0,
    heartbeat,
    fallback: fallback && settleFallback(fallback, core),
    session: session ? settleSession(session === true ? {} : session, core) : undefined,
    judge,
    startClosed: options.startClosed ?? false,
    log: options.debug ? (options.debugLogger ?? console.debug) : undefined,
    core,
  };
}

/** Whoever sets the delays gets what the formula says of them. */
function defaultsBeside(options: Options): Options {
  const { minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor } = options;
  const given = minReconnectionDelay ?? maxReconnectionDelay ?? reconnectionDelayGrowFactor;
  return given === undefined ? {} : { jitter: "full" };
}

function settleFallback(fallback: Fallback, core: number[]): FallbackSettings {
  const { url, headers, retryWebSocket: retry } = fallback;
  const first = retry === false ? Number.POSITIVE_INFINITY : retry === true ? undefined : retry;
  const given = { ...fallback, retryWebSocket: first };
  // The last is whether HTTP is remembered, which is found out later.
  core.push(...check(given, "fallback.", FALLBACK).slice(0, 4), 0);
  return {
    url,
    batch: fallback.batch ?? "none",
    credentials: fallback.credentials,
    headers: async () => (typeof headers === "function" ? headers() : headers),
    idempotent: fallback.idempotent ?? false,
  };
}

function settleSession(session: Session, core: number[]): SessionSettings {
  const numbers = check(session, "session.", SESSION);
  const wait = Math.ceil(Math.min(numbers.pop() ?? 0, LONGEST_WAIT));
  // Before it is what is known of a session that outlived its page.
  core.push(...numbers, 0, 0, 0, 0, 1, wait);
  return { token: session.token, wait, isPersistent: session.persist === true };
}

/** Throws if something is wrong, or answers what the core takes. `defaults` go before those of the rules. */
export function check(options: object, path: string, rules: Rules, defaults = {}): number[] {
  const given = options as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name)) {
      throw new TypeError(`everline: unknown option '${path}${name}'`);
    }
  }
  return Object.entries(rules).flatMap(([name, rule]) => {
    const value = given[name] === undefined ? (defaults as typeof given)[name] : given[name];
    if (typeof rule === "number") {
      const amount = value === undefined ? rule : value;
      if (typeof amount === "number" && amount >= 0) return [amount];
      throw wrong(path + name, "a number that is not negative", value);
    }
    if (typeof rule === "string") {
      const type = value instanceof URL ? "URL" : value === null ? "null" : typeof value;
      if (value === undefined || rule.split(" or ").includes(type)) return [];
      throw wrong(path + name, `a ${rule}`, value);
    }
    const place = value === undefined ? 0 : rule.indexOf(value);
    if (place >= 0) return [place];
    throw wrong(path + name, `one of '${rule.join("', '")}'`, value);
  });
}

function settleClass(Class: unknown): WebSocketClass {
  if (typeof Class !== "function") {
    throw new Error(
      "everline: there is no WebSocket class here; pass one as the option 'WebSocket', for example from the package 'ws'",
    );
  }
  return Class as WebSocketClass;
}

export function wrong(name: string, expected: string, value: unknown): TypeError {
  const isPlain = value === null || /^(number|boolean|bigint)$/.test(typeof value);
  const shown = isPlain ? String(value) : typeof value === "string" ? `'${value}'` : typeof value;
  return new TypeError(`everline: option '${name}' must be ${expected}, not ${shown}`);
}
