/** The talk with the server around the audio: hello, ready, keep-alive, end, final. */

import { below } from "../below.js";
import { byteLength } from "../message.js";
import type { ResetDetail } from "../socket.js";
import type { AudioSettings } from "./options.js";
import type { Stretch } from "./raw.js";
import type { Outgoing } from "./servers.js";

/** What an `AudioBatcher` needs of a socket: a `ReconnectingWebSocket`, or the platform's `WebSocket`. */
export interface AudioSocket extends Pick<EventTarget, "addEventListener" | "removeEventListener"> {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Outgoing, options?: { own?: boolean }): unknown;
}

/** What only a `ReconnectingWebSocket` has. */
type Further = { transport?: string | null; shouldReconnect?: boolean };

/**
 * ```text
 * Away ── open: hello ──► Greeted ── ready ──► Ready ── end ──► Ended ── close ──► Lost
 *   ▲                        │                   │                 (but not in a session)
 *   └── close, another transport; in a session only reset
 * ```
 */
enum Stage {
  Away,
  Greeted,
  Ready,
  Ended,
  Lost,
}

/** Audio that was handed to the socket, and may still be there. */
interface Carried extends Stretch {
  audio: Outgoing;
  /** It is a request's, which has nothing to do with any connection. */
  isRequest: boolean;
}

/** What becomes of the talk. */
interface TalkListener {
  /** It stands elsewhere than before. */
  changed(): void;
  /** Another talk has to begin, which knows nothing of this one. */
  left(): void;
  /** These did not arrive. */
  lost(pieces: Stretch[]): void;
}

export class Talk {
  #socket: AudioSocket & Further;
  #settings: AudioSettings;
  #listener: TalkListener;
  #stage = Stage.Away;
  #frames = 0;
  #replies = 0;
  #carried: Carried[] = [];
  #keepAlive: ReturnType<typeof setTimeout> | undefined;
  #undo: (() => void)[] = [];
  /** The last message, after the end. */
  final: { message: unknown } | undefined;

  constructor(socket: AudioSocket, settings: AudioSettings, listener: TalkListener) {
    this.#socket = socket;
    this.#settings = settings;
    this.#listener = listener;
    const part = () => this.#part();
    this.#listen({
      open: () => this.greet(),
      message: ({ data }: MessageEvent) => this.#hear(data),
      close: part,
      failed: part,
      dropped: () => this.#lose(({ isRequest }) => isRequest),
      transportchange: () => {
        if (!this.#hasSession) this.#leave();
        this.greet();
      },
      reset: ({ detail }: CustomEvent<ResetDetail>) => {
        this.#lose(({ audio }) => detail.undelivered.includes(audio));
        this.#leave();
        this.greet();
      },
    });
  }

  /** Whether audio may go. */
  get isReady(): boolean {
    return this.#stage === Stage.Ready && this.#socket.readyState === 1;
  }

  /** Whether each message is a request of its own. */
  get isSegmented(): boolean {
    return this.#socket.transport === "http" && !this.#hasSession;
  }

  /** Whether nothing can be heard any more of what was said. */
  get isOver(): boolean {
    const { readyState, shouldReconnect = readyState < 2 } = this.#socket;
    return !shouldReconnect || this.#stage === Stage.Lost;
  }

  /** Whether the socket can take more; what it had and has sent is forgotten. */
  hasRoom(): boolean {
    const { bufferedAmount } = this.#socket;
    this.#carried = this.#last(this.#carried, bufferedAmount);
    // Of several requests nobody would know which failed.
    return bufferedAmount < (this.isSegmented ? 1 : this.#settings.maxBufferedBytes);
  }

  /** Says hello, where that is due and the socket is open. */
  greet(): void {
    const socket = this.#socket;
    if (this.#stage === Stage.Away && socket.readyState === 1) {
      const { hello = [], ready } = this.#settings.server;
      const messages = typeof hello === "function" ? hello(this.#settings) : hello;
      for (const message of [messages].flat()) socket.send(message);
      this.#frames = this.#replies = 0;
      // A request has nothing that it could wait for.
      this.#stage = ready && !this.isSegmented ? Stage.Greeted : Stage.Ready;
      this.#stayAlive();
    }
    this.#listener.changed();
  }

  say({ fromSample, toSample }: Stretch, audio: Outgoing): void {
    this.#frames += 1;
    this.#stayAlive();
    this.#carried.push({ fromSample, toSample, audio, isRequest: this.isSegmented });
    try {
      this.#socket.send(audio, { own: true });
    } catch (error) {
      this.#carried.pop();
      throw error;
    }
  }

  end(): void {
    const { end } = this.#settings.server;
    this.#stage = Stage.Ended;
    clearTimeout(this.#keepAlive);
    if (end !== undefined) this.#socket.send(end);
  }

  /** Lets go of the socket. */
  stop(): void {
    clearTimeout(this.#keepAlive);
    for (const undo of this.#undo) undo();
  }

  get #hasSession(): boolean {
    return below(this.#socket)?.isNumbered ?? false;
  }

  #hear(data: unknown): void {
    const { ready, final } = this.#settings.server;
    if (this.#stage === Stage.Greeted && ready?.(parsed(data))) {
      this.#stage = Stage.Ready;
      this.#stayAlive();
      this.#listener.changed();
    } else if (this.#stage >= Stage.Ready) {
      const tally = { frames: this.#frames, replies: ++this.#replies };
      if (this.#stage !== Stage.Ended || !final) return;
      const message = parsed(data);
      if (final(message, tally)) this.final = { message };
      this.#listener.changed();
    }
  }

  /** The connection is lost, or an attempt at one. */
  #part(): void {
    clearTimeout(this.#keepAlive);
    if (!this.#hasSession) {
      const { bufferedAmount } = below(this.#socket)?.native ?? this.#socket;
      const batches = this.#carried.filter(({ isRequest }) => !isRequest);
      const unsent = this.#last(batches, bufferedAmount);
      this.#lose((carried) => unsent.includes(carried));
      this.#carried = this.#carried.filter(({ isRequest }) => isRequest);
    }
    if (!this.#hasSession || this.isOver) this.#leave();
    this.#listener.changed();
  }

  #leave(): void {
    if (this.#stage !== Stage.Away) this.#listener.left();
    this.#stage = this.#stage < Stage.Ended ? Stage.Away : Stage.Lost;
  }

  #lose(isLost: (carried: Carried) => boolean): void {
    const lost = this.#carried.filter(isLost);
    this.#carried = this.#carried.filter((carried) => !lost.includes(carried));
    this.#listener.lost(lost);
  }

  /** Those to which the last so many bytes belong. */
  #last(carried: Carried[], bytes: number): Carried[] {
    let left = bytes;
    let first = carried.length;
    for (; first > 0 && left > 0; first--) left -= byteLength(carried[first - 1]?.audio ?? "");
    return carried.slice(first);
  }

  #stayAlive(): void {
    const { keepAlive } = this.#settings.server;
    clearTimeout(this.#keepAlive);
    if (!keepAlive || this.isSegmented) return;
    this.#keepAlive = setTimeout(() => {
      if (this.isReady) this.#socket.send(keepAlive.message);
      this.#stayAlive();
    }, keepAlive.interval);
  }

  #listen(listeners: { [type: string]: (event: never) => void }): void {
    const socket = this.#socket;
    for (const [type, hear] of Object.entries(listeners)) {
      const listener = hear as (event: Event) => void;
      socket.addEventListener(type, listener);
      this.#undo.push(() => socket.removeEventListener(type, listener));
    }
  }
}

/** What a text's JSON says, or the message itself. */
export function parsed(data: unknown): unknown {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
