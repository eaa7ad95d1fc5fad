/**
 * What the wasm core drives: it makes the native socket, carries its messages, keeps the time, and
 * turns what the core decides into events.
 *
 * The core holds it as long as the connection lives, and it must not hold the socket that the page
 * has: one that the page dropped is to be collected, and that is what ends the connection.
 */
import { ANSWERED, MESSAGE, type Part, STREAMED } from "../browser/fetch.js";
import { isRemembered, remember } from "../browser/hint.js";
import { Http } from "../browser/http.js";
import { watchPage } from "../browser/page.js";
import { checkFallbackUrl, checkProtocols, checkUrl, listProtocols, toText } from "./arguments.js";
import { CAUSES, DROPS, FAILURES } from "./causes.js";
import { Figure, Happening, type RawSocket, TRANSPORTS } from "./core.js";
import { closeEvent, errorEvent } from "./events.js";
import { heldAs } from "./host.js";
import { roughSize } from "./message.js";
import type { FallbackSettings, ProtocolsProvider, Settings, UrlProvider } from "./options.js";

/** Browsers keep a delay in 31 bits, and run what is longer at once (HTML standard, "timers"). */
const LONGEST_DELAY = 2 ** 31 - 1;

export class Link {
  /** The native socket of the present attempt, or of the last one that had any. */
  native: WebSocket | undefined;
  /** Whether `native` still speaks for the connection. */
  attached = false;
  /** The newest native socket and its attempt; while on HTTP it is only a candidate. */
  #newest: { attempt: number; native: WebSocket } | undefined;
  #http: Http | undefined;
  url = "";
  binaryType: BinaryType = "blob";
  /** The URL and the protocols are known from the start. */
  readonly isStatic: boolean;
  /** What the native class threw. */
  thrown: unknown;

  messagesSent = 0;
  bytesSent = 0;
  messagesReceived = 0;
  bytesReceived = 0;

  /** The page's socket, while it must live on even if the page drops it. */
  kept: EventTarget | undefined;
  #target: WeakRef<EventTarget>;
  #raw: WeakRef<RawSocket> | undefined;
  #onChange: (heard?: string) => void;

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
  /** What is known of an error beyond the platform's silent event. */
  #known: { message: string; error?: unknown } | undefined;

  constructor(
    target: EventTarget,
    url: UrlProvider,
    protocols: ProtocolsProvider | undefined,
    settings: Settings,
    onChange: (heard?: string) => void,
  ) {
    this.#target = new WeakRef(target);
    this.#settings = settings;
    this.#onChange = onChange;
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
    if (settings.fallback) this.#prepareHttp(settings.fallback);
  }

  bind(raw: RawSocket): void {
    this.#raw = new WeakRef(raw);
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

  setting(place: number): number | undefined {
    // The last is what only the link knows: whether HTTP was what worked a short while ago.
    const { core } = this.#settings;
    if (place < core.length) return core[place];
    return Number(this.#hintUrl !== undefined && isRemembered(this.#hintUrl));
  }

  resolve(attempt: number): void {
    this.attached = false;
    this.#known = undefined;
    this.log("attempt", attempt);
    this.#attempt = attempt;
    if (this.isStatic) this.#tell(Happening.Resolved, attempt);
    else this.#ask(attempt);
  }

  connect(attempt: number): void {
    let native: WebSocket;
    try {
      const { WebSocket } = this.#settings;
      native = new WebSocket(this.url, this.#protocols);
      native.binaryType = this.binaryType;
      // They stay when the attempt is over: what they tell names it, and Node's `ws` treats an error
      // that nobody listens to as a crash.
      native.addEventListener("open", () => this.#tell(Happening.Opened, attempt));
      native.addEventListener("message", (event) => this.#receive(native, attempt, event));
      native.addEventListener(
        "error",
        ({ message, error }: Event & { message?: string; error?: unknown }) => {
          if (message !== undefined) this.#known = { message, error };
          this.#tell(Happening.Errored, attempt);
        },
      );
      native.addEventListener("close", ({ code, reason, wasClean }) => {
        this.#tell(Happening.Closed, attempt, code, Number(wasClean), reason);
      });
    } catch (error) {
      this.thrown = error;
      this.#known = { message: String(error), error };
      this.#tell(Happening.Unusable, attempt);
      return;
    }
    this.url = native.url || this.url;
    this.#newest = { attempt, native };
    this.#listening = true;
    const transport = this.#raw?.deref()?.read(Figure.Transport) ?? 0;
    if (TRANSPORTS[transport] !== "http") this.adopt();
  }

  /** The newest native socket is the connection's from now on. */
  adopt(): void {
    this.native = this.#newest?.native;
    this.attached = true;
  }

  hangUp(attempt: number, code: number, reason: number, isForgotten: number): void {
    const newest = this.#newest;
    if (newest?.attempt !== attempt) return;
    if (isForgotten) {
      this.attached = false;
      this.#newest = undefined;
    }
    // The code and reason were checked when the application gave them, so the platform takes them.
    newest.native.close(code || undefined, heldAs<string>(reason));
  }

  canSend(): boolean {
    return this.attached && this.native?.readyState === 1;
  }

  transmit(message: number): void {
    this.send(heldAs(message));
  }

  ping(): void {
    this.#listening = true;
    const { message, isReply } = this.#settings.heartbeat ?? {};
    this.#awaitsReply = isReply !== undefined;
    this.#guard(() => {
      if (message === undefined) return;
      const data = typeof message === "function" ? message() : message;
      this.#hand(data, this.#newest?.native);
    });
  }

  addPart(message: number): void {
    const part = heldAs<Part>(message);
    if (part !== undefined) this.#http?.addPart(part);
  }

  post(post: number, careful: number): void {
    this.log("post", post);
    this.#http?.post(post, careful > 0, this.binaryType === "blob");
  }

  abort(): void {
    const error = this.#http?.abort();
    if (error) this.#know(error);
  }

  sendOff(): void {
    this.#http?.sendOff();
  }

  judge(attempt: number, codeAndClean: number, reason: number, retry: number): void {
    const answer = (verdict: unknown) => {
      if (verdict === true) this.#tell(Happening.Retry, attempt);
      else if (verdict === false) this.#tell(Happening.Stop, attempt);
      else if (typeof verdict === "number" && verdict >= 0) {
        this.#tell(Happening.RetryAfter, attempt, 0, verdict);
      } else this.#tell(Happening.ByCode, attempt);
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

  opened(): void {
    this.log("open");
    this.#dispatch(new Event("open"));
  }

  errored(cause: number): void {
    const known = this.#known ?? (CAUSES[cause] === "timeout" ? { message: "TIMEOUT" } : undefined);
    this.#known = undefined;
    this.log("error", CAUSES[cause], known?.message);
    this.#dispatch(errorEvent(known));
  }

  closed(code: number, reason: number, clean: number): void {
    const event = closeEvent(code, heldAs<string>(reason), clean > 0);
    this.attached = false;
    this.log("close", code, event.reason);
    this.#dispatch(event);
  }

  reconnecting(delay: number, attempt: number, cause: number): void {
    this.#announce("reconnecting", { attempt, delay, cause: CAUSES[cause] });
  }

  failed(cause: number): void {
    this.#announce("failed", { cause: FAILURES[cause] });
  }

  switched(isHttp: number, cause: number): void {
    const [from, to] = isHttp ? ["websocket", "http"] : ["http", "websocket"];
    if (isHttp) this.#remember(true);
    this.#announce("transportchange", { from, to, cause: CAUSES[cause] });
  }

  dropped(count: number, cause: number): void {
    this.#announce("dropped", { count, cause: DROPS[cause] });
  }

  wakeAfter(delay: number): void {
    clearTimeout(this.#timer);
    if (delay >= 0) {
      const ring = () => this.#tell(Happening.Timeout);
      this.#timer = setTimeout(ring, Math.min(delay, LONGEST_DELAY));
    }
  }

  watchPage(isWanted: number): void {
    this.#stopWatching?.();
    this.#stopWatching = isWanted ? watchPage((happening) => this.#tell(happening)) : undefined;
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#stopWatching?.();
    this.#http?.abort();
    this.#newest?.native.close();
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
    this.#tell(usable ? Happening.Resolved : Happening.Unusable, attempt);
  }

  /** The way of every message that arrives: it stays in JavaScript. */
  #receive(native: WebSocket, attempt: number, event: MessageEvent): void {
    // The last words of a socket that was let go.
    if (native !== this.#newest?.native) return;
    if (this.#listening) {
      this.#listening = false;
      this.#remember(false);
      this.#tell(Happening.Heard, attempt);
    }
    if (this.#awaitsReply) this.#guard(() => this.#recogniseReply(attempt, event));
    this.#deliver(event);
  }

  #deliver({ data, origin, lastEventId }: Partial<MessageEvent>): void {
    this.messagesReceived++;
    this.bytesReceived += roughSize(data);
    // Who listens to messages is kept; see `Listeners`.
    this.kept?.dispatchEvent(new MessageEvent("message", { data, origin, lastEventId }));
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
    if (isFixed) this.#hintUrl = check(find());
    const findAndCheck = async () => check(await find());
    this.#http = new Http(fallback, findAndCheck, (...news) => this.#hearOfPost(...news));
  }

  #hearOfPost(
    post: number,
    parts: Part[],
    kind: number,
    value?: unknown,
    retryAfter = Number.NaN,
  ): void {
    if (kind === ANSWERED) {
      const { status, error } = value as { status: number; error?: Error };
      if (error) this.#know(error);
      else for (const part of parts) this.#countSent(part);
      this.#tell(ANSWERED, post, status, retryAfter);
      return;
    }
    if (value instanceof Error) this.#know(value);
    if (kind === MESSAGE || kind === STREAMED) {
      this.#deliver({ data: value, origin: this.url && new URL(this.url).origin });
    }
    if (kind !== MESSAGE) this.#tell(kind, post);
  }

  #know(error: unknown): void {
    this.#known = { message: error instanceof Error ? error.message : String(error), error };
  }

  #remember(isHttp: boolean): void {
    if (this.#hintUrl !== undefined) remember(this.#hintUrl, isHttp);
  }

  #recogniseReply(attempt: number, event: MessageEvent): void {
    if (this.#settings.heartbeat?.isReply?.(event)) {
      this.#awaitsReply = false;
      this.#tell(Happening.Replied, attempt);
    }
  }

  #tell(happening: Happening, number = 0, code = 0, amount = 0, reason?: string): void {
    this.#raw?.deref()?.tell(happening, number, code, amount, reason);
  }

  #announce(type: string, detail: object): void {
    this.log(type, detail);
    this.#dispatch(new CustomEvent(type, { detail }));
  }

  #dispatch(event: Event): void {
    this.#onChange();
    (this.kept ?? this.#target.deref())?.dispatchEvent(event);
    this.#onChange(event.type);
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
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
