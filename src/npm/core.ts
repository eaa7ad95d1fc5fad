/** What passes between a socket and the wasm core. */
import type { InitOutput } from "../../target/npm-socket/everline.js";
import { ensureStarted } from "./embedded.js";
import { addFace, type Doer, heldAs, hold, letGo } from "./host.js";
import type { Status, Transport } from "./socket.js";

let wasm: InitOutput;

/** The core's part of a socket. */
export class RawSocket {
  /** None before the begin, and after the end. */
  #address = 0;

  /** For as long as the page has the socket. */
  begin(this: RawSocket & Doer, socket: object): void {
    wasm = ensureStarted() as InitOutput;
    this.#address = wasm.create(addFace(this));
    forgotten.register(socket, this);
  }

  tell(happening: Happening, number = 0, code = 0, amount = 0, reason?: unknown): void {
    if (this.#address) wasm.tell(this.#address, happening, number, code, amount, hold(reason));
  }

  /** Lets a message wait; false if it was refused. */
  enqueue(message: unknown, bytes: number, joins: boolean): boolean {
    return wasm.enqueue(this.#address, hold(message), bytes, Number(joins)) > 0;
  }

  /** Takes out the message that waits longest. */
  takeQueued(): unknown {
    const number = wasm.take(this.#address) >>> 0;
    const message = heldAs(number);
    letGo(number);
    return message;
  }

  /** A control frame of a session came; see `SessionHost`. */
  hear(letter: number, source: number, number: number, figures: number[], reason?: string): void {
    // The core ignores what it does not know, and does not miss what it does not need.
    const most = [...figures, hold(reason)] as [number, number, number, number, number];
    if (this.#address) wasm.hear(this.#address, letter, source, number, ...most);
  }

  /** A message of a session came; whether to deliver it. */
  receive(source: number, number: number, bytes: number): boolean {
    return this.#address > 0 && wasm.receive(this.#address, source, number, bytes) > 0;
  }

  read(figure: Figure): number {
    return wasm.read(this.#address, figure);
  }

  end(): void {
    const address = this.#address;
    // What happens at the end is no news.
    this.#address = 0;
    if (address) wasm.destroy(address);
  }
}

const forgotten = new FinalizationRegistry((raw: RawSocket) => raw.end());

/**
 * What `RawSocket.tell` tells, and which number it is about. The core knows each by its place in
 * these lists.
 */
export enum Happening {
  Start,
  /** The attempt has a URL and protocols. */
  Resolved,
  /** It has none. */
  Unusable,
  Heard,
  Replied,
  /** The request's. */
  Departed,
  Unsent,
  Unanswered,
  Streamed,
  Finished,
  Cut,
  /** With its status as the code, and when the server wants to be asked again, in ms or `NaN`. */
  Answered,
  /** The attempt's native socket. */
  Opened,
  Errored,
  /** With code, reason, and 1 for a clean end. */
  Closed,
  /** The verdict about the attempt. */
  ByCode,
  Stop,
  Retry,
  /** With the delay in ms. */
  RetryAfter,
  /** The application's will, with a code (0 for none) and a reason. */
  Close,
  Reconnect,
  /** The page's. */
  Awake,
  Offline,
  Shelved,
  Leaving,
  /** What `wakeAfter` asked for. */
  Timeout,
}

/** What `RawSocket.read` reads. */
export enum Figure {
  Status,
  Retries,
  Transport,
  /** The most bytes that one message may have. */
  Largest,
  Queued,
  /** What follows is only for statistics. */
  QueuedBytes,
}

/** What `Figure.Status` reads: a place in this list. The first four are those of `readyState`. */
export const STATUSES: Status[] = ["connecting", "open", "closing", "closed", "waiting", "failed"];

/** What `Figure.Transport` reads: a place in this list. */
export const TRANSPORTS: (Transport | null)[] = [null, "websocket", "http"];
