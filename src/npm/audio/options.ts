/** The options of an `AudioBatcher`, their defaults, and the check that names what is wrong. */
import { check, type Rules, wrong } from "../options.js";
import type { AudioSettings as CoreSettings } from "./raw.js";
import type { AudioServer } from "./servers.js";

/**
 * What a batch holds: 16-bit or 32-bit float samples, little-endian; 16-bit samples as base64 text; or
 * chunks that were encoded elsewhere, for instance by a `MediaRecorder`, each passed on whole.
 */
export type AudioFormat = (typeof FORMATS)[number];

const FORMATS = ["pcm16", "float32", "base64", "opaque"] as const;

/** The second argument of `new AudioBatcher`. */
export interface AudioOptions {
  /**
   * How the server wants to be talked to: one of `audioServers`, or your own. What it says about the
   * options below counts where they are not given. @default none: batches, and nothing else
   */
  server?: AudioServer | undefined;
  /** What a batch holds. @default "pcm16" */
  format?: AudioFormat | undefined;
  /** Of what is sent, in Hz, from 8000 to 192000. Audio with another rate is resampled. @default 16000 */
  sampleRate?: number | undefined;
  /** The length of a batch, in ms, from `minMs` to `maxMs`. @default 100 */
  batchMs?: number | undefined;
  /** The shortest batch that the server takes, in ms. Only the last one may be shorter. @default 50 */
  minMs?: number | undefined;
  /** The longest batch, in ms. While there is something to catch up with, batches grow to it. @default 1000 */
  maxMs?: number | undefined;
  /** The largest batch, in bytes. @default Infinity */
  maxBytes?: number | undefined;
  /** How long a sample may wait for its batch to be full, in ms, once that has `minMs`. @default 200 */
  maxDelayMs?: number | undefined;
  /** Ends batches where the speaker pauses. @default off */
  silence?: AudioSilence | undefined;
  /** How much audio may wait while the server is not ready or the line is slow, in ms. @default 30000 */
  queueMs?: number | undefined;
  /**
   * What happens to audio too much: the oldest is dropped, or the newest; or `push` takes nothing
   * until there is `room()`, for files and other sources that can wait; or the oldest goes to `spill`.
   * What is dropped is told by `gap`. @default "drop-oldest"
   */
  overflow?: (typeof OVERFLOWS)[number] | undefined;
  /** Where audio goes that does not fit, with `overflow: "spill-to-http"`. @default none */
  spill?: AudioSpill | undefined;
  /** Whether silence of the same length is sent in place of a gap, so that times stay true. @default false */
  fillGaps?: boolean | undefined;
  /** How much faster than real time audio may be sent after a pause. @default Infinity */
  catchUp?: number | undefined;
  /**
   * Above so many bytes in `socket.bufferedAmount` nothing more is handed to the socket: it stays here,
   * where `queueMs` bounds it. @default 65536
   */
  maxBufferedBytes?: number | undefined;
  /** The longest WAV segment over the HTTP fallback, in ms, at most 30000. @default 5000 */
  segmentMs?: number | undefined;
  /**
   * Whether each batch begins with 16 bytes that say where it belongs, for servers that know them:
   * `EVA1`, its number from 0 (32 bits) and its first sample (64 bits), little-endian. @default false
   */
  sequence?: boolean | undefined;
  /** How much silence `finish` adds, in ms. @default 0 */
  trailingSilenceMs?: number | undefined;
  /** How long `finish` waits between the last audio and the terminator, in ms. @default 0 */
  lingerMs?: number | undefined;
  /** How long `finish` waits for the final message after the terminator, in ms. @default 5000 */
  finishTimeout?: number | undefined;
}

/** What counts as a pause of the speaker. */
export interface AudioSilence {
  /** The level below which audio is silent, in dB of full scale. @default -50 */
  thresholdDb?: number | undefined;
  /** How long it must be silent, in ms. @default 300 */
  ms?: number | undefined;
}

/** Where audio goes that does not fit the queue: one POST a WAV segment, one at a time. */
export interface AudioSpill {
  url: string | URL;
  /** Added to each request. @default none */
  headers?: HeadersInit | undefined;
  /**
   * Further fields of a form (`multipart/form-data`) whose field `file` is the segment; `{}` for none.
   * Without it the segment itself is the body, as `audio/wav`.
   */
  fields?: Record<string, string> | undefined;
}

type PlainOptions = Omit<AudioOptions, "server" | "silence" | "spill">;

type AllOptions = Required<PlainOptions>;

/** Complete and checked. */
export interface AudioSettings extends AllOptions {
  server: AudioServer;
  spill: AudioSpill | undefined;
  core: CoreSettings;
}

const NUMBERS = {
  sampleRate: 16_000,
  batchMs: 100,
  minMs: 50,
  maxMs: 1_000,
  maxBytes: Number.POSITIVE_INFINITY,
  maxDelayMs: 200,
  queueMs: 30_000,
  catchUp: Number.POSITIVE_INFINITY,
  segmentMs: 5_000,
  trailingSilenceMs: 0,
  maxBufferedBytes: 65_536,
  lingerMs: 0,
  finishTimeout: 5_000,
};

const CHOICES = {
  format: "pcm16",
  overflow: "drop-oldest",
  fillGaps: false,
  sequence: false,
} as const;

/** The core takes their places, so they are in its order. */
const OVERFLOWS = ["drop-oldest", "drop-newest", "block", "spill-to-http"] as const;

const PLAIN: Rules = {
  ...NUMBERS,
  format: [...FORMATS],
  overflow: [...OVERFLOWS],
  fillGaps: [false, true],
  sequence: [false, true],
};

const OPTIONS: Rules = { ...PLAIN, server: "object", silence: "object", spill: "object" };

const SERVER: Rules = {
  ...PLAIN,
  hello: "string or object or function",
  ready: "function",
  frame: "function",
  keepAlive: "object",
  end: "string or object",
  final: "function",
};

const KEEP_ALIVE: Rules = { interval: 0, message: "string or object" };

const SILENCE: Rules = { ms: 300, thresholdDb: "number" };

const SPILL: Rules = { url: "string or URL", headers: "object", fields: "object" };

/** An hour of samples is as much memory as a page may be asked for. */
const HOUR = 3_600_000;

/** The longest that speech servers are sure to hear at a time: Whisper's window. */
const LONGEST_SEGMENT = 30_000;

/** Throws a `TypeError` that names the field, or completes the options. */
export function settleAudio(options: AudioOptions): AudioSettings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("everline: the options must be an object");
  }
  check(options, "", OPTIONS);
  const { server = {}, silence, spill, ...own } = options;
  check(server, "server.", SERVER);
  const { hello, ready, frame, keepAlive, end, final, ...advice } = server;
  const entries = [advice, own].flatMap(Object.entries).filter(([, value]) => value !== undefined);
  const given = Object.fromEntries(entries) as Partial<AllOptions>;
  const all = { ...NUMBERS, ...CHOICES, ...given };
  const { minMs, maxMs, sampleRate, format, overflow } = all;
  // The usual length gives way to what the server takes; a given one has to fit.
  if (given.batchMs === undefined) all.batchMs = Math.min(Math.max(all.batchMs, minMs), maxMs);
  within(all, {
    sampleRate: [8_000, 192_000],
    maxMs: [Math.max(minMs, 1), HOUR],
    batchMs: [Math.max(minMs, 1), maxMs],
    maxBytes: [64, Number.POSITIVE_INFINITY],
    queueMs: [all.batchMs, HOUR],
    catchUp: [1, Number.POSITIVE_INFINITY],
    maxBufferedBytes: [1, Number.POSITIVE_INFINITY],
    segmentMs: [100, LONGEST_SEGMENT],
    trailingSilenceMs: [0, HOUR],
  });
  if (!Number.isInteger(sampleRate)) throw wrong("sampleRate", "whole", sampleRate);
  if (keepAlive) {
    check(keepAlive, "server.keepAlive.", KEEP_ALIVE);
    within(keepAlive, { interval: [1, HOUR] }, "server.keepAlive.");
  }
  if (spill) check(spill, "spill.", SPILL);
  if (overflow === "spill-to-http" && !spill?.url) throw wrong("spill.url", "given", spill?.url);
  // Nothing can be cut out of what was encoded elsewhere, and nothing put in.
  const isCut = all.fillGaps || all.sequence || silence || overflow !== "drop-oldest";
  if (format === "opaque" && isCut) {
    throw wrong("format", "another one with 'overflow', 'fillGaps', 'sequence', 'silence'", format);
  }
  return { ...all, server, spill, core: forCore(all, silence) };
}

function forCore(all: AllOptions, silence: AudioSilence | undefined): CoreSettings {
  const { format, overflow, maxBytes } = all;
  const [silenceMs = 0] = check(silence ?? {}, "silence.", SILENCE);
  const { thresholdDb = -50 } = silence ?? {};
  within({ thresholdDb }, { thresholdDb: [-200, 0] }, "silence.");
  return [
    all.sampleRate,
    format === "float32",
    all.batchMs,
    all.minMs,
    all.maxMs,
    // Base64 makes four bytes of three.
    format === "base64" ? (maxBytes * 3) / 4 : maxBytes,
    all.maxDelayMs,
    silence ? 10 ** (thresholdDb / 20) : Number.NaN,
    silenceMs,
    all.queueMs,
    OVERFLOWS.indexOf(overflow),
    all.fillGaps,
    all.catchUp,
    all.segmentMs,
    all.sequence,
    all.trailingSilenceMs,
  ];
}

/** Throws unless each number is in its range. */
function within<T>(
  options: T,
  ranges: { [name in keyof T]?: [least: number, most: number] },
  path = "",
): void {
  for (const [name, [least, most]] of Object.entries(ranges) as [string, [number, number]][]) {
    const value = (options as Record<string, number>)[name] ?? Number.NaN;
    if (value >= least && value <= most) continue;
    throw wrong(path + name, `from ${least} to ${most}`, value);
  }
}
