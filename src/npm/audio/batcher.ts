/// <reference lib="esnext.disposable" preserve="true" />
/** Audio on its way to a speech server: the class that pages use. */
import { errorEvent } from "../events.js";
import { byteLength } from "../message.js";
import { check, type Rules, wrong } from "../options.js";
import { runIn } from "../timer.js";
import { toBase64 } from "./base64.js";
import { Capture, type CaptureOptions } from "./capture.js";
import { Opaque } from "./opaque.js";
import { type AudioOptions, type AudioSettings, settleAudio } from "./options.js";
import { AudioFigure, Piece, Pushed, RawAudio, Reason, type Stretch } from "./raw.js";
import { spill } from "./spill.js";
import { type AudioSocket, Talk } from "./talk.js";

/** When to look again whether the socket has got rid of something, in ms. */
const LOOK_AGAIN = 50;

/** What an `AudioBatcher` takes: samples from -1 to 1, 16-bit samples, or bytes. */
export type AudioData =
  | Float32Array
  | readonly Float32Array[]
  | Int16Array
  | Uint8Array
  | ArrayBuffer;

/** What is to be known about samples. */
export interface AudioInput {
  /** Of these samples, in Hz. It may change at any time. @default the one that is sent */
  sampleRate?: number | undefined;
  /** How many channels an array has. They are mixed down to one. @default 1 */
  channels?: number | undefined;
  /** Whether an array has them sample by sample, or one after the other. @default true */
  interleaved?: boolean | undefined;
}

/** Where an `AudioBatcher` stands: audio waits, because nothing is open or ready, or it goes. */
export type AudioStatus = "waiting" | "streaming" | "finishing" | "finished" | "closed";

/** Why audio did not arrive. */
export type GapReason = (typeof REASONS)[number];

const REASONS = ["overflow", "connection-lost", "spill-failed", "closed"] as const;

/**
 * The detail of `gap`: these samples did not go out, or are known not to have arrived. Samples are
 * counted at the rate that is sent, from 0, those in gaps included; with format `"opaque"`, bytes.
 */
export interface GapDetail {
  fromSample: number;
  /** The first one behind it. */
  toSample: number;
  /** How long it is; with format `"opaque"` how long it took to come. */
  ms: number;
  reason: GapReason;
}

/** The detail of `batch`: these samples were handed to the socket. */
export interface BatchDetail extends Stretch {
  /** The size of the message. */
  bytes: number;
}

/** The events of an `AudioBatcher` by their names. */
export interface AudioEventMap {
  /** The server takes audio: at the beginning, and again on each further connection. */
  ready: Event;
  batch: CustomEvent<BatchDetail>;
  gap: CustomEvent<GapDetail>;
  /** The answer to a segment that went to `spill`: what its JSON says, or its text. */
  result: CustomEvent<unknown>;
  /** With format `"opaque"`: only a new recording can be understood, so restart the `MediaRecorder`. */
  restart: Event;
  /** The microphone has gone, or the socket refused a message. Everything else goes on. */
  error: Event & { message: string; error: unknown };
}

/** A snapshot of what happened so far. With format `"opaque"` the unit is bytes. */
export interface AudioStats {
  /** Samples that were pushed, at whatever rate, of one channel. */
  samplesIn: number;
  /** Samples at the rate that is sent, those in gaps included. */
  samples: number;
  /** Samples handed to the socket or to `spill`. */
  sentSamples: number;
  /** The bytes of the messages that they were in. */
  sentBytes: number;
  /** Batches handed to the socket. */
  batches: number;
  /** WAV segments handed to the socket on HTTP, or to `spill`. */
  segments: number;
  /** Samples told by `gap`. */
  droppedSamples: number;
  gaps: number;
  /** How much audio waits, in ms. */
  queuedMs: number;
  /** Of the last piece that was pushed, from 0 to 1. */
  level: { rms: number; peak: number };
}

type Listener<K extends keyof AudioEventMap> =
  | ((this: AudioBatcher, event: AudioEventMap[K]) => unknown)
  | null;

/** An `EventTarget` whose events have types. */
export interface AudioTarget extends EventTarget {
  addEventListener<K extends keyof AudioEventMap>(
    type: K,
    listener: Listener<K>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void;
  removeEventListener<K extends keyof AudioEventMap>(
    type: K,
    listener: Listener<K>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void;
}

const Target: new () => AudioTarget = EventTarget;

interface Waiter {
  isMet: () => boolean;
  /** On the clock of `performance.now()`. */
  until: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Sends audio by a socket, as a speech server wants it: mixed down, resampled, in batches, and only
 * when the server is ready. What has to wait waits here, bounded; what does not arrive is told by
 * `gap`, sample by sample.
 *
 * Make it together with the socket, before that is open: some servers say only once that they are
 * ready.
 */
export class AudioBatcher extends Target {
  #settings: AudioSettings;
  #source: RawAudio | Opaque;
  #talk: Talk;
  #capture: Capture | undefined;

  /** `open` until the end was asked for. */
  #life: "open" | "finishing" | "finished" | "closed" = "open";
  #finish: Promise<unknown> | undefined;
  /** What the core was told last: whether audio may go. */
  #isRunning = false;
  #spilling: (Stretch & { stop: AbortController }) | undefined;
  #waiters: Waiter[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is to be dispatched, once nothing here is in the middle of anything. */
  #news: Event[] = [];
  #sent = { sentSamples: 0, sentBytes: 0, batches: 0, segments: 0 };
  #lastStats: AudioStats | undefined;

  /**
   * @param socket - A `ReconnectingWebSocket`, or a `WebSocket`. It is never closed here.
   * @throws `TypeError` for a bad option.
   */
  constructor(socket: AudioSocket, options: AudioOptions = {}) {
    super();
    const settings = settleAudio(options);
    this.#settings = settings;
    const source =
      settings.format === "opaque"
        ? new Opaque(settings.queueMs, () => this.#tell(new Event("restart")))
        : new RawAudio(settings.core);
    this.#source = source;
    this.#talk = new Talk(socket, settings, {
      changed: () => this.#pump(),
      left: () => source instanceof Opaque && source.renew(),
      lost: (pieces) => {
        // The core wants the newest first.
        for (const { fromSample, toSample } of pieces.reverse()) {
          source.lose(fromSample, toSample, Reason.ConnectionLost);
        }
        this.#pump();
      },
    });
    this.#talk.greet();
  }

  /** Where it stands. */
  get status(): AudioStatus {
    if (this.#life !== "open") return this.#life;
    return this.#talk.isReady ? "streaming" : "waiting";
  }

  /**
   * Takes audio, which may be changed afterwards. An array of arrays has one for each channel. Bytes
   * are 16-bit samples, little-endian, or with format `"opaque"` whatever was encoded.
   *
   * @returns false: not all of it was kept. With `overflow: "block"` none was; push it again after
   * `room()`.
   * @throws `TypeError` for what is no audio, `InvalidStateError` after `finish` and `close`. Neither
   * harms the stream.
   */
  push(data: AudioData, input: AudioInput = {}): boolean {
    this.#assertOpen();
    if (this.#source instanceof Opaque) {
      return this.#took(this.#source.push(bytesOf(data), performance.now()));
    }
    check(input, "input.", INPUT);
    const samples = samplesOf(data);
    const isPlanar = Array.isArray(samples);
    const { channels = isPlanar ? samples.length : 1, interleaved = true } = input;
    const { sampleRate = this.#settings.sampleRate } = input;
    const isWhole = isPlanar
      ? channels === samples.length
      : Number.isInteger((samples as Float32Array).length / channels);
    if (!isWhole) throw wrong("input.channels", "that of the samples", channels);
    return this.#feed(this.#source, samples, sampleRate, channels, interleaved);
  }

  /**
   * Resolves once there is room for what `push` did not take.
   *
   * @throws `AbortError` when it is closed meanwhile.
   */
  async room(): Promise<void> {
    await this.#until(() => this.#source.read(AudioFigure.HasRoom) > 0);
  }

  /** Sends what is there as a batch, however short it is. */
  flush(): void {
    this.#assertOpen();
    this.#source.flush(performance.now());
    this.#pump();
  }

  /**
   * Ends the stream in order: the microphone's last samples, what waits, silence and a pause if the
   * server needs them, and its terminator.
   *
   * @returns The final message, or nothing if the server has none. Calling it again gives the same.
   * @throws `TimeoutError` if the final message did not come within `finishTimeout`, `AbortError` if
   * the connection or this object was closed meanwhile.
   */
  finish(): Promise<unknown> {
    this.#finish ??= this.#complete();
    return this.#finish;
  }

  /**
   * Takes audio from the microphone, until `stopCapture` or `finish`. It may be called again later.
   *
   * @throws `AudioCaptureError` with its `code`, `InvalidStateError` if audio is being captured, or
   * after `finish` and `close`, `AbortError` if it is stopped meanwhile.
   */
  async capture(options?: CaptureOptions): Promise<void> {
    this.#assertOpen();
    const { format, overflow } = this.#settings;
    if (format === "opaque" || overflow === "block") {
      throw new TypeError("everline: no microphone gives 'opaque' chunks, and none can 'block'");
    }
    this.#capture ??= new Capture(
      (samples, sampleRate, channels) => {
        if (!this.#isLive || this.#source instanceof Opaque) return;
        this.#feed(this.#source, samples, sampleRate, channels, true);
      },
      (error) => {
        this.#tellError(error);
        this.#announce();
      },
    );
    await this.#capture.start(options);
  }

  /** Resolves once the microphone is free, and all that it had recorded was taken. */
  async stopCapture(): Promise<void> {
    await this.#capture?.stop();
  }

  /**
   * Ends at once, and lets go of everything but the socket, which stays as it is. What waits becomes
   * a gap.
   */
  close(): void {
    if (this.#isLive) this.#end("closed");
  }

  /** Closes, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What happened so far, in figures. */
  stats(): AudioStats {
    if (this.#lastStats) return this.#lastStats;
    const read = (figure: AudioFigure) => this.#source.read(figure);
    return {
      samplesIn: read(AudioFigure.SamplesIn),
      samples: read(AudioFigure.Samples),
      ...this.#sent,
      droppedSamples: read(AudioFigure.Dropped),
      gaps: read(AudioFigure.Gaps),
      queuedMs: this.#ms(read(AudioFigure.Queued)),
      level: { rms: Math.sqrt(read(AudioFigure.Power)), peak: read(AudioFigure.Peak) },
    };
  }

  get #isLive(): boolean {
    return this.#life === "open" || this.#life === "finishing";
  }

  #assertOpen(): void {
    if (this.#life === "open") return;
    throw new DOMException(`The audio is ${this.#life} already.`, "InvalidStateError");
  }

  #feed(source: RawAudio, ...samples: Samples): boolean {
    return this.#took(source.push(...samples, performance.now()));
  }

  #took(pushed: Pushed): boolean {
    if (pushed === Pushed.Unusable) {
      throw new TypeError("everline: no such audio: its sampleRate, channels or length cannot be");
    }
    this.#pump();
    return pushed === Pushed.Kept;
  }

  /** Does everything that can be done by now, and then tells of it. */
  #pump(): void {
    if (this.#isLive) this.#send();
    // The page may have closed it, from within the socket's events.
    if (this.#isLive) {
      this.#spillNext();
      this.#tellGaps();
      this.#answerWaiters();
      this.#schedule();
    }
    if (this.#life === "finishing" && this.#talk.isOver && !this.#talk.final) this.#end("closed");
    this.#announce();
  }

  #send(): void {
    const talk = this.#talk;
    const source = this.#source;
    if (talk.isReady !== this.#isRunning) {
      this.#isRunning = talk.isReady;
      if (this.#isRunning) {
        source.start(performance.now());
        this.#tell(new Event("ready"));
      } else source.pause();
    }
    const { format, server } = this.#settings;
    const { frame = (text: string) => text } = server;
    while (this.#isLive && talk.isReady && talk.hasRoom()) {
      const isSegment = talk.isSegmented && format !== "opaque";
      const piece = source.poll(isSegment ? Piece.Segment : Piece.Batch, performance.now());
      if (!piece) return;
      const { fromSample, toSample, data } = piece;
      try {
        const isText = format === "base64" && !isSegment;
        const audio = isText ? frame(toBase64(data)) : data;
        const bytes = byteLength(audio);
        talk.say(piece, audio);
        this.#count(piece, bytes, isSegment);
        this.#tellOf("batch", { fromSample, toSample, bytes });
      } catch (error) {
        // Too large, or the page's own.
        source.lose(fromSample, toSample, Reason.ConnectionLost);
        this.#tellError(error);
      }
    }
  }

  #count({ fromSample, toSample }: Stretch, bytes: number, isSegment: boolean): void {
    this.#sent.sentSamples += toSample - fromSample;
    this.#sent.sentBytes += bytes;
    this.#sent[isSegment ? "segments" : "batches"] += 1;
  }

  #spillNext(): void {
    const { spill: where } = this.#settings;
    const segment = where && !this.#spilling && this.#source.poll(Piece.Spill, performance.now());
    if (!segment) return;
    const { data, fromSample, toSample } = segment;
    const stop = new AbortController();
    this.#spilling = { fromSample, toSample, stop };
    this.#count(segment, data.byteLength, true);
    const over = (then: () => void) => {
      this.#spilling = undefined;
      if (this.#isLive) then();
      this.#pump();
    };
    spill(where, data, stop).then(
      (message) => over(() => this.#tellOf("result", message)),
      () => over(() => this.#source.lose(fromSample, toSample, Reason.SpillFailed)),
    );
  }

  #tellGaps(): void {
    for (let gap = this.#source.gap(); gap; gap = this.#source.gap()) {
      const { fromSample, toSample } = gap;
      const ms = "ms" in gap ? gap.ms : this.#ms(toSample - fromSample);
      this.#tellOf("gap", { fromSample, toSample, ms, reason: REASONS[gap.reason] });
    }
  }

  async #complete(): Promise<unknown> {
    const { server, lingerMs, finishTimeout } = this.#settings;
    const talk = this.#talk;
    if (this.#isLive) this.#life = "finishing";
    await this.#capture?.stop();
    if (this.#isLive) this.#source.finish(performance.now());
    await this.#until(() => !this.#spilling && this.#source.read(AudioFigure.Queued) === 0);
    if (lingerMs > 0) await this.#until(() => false, lingerMs);
    await this.#until(() => talk.isReady);
    talk.end();
    if (server.final) await this.#until(() => talk.final !== undefined, finishTimeout);
    this.#end("finished");
    if (!server.final || talk.final) return talk.final?.message;
    throw new DOMException("The final message did not come.", "TimeoutError");
  }

  /** Resolves once it is so, or `timeout` ms later; rejects when this is closed. */
  #until(isMet: () => boolean, timeout = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      const until = performance.now() + timeout;
      this.#waiters.push({ isMet, until, resolve, reject });
      if (this.#isLive) this.#pump();
      else this.#giveUp();
    });
  }

  #answerWaiters(): void {
    const now = performance.now();
    this.#waiters = this.#waiters.filter(({ isMet, until, resolve }) => {
      const isOver = isMet() || now >= until;
      if (isOver) resolve();
      return !isOver;
    });
  }

  #giveUp(): void {
    const error = new DOMException("The audio was closed.", "AbortError");
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  /** Looks again when something may have become due. */
  #schedule(): void {
    const now = performance.now();
    let due = Math.min(...this.#waiters.map(({ until }) => until));
    if (this.#talk.isReady) {
      const next = this.#source.read(AudioFigure.Deadline);
      const isOpen = this.#talk.hasRoom();
      // Without one, it is not a number.
      due = Math.min(due, isOpen ? next || due : now + LOOK_AGAIN);
    }
    clearTimeout(this.#timer);
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = runIn(due - now, () => this.#pump());
  }

  #end(life: "finished" | "closed"): void {
    this.#capture?.stop();
    if (this.#spilling) {
      const { fromSample, toSample, stop } = this.#spilling;
      stop.abort();
      this.#source.lose(fromSample, toSample, Reason.Closed);
    }
    this.#source.close();
    this.#tellGaps();
    this.#lastStats = this.stats();
    this.#life = life;
    this.#source.free();
    this.#talk.stop();
    clearTimeout(this.#timer);
    this.#giveUp();
    this.#announce();
  }

  /** What waits and what is lost is counted in samples, and with format `"opaque"` in ms. */
  #ms(amount: number): number {
    const { format, sampleRate } = this.#settings;
    return format === "opaque" ? amount : (amount * 1000) / sampleRate;
  }

  #tell(event: Event): void {
    this.#news.push(event);
  }

  #tellOf(type: string, detail: unknown): void {
    this.#tell(new CustomEvent(type, { detail }));
  }

  #tellError(error: unknown): void {
    this.#tell(errorEvent({ message: (error as Error).message, error }));
  }

  #announce(): void {
    for (let event = this.#news.shift(); event; event = this.#news.shift()) {
      this.dispatchEvent(event);
    }
  }
}

type Samples = [
  data: Float32Array | Int16Array | readonly Float32Array[],
  rate: number,
  channels: number,
  interleaved: boolean,
];

const INPUT: Rules = { sampleRate: 0, channels: 0, interleaved: [true, false] };

function samplesOf(data: unknown): Samples[0] {
  if (data instanceof Float32Array || data instanceof Int16Array) return data;
  if (Array.isArray(data) && data.length > 0) {
    const isEven = data.every(
      (plane) => plane instanceof Float32Array && plane.length === data[0].length,
    );
    if (isEven) return data;
    throw new TypeError("everline: push takes channels that are Float32Arrays of one length");
  }
  const bytes = bytesOf(data);
  if (bytes.length % 2 > 0) {
    throw new TypeError(`everline: ${bytes.length} bytes are no whole 16-bit samples`);
  }
  // They need not begin at an even address.
  return new Int16Array(bytes.slice().buffer);
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError("everline: push takes a Float32Array, several, an Int16Array, or bytes");
}
