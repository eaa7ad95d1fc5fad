// Runs in the page: what the browser's own resampler takes, which does it all in one go.

import { QUANTUM } from "./sizes.mjs";

const TO = 16_000;

/** µs a quantum, one for each round; the time is the page's, the work its audio thread's. */
export async function offline({ rate, seconds, rounds }) {
  const costs = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    await rendered(rate, seconds, (buffer) => buffer.fill(0.1));
    const spent = performance.now() - start;
    if (round >= 0) costs.push((spent * 1000) / ((rate * seconds) / QUANTUM));
  }
  return costs;
}

/** A second of the samples that a tone becomes. */
export async function offlineTone(rate, frequency) {
  const samples = await rendered(rate, 1.6, (buffer) => {
    for (let at = 0; at < buffer.length; at++) {
      buffer[at] = 0.5 * Math.sin((2 * Math.PI * frequency * at) / rate);
    }
  });
  return [...samples.subarray(TO / 4, TO / 4 + TO)];
}

async function rendered(rate, seconds, fill) {
  const context = new OfflineAudioContext(1, TO * seconds, TO);
  const buffer = new AudioBuffer({ length: rate * seconds, sampleRate: rate });
  fill(buffer.getChannelData(0));
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
}
