/**
 * Audio that was encoded elsewhere, for instance by a `MediaRecorder`: chunks that are passed on whole.
 *
 * A container makes sense only from its beginning and without a hole. So behind a gap, or on another
 * connection, everything up to the next beginning is of no use, and the page is asked for one. What
 * does not begin with a known container is taken for pieces that stand alone.
 */
import { AudioFigure, Piece, Pushed, type RawAudio, Reason, type Stretch } from "./raw.js";

/** Numbers count bytes. */
interface Chunk extends Stretch {
  data: ArrayBuffer;
  /** When it came. */
  at: number;
}

interface Hole extends Stretch {
  reason: Reason;
  /** When its first and its last chunk came. */
  from: number;
  to: number;
}

/** The unit is bytes, and for what waits ms. */
export class Opaque implements Omit<RawAudio, "push"> {
  #queueMs: number;
  #onRestart: () => void;
  #queue: Chunk[] = [];
  #holes: Hole[] = [];
  #isContainer = false;
  /** Nothing is of use before a beginning. */
  #isSkipping = false;
  #figures: { [figure in AudioFigure]?: number } = {};

  /** @param onRestart - Asks for a new beginning. */
  constructor(queueMs: number, onRestart: () => void) {
    this.#queueMs = queueMs;
    this.#onRestart = onRestart;
  }

  push(bytes: Uint8Array, now: number): Pushed {
    const fromSample = this.read(AudioFigure.Samples);
    const toSample = fromSample + bytes.length;
    const data = bytes.slice().buffer;
    const isFirst = fromSample === 0;
    this.#count(AudioFigure.SamplesIn, bytes.length);
    this.#count(AudioFigure.Samples, bytes.length);
    if (isFirst) this.#isContainer = isBeginning(data);
    while (this.read(AudioFigure.Queued) > this.#queueMs) {
      this.#dropFirst(Reason.Overflow);
      this.#dropContinued(Reason.Overflow);
    }
    const chunk = { data, fromSample, toSample, at: now };
    this.#isSkipping &&= !isBeginning(data);
    if (this.#isSkipping) this.#drop(chunk, this.#holes[0]?.reason ?? Reason.ConnectionLost);
    else this.#queue.push(chunk);
    return this.#isSkipping ? Pushed.Dropped : Pushed.Kept;
  }

  /** What comes next goes to somebody who has heard nothing yet. */
  renew(): void {
    if (this.read(AudioFigure.Samples) > 0) this.#dropContinued(Reason.ConnectionLost);
  }

  poll(piece: Piece): (Stretch & { data: ArrayBuffer }) | undefined {
    return piece === Piece.Spill ? undefined : this.#queue.shift();
  }

  gap(): (Stretch & { reason: Reason; ms: number }) | undefined {
    const canGrow = this.#isSkipping && this.#holes.length === 1;
    const hole = canGrow ? undefined : this.#holes.shift();
    return hole && { ...hole, ms: hole.to - hole.from };
  }

  lose(fromSample: number, toSample: number, reason: Reason): void {
    this.#drop({ fromSample, toSample, at: performance.now() }, reason);
  }

  close(): void {
    while (this.#queue.length > 0) this.#dropFirst(Reason.Closed);
    this.#isSkipping = false;
  }

  read(figure: AudioFigure): number {
    if (figure === AudioFigure.Deadline) return Number.NaN;
    if (figure === AudioFigure.Queued) {
      const [oldest] = this.#queue;
      return oldest ? Math.max(1, performance.now() - oldest.at) : 0;
    }
    return figure === AudioFigure.HasRoom ? 1 : (this.#figures[figure] ?? 0);
  }

  // Nothing is cut, so nothing is left over; and it has no clock and no memory elsewhere.
  flush(): void {}
  finish(): void {}
  start(): void {}
  pause(): void {}
  free(): void {}

  /** Drops what waits up to a beginning, if it is of no use without one. */
  #dropContinued(reason: Reason): void {
    if (!this.#isContainer) return;
    while (this.#queue[0] && !isBeginning(this.#queue[0].data)) this.#dropFirst(reason);
    if (this.#queue.length > 0) return;
    this.#isSkipping = true;
    this.#onRestart();
  }

  #dropFirst(reason: Reason): void {
    const chunk = this.#queue.shift();
    if (chunk) this.#drop(chunk, reason);
  }

  #drop({ fromSample, toSample, at }: Omit<Chunk, "data">, reason: Reason): void {
    this.#count(AudioFigure.Dropped, toSample - fromSample);
    const last = this.#holes.at(-1);
    if (last?.toSample === fromSample && last.reason === reason) {
      last.toSample = toSample;
      last.to = at;
    } else {
      this.#count(AudioFigure.Gaps, 1);
      this.#holes.push({ fromSample, toSample, reason, from: at, to: at });
    }
  }

  #count(figure: AudioFigure, amount: number): void {
    this.#figures[figure] = (this.#figures[figure] ?? 0) + amount;
  }
}

/** Whether a container begins here: WebM, Ogg (its first page) or MP4. */
function isBeginning(data: ArrayBuffer): boolean {
  const bytes = Array.from(new Uint8Array(data.slice(0, 8)));
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return /^1a45dfa3|^4f67675300(02|06)|^.{8}66747970/.test(hex);
}
