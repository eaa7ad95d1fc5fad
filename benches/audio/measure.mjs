// The measuring, in Node and in a page alike.

import { contestants, TO } from "./contestants.mjs";
import { PIECE, QUANTUM } from "./sizes.mjs";
import { qualityOf } from "./tones.mjs";

/**
 * Runs each contestant in turns; gives µs a quantum by name, one for each round. `clock` gives ms, of this
 * thread alone if there is such a clock.
 */
export async function cost({ rate, seconds, rounds, piece }, clock = () => performance.now()) {
  const samples = noise(rate * seconds);
  const costs = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, make] of Object.entries(contestants)) {
      let bytes = 0;
      const contestant = await make(rate, (message) => {
        bytes += message.byteLength;
      });
      let at = 0;
      const push = (end) => {
        for (; at + piece <= end; at += piece) contestant.push(samples.subarray(at, at + piece));
      };
      // The filter is made by then.
      push(rate);
      const [from, start] = [at, clock()];
      push(samples.length);
      const spent = clock() - start;
      contestant.close();
      const expected = 2 * TO * seconds;
      if (Math.abs(bytes / expected - 1) > 0.15) throw new Error(`${name}: ${bytes} bytes`);
      if (round >= 0) costs[name].push((spent * 1000) / ((at - from) / QUANTUM));
    }
  }
  return costs;
}

/** By name: how good what comes out is, as `qualityOf` has it. */
export async function quality(rate) {
  const found = {};
  for (const [name, make] of Object.entries(contestants)) {
    found[name] = await qualityOf((frequency) => through(make, rate, tone(rate, frequency)));
  }
  return found;
}

/** The samples between the beginning and the end, where filters have settled. */
async function through(make, rate, samples) {
  const messages = [];
  const contestant = await make(rate, (message) => messages.push(new Int16Array(message)));
  for (let at = 0; at + PIECE <= samples.length; at += PIECE) {
    contestant.push(samples.subarray(at, at + PIECE));
  }
  contestant.close();
  const output = messages.flatMap((message) => [...message]).map((sample) => sample / 32768);
  return output.slice(TO / 4, TO / 4 + TO);
}

function tone(rate, frequency) {
  const sample = (_, at) => 0.5 * Math.sin((2 * Math.PI * frequency * at) / rate);
  return Float32Array.from({ length: rate * 1.6 }, sample);
}

/** The same in every run. */
export function noise(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 32;
  });
}
