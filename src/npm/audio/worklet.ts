/**
 * The recorder in the audio thread: it posts what it hears in pieces of about 20 ms, as `[samples,
 * sampleRate, channels]`, interleaved. Any message to it means the end: it posts what is left, and
 * then nothing but null.
 */
export {};

// What an AudioWorkletGlobalScope has (Web Audio API section 1.32), which TypeScript does not know.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

class Recorder extends AudioWorkletProcessor {
  #piece = new Float32Array();
  #filled = 0;
  #channels = 0;
  #isOver = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#post();
      this.port.postMessage(null);
      this.#isOver = true;
    };
  }

  /** The browser uses the arrays again, so this copies them. There are none while nothing plays. */
  process([channels = []]: Float32Array[][]): boolean {
    const { length } = channels;
    const [first = []] = channels;
    if (length !== this.#channels) this.#post();
    if (this.#filled === 0) {
      this.#channels = length;
      this.#piece = new Float32Array(wholeQuanta(first.length) * length);
    }
    for (const index of first.keys()) {
      for (const samples of channels) this.#piece[this.#filled++] = samples[index] as number;
    }
    if (this.#filled === this.#piece.length) this.#post();
    return !this.#isOver;
  }

  #post(): void {
    if (this.#filled === 0) return;
    const samples = this.#piece.subarray(0, this.#filled);
    this.port.postMessage([samples, sampleRate, this.#channels], [samples.buffer]);
    this.#filled = 0;
  }
}

/** How many frames make up at least 20 ms. */
function wholeQuanta(quantum: number): number {
  return Math.ceil(sampleRate / 50 / quantum) * quantum;
}

registerProcessor("everline", Recorder);
