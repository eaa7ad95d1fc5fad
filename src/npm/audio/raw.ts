/** The core's part of an `AudioBatcher`: it converts, resamples, numbers, keeps and cuts. */
import bytes from "virtual:everline-audio";
import { type InitOutput, initSync } from "../../../target/npm-audio/everline.js";
import { embedded } from "../start.js";
import { lent } from "./memory.js";

/** How many values pass into the core at once. */
const MOST_VALUES = 8192;

/** What the core is told at the start, in its order. */
export type AudioSettings = [
  sampleRate: number,
  /** float32, or pcm16. */
  isFloat: boolean,
  batchMs: number,
  minMs: number,
  maxMs: number,
  /** Of the payload, without the header. */
  maxBytes: number,
  maxDelayMs: number,
  /** The RMS below which it is silent, where 1 is full scale; `NaN` if nobody cares. */
  silence: number,
  silenceMs: number,
  queueMs: number,
  overflow: AudioOverflow,
  fillGaps: boolean,
  /** Times real time. */
  catchUp: number,
  segmentMs: number,
  /** Whether batches have the header with their number. */
  sequence: boolean,
  trailingSilenceMs: number,
];

/** What happens to samples too many. */
export enum AudioOverflow {
  DropOldest,
  DropNewest,
  Block,
  Spill,
}

/** What became of the samples that were pushed. */
export enum Pushed {
  Kept,
  /** Some were dropped: the policy is to drop the newest. */
  Dropped,
  /** None was taken: there is no room, and the policy is to block. */
  Full,
  /** None was taken: a rate, a number of channels or a length that cannot be; or it has finished. */
  Unusable,
}

/** Which piece of what waits is asked for. */
export enum Piece {
  /** A batch for an open socket. */
  Batch,
  /** A WAV file, where messages are requests of their own. */
  Segment,
  /** A WAV file of what there is no room for. */
  Spill,
}

/** Why samples did not go out. */
export enum Reason {
  Overflow,
  ConnectionLost,
  SpillFailed,
  Closed,
}

/** What `RawAudio.read` reads. Samples are counted at the output rate. */
export enum AudioFigure {
  /** When to ask for pieces again, on the clock of `now`; `NaN` if only a push can bring more. */
  Deadline,
  /** Frames that came in, at whatever rate. */
  SamplesIn,
  /** Samples that have a number. */
  Samples,
  /** Samples that wait. */
  Queued,
  Dropped,
  Gaps,
  /** Of the last piece that was pushed, where 1 is full scale: the mean square, and the highest. */
  Power,
  Peak,
  /** 1 if what was refused last would have room now. */
  HasRoom,
  /** The samples handed out last, and the gap that was told last. */
  FromSample,
  ToSample,
  GapFrom,
  GapTo,
  GapReason,
}

/** Samples from one number up to another, exclusive. */
export interface Stretch {
  fromSample: number;
  toSample: number;
}

const ensureStarted = /* @__PURE__ */ embedded(initSync, bytes);

let wasm: InitOutput;

export class RawAudio {
  #address: number;

  constructor(settings: AudioSettings) {
    wasm = ensureStarted();
    this.#address = wasm.listen(...(settings.map(Number) as Parameters<InitOutput["listen"]>));
    forgotten.register(this, this.#address, this);
  }

  /**
   * Takes samples at `rate`: an array for each channel, or one with all of them, either frame by
   * frame or, if it is planar, channel by channel.
   */
  push(
    data: Samples | readonly Samples[],
    rate: number,
    channels: number,
    interleaved: boolean,
    now: number,
  ): Pushed {
    const whole = ArrayBuffer.isView(data) ? [data] : data;
    const frames = (whole[0]?.length ?? 0) / (whole.length > 1 ? 1 : channels);
    const isPlanar = whole.length > 1 || !interleaved;
    const fullScale = whole[0] instanceof Int16Array ? 32768 : 1;
    let pushed = wasm.admit(
      this.#address,
      frames,
      channels,
      rate,
      fullScale,
      Number(isPlanar),
      now,
    );
    if (pushed !== Pushed.Kept) return pushed;
    const planes = isPlanar && whole.length === 1 ? planesOf(whole[0], frames) : whole;
    const width = isPlanar ? 1 : channels;
    const most = Math.ceil(MOST_VALUES / channels);
    for (let from = 0; from < frames; from += most) {
      const count = Math.min(most, frames - from);
      wasm.input(this.#address, count * channels);
      const values = new Float32Array(lent.buffer, lent.byteOffset, count * channels);
      planes.forEach((plane, channel) => {
        values.set(plane.subarray(from * width, (from + count) * width), channel * count);
      });
      pushed |= wasm.feed(this.#address, now);
    }
    return pushed;
  }

  /** What is there goes, however little it is. */
  flush(now: number): void {
    wasm.flush(this.#address, 0, now);
  }

  /** The same for the last time: with the rest that the resampler has, and trailing silence. */
  finish(now: number): void {
    wasm.flush(this.#address, 1, now);
  }

  /** Batches may go from now on. */
  start(now: number): void {
    wasm.route(this.#address, 1, now);
  }

  /** They may not any more. Nothing else is lost by it. */
  pause(): void {
    wasm.route(this.#address, 0, 0);
  }

  /** Takes out the next piece if one is due. */
  poll(piece: Piece, now: number): (Stretch & { data: ArrayBuffer }) | undefined {
    if (!wasm.poll(this.#address, piece, now)) return undefined;
    const data = lent.slice().buffer as ArrayBuffer;
    const fromSample = this.read(AudioFigure.FromSample);
    return { data, fromSample, toSample: this.read(AudioFigure.ToSample) };
  }

  /** Takes out the next gap that cannot grow any more. */
  gap(): (Stretch & { reason: Reason }) | undefined {
    if (!wasm.gap(this.#address)) return undefined;
    return {
      fromSample: this.read(AudioFigure.GapFrom),
      toSample: this.read(AudioFigure.GapTo),
      reason: this.read(AudioFigure.GapReason),
    };
  }

  /**
   * A piece that was handed out did not arrive. Of several, tell the newest first: with `fillGaps`,
   * silence goes in its place, before all that waits.
   */
  lose(fromSample: number, toSample: number, reason: Reason): void {
    wasm.lose(this.#address, fromSample, toSample, reason);
  }

  /** Gives up what waits: it becomes a gap. */
  close(): void {
    wasm.giveUp(this.#address);
  }

  read(figure: AudioFigure): number {
    wasm.measure(this.#address);
    return new Float64Array(lent.buffer, lent.byteOffset)[figure] as number;
  }

  free(): void {
    forgotten.unregister(this);
    wasm.forget(this.#address);
  }
}

type Samples = Float32Array | Int16Array;

const forgotten = new FinalizationRegistry((address: number) => wasm.forget(address));

/** The channels of an array that has one after the other. */
function planesOf(samples: Samples | undefined, frames: number): Samples[] {
  const planes: Samples[] = [];
  for (let at = 0; samples && at < samples.length; at += frames) {
    planes.push(samples.subarray(at, at + frames));
  }
  return planes;
}
