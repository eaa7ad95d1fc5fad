/**
 * What the wasm core drives: it makes the native socket, carries its messages, keeps the time, and
 * turns what the core decides into events.
 *
 * The core holds it as long as the connection lives, and it must not hold the socket that the page
 * has: one that the page dropped is to be collected, and that is what ends the connection.
 */
import { ANSWERED, failure, MESSAGE, type Part, STREAMED } from "../browser/fetch.js";
import { Http, isRemembered, remember } from "../browser/http.js";
import { watchPage } from "../browser/page.js";
import {
  END,
  escaped,
  MARK,
  openSession,
  SOCKET,
  SUBPROTOCOL,
  WELCOME,
} from "../browser/session.js";
import {
  checkFallbackUrl,
  checkProtocols,
  checkUrl,
  listProtocols,
  originOf,
  toText,
} from "./arguments.js";
import { CAUSES, DROPS, FAILURES } from "./causes.js";
import { Figure, Happening, RawSocket, STATUSES, TRANSPORTS } from "./core.js";
import { closeEvent, errorEvent, messageEvent } from "./events.js";
import { Deed, heldAs } from "./host.js";
import { Listeners } from "./listeners.js";
import { type Message, roughSize, type Snapshot } from "./message.js";
import {
  type FallbackSettings,
  type ProtocolsProvider,
  type Settings,
  type UrlProvider,
  wrong,
} from "./options.js";
import type { Status, Transport } from "./socket.js";
import { runIn } from "./timer.js";

/** Places among what the core is told: whether HTTP is remembered, and what was kept of a session. */
const REMEMBERED = 19;
const KEPT = 23;

export class Link extends RawSocket {
  /** The native socket of the present attempt, or of the last one that had any. */
  native: WebSocket | undefined;
  /** Whether `native` still speaks for the connection. */
  attached = false;
  /** The newest native socket and its attempt; while on HTTP it is only a candidate. */
  #newest: { attempt: number; native: WebSocket } | undefined;
  #http: Http | undefined;
  #session: ReturnType<typeof openSession> | undefined;
  #url = "";
  #origin = "";
  #binaryType: BinaryType = "blob";
  /** The URL and the protocols are known from the start. */
  readonly isStatic: boolean;
  /** What the native class threw. */
  thrown: unknown;
  /** The messages of a session that has outlived its page. */
  restored: Snapshot[] = [];

  messagesSent = 0;
  bytesSent = 0;
  messagesReceived = 0;
  bytesReceived = 0;

  /** The page's socket, while it must live on even if the page drops it. */
  kept: EventTarget | undefined;
  #target: WeakRef<EventTarget>;
  readonly listeners = new Listeners();

  #settings: Settings;
  #urlProvider: () => unknown;
  #protocolsProvider: () => unknown;
  #protocols: string[] = [];
  #attempt = 0;

  /** Where it is remembered that HTTP worked. */
  #hintUrl: string | undefined;

  /** The next message is news to the core. */
  #listening = false;
  #awaitsReply = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: (() => void) | undefined;
  /** What a reset is about: what did not arrive, and what did. */
  #lost: [undelivered: Message[], delivered: Message[]] = [[], []];
  /** What is known of an error beyond the platform's silent event. */
  #known: { message: string; error?: unknown } | undefined;

  constructor(
    target: EventTarget,
    url: UrlProvider,
    protocols: ProtocolsProvider | undefined,
    settings: Settings,
  ) {
    super();
    this.#target = new WeakRef(target);
    this.#settings = settings;
    const text = typeof url === "function" || isThenable(url) ? undefined : toText(url);
    // As in WebIDL, both are converted before either is checked.
    const list = typeof protocols === "function" ? [] : listProtocols(protocols);
    if (text !== undefined) this.url = checkUrl(text);
    this.#protocols = checkProtocols(list);
    this.isStatic = text !== undefined && typeof protocols !== "function";
    const { url: checked } = this;
    this.#urlProvider =
      typeof url === "function" ? url : () => (text === undefined ? url : checked);
    this.#protocolsProvider = typeof protocols === "function" ? protocols : () => list;
    if (settings.session?.isPersistent && text === undefined) {
      throw wrong("session.persist", "false with a URL that is not known yet", true);
    }
    if (settings.fallback) this.#prepareHttp(settings.fallback);
  }

  get status(): Status {
    return STATUSES[this.read(Figure.Status)] ?? "closed";
  }

  /** What carries messages now. */
  get transport(): Transport | null {
    return TRANSPORTS[this.read(Figure.Transport)] ?? null;
  }

  get url(): string {
    return this.#url;
  }

  set url(url: string) {
    this.#url = url;
    this.#origin = originOf(url);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#binaryType = type;
    if (this.#newest) this.#newest.native.binaryType = type;
  }

  /** A session's messages get numbers. */
  get isNumbered(): boolean {
    return this.#session !== undefined;
  }

  get protocol(): string {
    return this.#session?.protocol() ?? this.native?.protocol ?? "";
  }

  /** Sends by the native socket if it is open. */
  send(data: unknown): boolean {
    return this.attached && this.#hand(data, this.native);
  }

  /** Whether a message can share a request with others. */
  joins(message: unknown): boolean {
    return this.#http?.joins(message) ?? false;
  }

  // What the core calls. Nothing here may throw. Messages and reasons come by the number that they are
  // held under.

  [Deed.Setting](place: number): number | undefined {
    return this.#settings.core[place];
  }

  [Deed.Resolve](attempt: number): void {
    this.attached = false;
    this.#known = undefined;
    this.log("attempt", attempt);
    this.#attempt = attempt;
    if (this.isStatic) this.tell(Happening.Resolved, attempt);
    else this.#ask(attempt);
  }

  [Deed.Connect](attempt: number): void {
    let native: WebSocket;
    const session = this.#session;
    try {
      const { WebSocket } = this.#settings;
      native = session
        ? new WebSocket(session.address(this.url), [SUBPROTOCOL])
        : new WebSocket(this.url, this.#protocols);
      native.binaryType = this.#binaryType;
      // They stay when the attempt is over, because Node's `ws` treats an error that nobody listens to
      // as a crash.
      const listen = <E extends Event>(type: string, hear: (event: E) => void) =>
        native.addEventListener(type, (event) => {
          // Not the last words of a socket that was let go.
          if (native === this.#newest?.native) hear(event as E);
        });
      listen("open", () => this.tell(Happening.Opened, attempt));
      listen("error", ({ message, error }: Event & { message?: string; error?: unknown }) => {
        if (message !== undefined) this.#known = { message, error };
        this.tell(Happening.Errored, attempt);
      });
      listen("close", ({ code, reason, wasClean }: CloseEvent) => {
        this.tell(Happening.Closed, attempt, code, Number(wasClean), reason);
      });
      if (session) {
        listen("message", ({ data }: MessageEvent) => session.hear(attempt, data));
      } else native.addEventListener("message", (event) => this.#receive(native, attempt, event));
    } catch (error) {
      this.thrown = error;
      this.#known = { message: String(error), error };
      this.tell(Happening.Unusable, attempt);
      return;
    }
    this.#newest = { attempt, native };
    this.#listening = true;
    if (session) return;
    this.url = native.url || this.url;
    if (this.transport !== "http") this[Deed.Adopt]();
  }

  /** The newest native socket is the connection's from now on. */
  [Deed.Adopt](): void {
    this.native = this.#newest?.native;
    // What gets a number goes through the core.
    this.attached = !this.isNumbered;
  }

  [Deed.HangUp](attempt: number, code: number, reason: number, isForgotten: number): void {
    const newest = this.#newest;
    if (newest?.attempt !== attempt) return;
    if (isForgotten) {
      this.attached = false;
      this.#newest = undefined;
    } else this.#session?.end(attempt, code, heldAs(reason));
    // The code and reason were checked when the application gave them, so the platform takes them.
    newest.native.close(code || undefined, heldAs<string>(reason));
  }

  [Deed.CanSend](): boolean {
    return (this.attached || this.isNumbered) && this.native?.readyState === 1;
  }

  [Deed.Transmit](message: number): void {
    const data = heldAs(message);
    this.#hand(this.isNumbered ? escaped(data) : data, this.native);
  }

  [Deed.Ping](): void {
    this.#listening = true;
    const { message, isReply } = this.#settings.heartbeat ?? {};
    this.#awaitsReply = isReply !== undefined;
    this.#guard(() => {
      if (message === undefined) return;
      const data = typeof message === "function" ? message() : message;
      this.#hand(data, this.#newest?.native);
    });
  }

  [Deed.AddPart](message: number): void {
    const part = heldAs<Snapshot>(message);
    if (part === undefined) return;
    (this.#session ?? this.#http)?.addPart(part);
    // What was answered is counted without a session.
    if (this.isNumbered) this.#countSent(part);
  }

  [Deed.Post](post: number, careful: number): void {
    this.log("post", post);
    this.#http?.post(post, careful > 0, this.#binaryType === "blob");
  }

  [Deed.Abort](): void {
    (this.#session ?? this.#http)?.abort();
  }

  [Deed.SendOff](): void {
    this.#http?.sendOff();
  }

  [Deed.Judge](attempt: number, codeAndClean: number, reason: number, retry: number): void {
    const answer = (verdict: unknown) => {
      const isDelay = typeof verdict === "number" && verdict >= 0;
      const known = verdict === true ? Happening.Retry : Happening.ByCode;
      const happening = verdict === false ? Happening.Stop : known;
      this.tell(isDelay ? Happening.RetryAfter : happening, attempt, 0, Number(verdict));
    };
    const fail = (error: unknown) => {
      report(error);
      answer(undefined);
    };
    try {
      const [code, isClean] = [codeAndClean & 0xffff, codeAndClean > 0xffff];
      const event = closeEvent(code, heldAs<string>(reason), isClean);
      const verdict = this.#settings.judge?.(event, retry);
      if (isThenable(verdict)) verdict.then(answer, fail);
      else answer(verdict);
    } catch (error) {
      fail(error);
    }
  }

  [Deed.Opened](): void {
    this.#dispatch(new Event("open"));
  }

  [Deed.Errored](cause: number): void {
    // A request that failed would have said why, unless it was given up.
    if (CAUSES[cause] === "http") {
      const error = failure("timeout", "a request took too long");
      this.#known ??= { message: error.message, error };
    }
    const known = this.#known ?? (CAUSES[cause] === "timeout" ? { message: "TIMEOUT" } : undefined);
    this.#known = undefined;
    this.#dispatch(errorEvent(known), CAUSES[cause], known?.message);
  }

  [Deed.Closed](code: number, reason: number, clean: number): void {
    const event = closeEvent(code, heldAs<string>(reason), clean > 0);
    this.attached = false;
    this.#dispatch(event, code, event.reason);
  }

  [Deed.Reconnecting](delay: number, attempt: number, cause: number): void {
    this.#announce("reconnecting", { attempt, delay, cause: CAUSES[cause] });
  }

  [Deed.Failed](cause: number): void {
    this.#announce("failed", { cause: FAILURES[cause] });
  }

  [Deed.Switched](isHttp: number, cause: number): void {
    const [from, to] = isHttp ? ["websocket", "http"] : ["http", "websocket"];
    if (isHttp) this.#remember(true);
    this.#announce("transportchange", { from, to, cause: CAUSES[cause] });
  }

  [Deed.Dropped](count: number, cause: number): void {
    this.#announce("dropped", { count, cause: DROPS[cause] });
  }

  [Deed.WakeAfter](delay: number): void {
    clearTimeout(this.#timer);
    if (delay < Infinity) {
      this.#timer = runIn(delay, () => this.tell(Happening.Timeout));
    }
  }

  [Deed.WatchPage](isWanted: number): void {
    this.#stopWatching?.();
    this.#stopWatching = isWanted ? watchPage((happening) => this.tell(happening)) : undefined;
  }

  [Deed.Release](): void {
    clearTimeout(this.#timer);
    this.#stopWatching?.();
    this[Deed.Abort]();
    this.#newest?.native.close();
  }

  // What the core calls in a session.

  [Deed.Greet](recv: number, first: number, number: number, modeAndAttach: number): void {
    this.log("greet", modeAndAttach);
    this.#session?.greet(recv, first, number, modeAndAttach);
  }

  [Deed.Control](number: number, letter: number): void {
    const attempt = this.#newest?.attempt ?? 0;
    this.say(attempt, MARK + String.fromCharCode(letter) + number);
  }

  [Deed.Farewell](recv: number, first: number, code: number, reason: number): void {
    this.#session?.farewell(recv, first, code, heldAs(reason));
  }

  [Deed.Renew](): void {
    this.#session?.renew();
  }

  [Deed.Part](message: number, isDelivered: number): void {
    this.#lost[isDelivered]?.push(heldAs(message) as Message);
  }

  [Deed.Reset](isExact: number): void {
    const [undelivered, delivered] = this.#lost;
    this.#lost = [[], []];
    this.#announce("reset", { delivered, undelivered, exact: isExact > 0 });
  }

  [Deed.Save](recv: number, acked: number, attach: number, numberedAndNew: number): void {
    this.#session?.save(recv, acked, attach, numberedAndNew >>> 1, numberedAndNew & 1);
  }

  // What the session calls.

  say(attempt: number, text: string): void {
    const { native } = this.#newest?.attempt === attempt ? this.#newest : {};
    if (native?.readyState === 1) native.send(text);
  }

  lose(attempt: number, error: unknown): void {
    if (!this.#drop(attempt)) return;
    this.#know(error);
    this.tell(Happening.Errored, attempt);
    this.tell(Happening.Closed, attempt, 1006);
  }

  override hear(
    letter: number,
    source: number,
    number: number,
    figures: number[],
    reason?: string,
  ): void {
    if (source === SOCKET && letter === WELCOME) this.#remember(false);
    if (source === SOCKET && letter === END) this.#drop(number);
    super.hear(letter, source, number, figures, reason);
  }

  deliver(data: string | ArrayBuffer | Blob): void {
    const isBlob = data instanceof ArrayBuffer && this.#binaryType === "blob";
    this.#deliver(isBlob ? new Blob([data]) : data);
  }

  told(post: number, parts: Part[], kind: number, value?: unknown, retryAfter = Number.NaN): void {
    if (kind === ANSWERED) {
      const { status, error } = value as { status: number; error?: Error };
      if (error) this.#know(error);
      else for (const part of parts) this.#countSent(part);
      this.tell(ANSWERED, post, status, retryAfter);
      return;
    }
    if (value instanceof Error) this.#know(value);
    if (kind === MESSAGE || kind === STREAMED) this.#deliver(value);
    if (kind !== MESSAGE) this.tell(kind, post);
  }

  /** Lets go of the attempt's socket, if it is the newest. */
  #drop(attempt: number): boolean {
    if (this.#newest?.attempt !== attempt) return false;
    this.#newest.native.close();
    this.#newest = undefined;
    return true;
  }

  async #ask(attempt: number): Promise<void> {
    let usable = false;
    try {
      // Nothing fails before whoever made the socket could add listeners.
      await undefined;
      const [url, protocols] = await Promise.all([this.#urlProvider(), this.#protocolsProvider()]);
      if (attempt !== this.#attempt) return;
      this.url = checkUrl(toText(url));
      this.#protocols = checkProtocols(listProtocols(protocols));
      usable = true;
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#know(error);
    }
    this.tell(usable ? Happening.Resolved : Happening.Unusable, attempt);
  }

  /** The way of every message that arrives: it stays in JavaScript. */
  #receive(native: WebSocket, attempt: number, event: MessageEvent): void {
    // The last words of a socket that was let go.
    if (native !== this.#newest?.native) return;
    if (this.#listening) {
      this.#listening = false;
      this.#remember(false);
      this.tell(Happening.Heard, attempt);
    }
    if (this.#awaitsReply) this.#recogniseReply(attempt, event);
    this.#deliver(event.data);
  }

  #deliver(data: unknown): void {
    this.messagesReceived++;
    this.bytesReceived += roughSize(data);
    // Who listens to messages is kept; see `Listeners`.
    this.kept?.dispatchEvent(messageEvent(data, this.#origin));
  }

  #hand(data: unknown, native: WebSocket | undefined): boolean {
    if (native?.readyState !== 1) return false;
    native.send(data as string);
    this.#countSent(data);
    return true;
  }

  #countSent(data: unknown): void {
    this.messagesSent++;
    this.bytesSent += roughSize(data);
  }

  #prepareHttp(fallback: FallbackSettings): void {
    const { url } = fallback;
    const find = typeof url === "function" ? url : () => url ?? this.url.replace(/^ws/, "http");
    const check = (url: unknown) => checkFallbackUrl(toText(url), this.url);
    const isFixed = url === undefined ? this.isStatic : typeof url !== "function";
    const { core, session } = this.#settings;
    if (isFixed) {
      this.#hintUrl = check(find());
      core[REMEMBERED] = Number(isRemembered(this.#hintUrl));
    }
    const findAndCheck = async () => check(await find());
    if (!session) {
      this.#http = new Http(fallback, findAndCheck, (...news) => this.told(...news));
      return;
    }
    const place = session.isPersistent ? `everline:session:${this.url}` : undefined;
    const protocols = () => this.#protocols;
    this.#session = openSession(
      { ...fallback, ...session, url: findAndCheck, protocols, place },
      this,
    );
    const { kept } = this.#session;
    if (!kept) return;
    core.splice(KEPT, kept.figures.length, ...kept.figures);
    this.restored = kept.messages;
  }

  #know(error: unknown): void {
    this.#known = { message: error instanceof Error ? error.message : String(error), error };
  }

  #remember(isHttp: boolean): void {
    if (this.#hintUrl !== undefined) remember(this.#hintUrl, isHttp);
  }

  #recogniseReply(attempt: number, event: MessageEvent): void {
    this.#guard(() => {
      if (!this.#settings.heartbeat?.isReply?.(event)) return;
      this.#awaitsReply = false;
      this.tell(Happening.Replied, attempt);
    });
  }

  #announce(type: string, detail: object): void {
    this.#dispatch(new CustomEvent(type, { detail }), detail);
  }

  #dispatch(event: Event, ...shown: unknown[]): void {
    this.log(event.type, ...shown);
    this.keep();
    (this.kept ?? this.#target.deref())?.dispatchEvent(event);
    this.keep(event.type);
  }

  /** Holds the page's socket exactly while somebody listens to it and something may come. */
  keep(heard?: string): void {
    this.listeners.heard(heard);
    const { status } = this;
    const isOver = status === "closed" || status === "failed";
    const isHeard = this.listeners.waitForOtherThan(status === "open" ? "open" : "");
    this.kept = !isOver && isHeard ? this.#target.deref() : undefined;
  }

  log(...parts: unknown[]): void {
    const { log } = this.#settings;
    if (log) this.#guard(() => log("everline", this.url, ...parts));
  }

  /** Runs what belongs to the page. What it throws is the page's to hear, and stops nothing. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      report(error);
    }
  }
}

/** As the platform reports an error in a listener. */
function report(error: unknown): void {
  (globalThis.reportError ?? console.error)(error);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
