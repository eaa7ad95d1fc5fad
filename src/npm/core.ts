/** What passes between a socket and the wasm core. */
import * as core from "../../target/npm-socket/everline.js";
import { END } from "../browser/session.js";
import { addFace, type Doer, heldAs, hold, letGo } from "./host.js";

/** The core's part of a socket, as long as somebody holds this. */
export class RawSocket {
  #address: number;

  constructor(face: Doer) {
    this.#address = core.create(addFace(face));
    forgotten.register(this, this.#address, this);
  }

  tell(happening: Happening, number: number, code: number, amount: number, reason: unknown): void {
    core.tell(this.#address, happening, number, code, amount, hold(reason));
  }

  /** Lets a message wait; false if it was refused. */
  enqueue(message: unknown, bytes: number, joins: boolean): boolean {
    return core.enqueue(this.#address, hold(message), bytes, joins);
  }

  /** Takes out the message that waits longest. */
  takeQueued(): unknown {
    const number = core.take(this.#address);
    const message = heldAs(number);
    letGo(number);
    return message;
  }

  /** A control frame of a session came; see `SessionHost`. */
  hear(letter: number, source: number, number: number, figures: number[], reason?: string): void {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = figures;
    const last = letter === END ? hold(reason) : d;
    core.hear(this.#address, letter, source, number, a, b, c, last, e);
  }

  /** A message of a session came; whether to deliver it. */
  receive(source: number, number: number, bytes: number): boolean {
    return core.receive(this.#address, source, number, bytes);
  }

  read(figure: Figure): number {
    return core.read(this.#address, figure);
  }

  free(): void {
    forgotten.unregister(this);
    core.destroy(this.#address);
  }
}

const forgotten = new FinalizationRegistry(core.destroy);

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
  Queued,
  QueuedBytes,
  Attempts,
  Opens,
  Drops,
  Dropped,
  LastDelay,
  RoundTrip,
  TransportSwitches,
  Transport,
  Replayed,
  Duplicates,
  /** The most bytes that one message may have. */
  Largest,
}

/** What `Figure.Transport` reads: a place in this list. */
export const TRANSPORTS = [null, "websocket", "http"] as const;
