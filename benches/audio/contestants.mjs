// Ways from the recorder's pieces to messages of 100 ms with 16-bit samples at 16 kHz. Each is made by
// `await make(rate, send)`, and takes Float32Arrays by `push`; it runs in Node and in a page.

import LibSampleRate from "@alexanderolsen/libsamplerate-js";
import { AudioBatcher } from "../../pkg/everline.js";
import { Linear, Polyphase } from "./resamplers.mjs";

export const TO = 16_000;
const BATCH = 0.1;

export const contestants = {
  Everline: everline,
  "JavaScript, linear": async (rate, send) => new Chunks(rate, send, new Linear(rate, TO)),
  "JavaScript, same filter": async (rate, send) => new Chunks(rate, send, new Polyphase(rate, TO)),
  "libsamplerate, fastest sinc": libsamplerate("SRC_SINC_FASTEST"),
  "libsamplerate, medium sinc": libsamplerate("SRC_SINC_MEDIUM_QUALITY"),
};

/** All of it: checks, the queue, numbers, events, and the timer for what comes too late. */
async function everline(rate, send) {
  const socket = Object.assign(new EventTarget(), { readyState: 1, bufferedAmount: 0, send });
  const audio = new AudioBatcher(socket);
  const input = { sampleRate: rate };
  return { push: (samples) => audio.push(samples, input), close: () => audio.close() };
}

function libsamplerate(quality) {
  return async (rate, send) => {
    const type = LibSampleRate.ConverterType[quality];
    const source = await LibSampleRate.create(1, rate, TO, { converterType: type });
    const resampler = { process: (samples) => source.full(samples) };
    return new Chunks(rate, send, resampler, () => source.destroy());
  };
}

/** What applications do by hand: keep the chunks, concatenate them, resample, convert, send. */
class Chunks {
  #rate;
  #send;
  #resampler;
  #chunks = [];
  #length = 0;

  constructor(rate, send, resampler, close = () => {}) {
    this.#rate = rate;
    this.#send = send;
    this.#resampler = resampler;
    this.close = close;
  }

  push(samples) {
    // The recorder's buffer will be used again.
    this.#chunks.push(samples.slice());
    this.#length += samples.length;
    if (this.#length < this.#rate * BATCH) return;
    const whole = new Float32Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    this.#length = 0;
    const resampled = this.#resampler.process(whole);
    const output = new Int16Array(resampled.length);
    for (let index = 0; index < output.length; index++) {
      output[index] = Math.max(-32768, Math.min(32767, Math.round(resampled[index] * 32768)));
    }
    this.#send(output.buffer);
  }
}
