// An hour of sound, as fast as it goes, in a process of its own: `node --expose-gc`.

import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { AudioBatcher } from "../../pkg/everline.js";
import { serve } from "../lib/child.mjs";
import { PIECE } from "./sizes.mjs";

const RATE = 48_000;

await serve(() => ({ hour }));

/** Seconds of CPU, and the memory before and after, in bytes. */
async function hour(minutes) {
  let bytes = 0;
  const socket = Object.assign(new EventTarget(), {
    readyState: 1,
    bufferedAmount: 0,
    send: ({ byteLength }) => {
      bytes += byteLength;
    },
  });
  const audio = new AudioBatcher(socket);
  const second = speech();
  const say = async (seconds) => {
    for (let at = 0; at < seconds; at++) {
      for (let from = 0; from + PIECE <= RATE; from += PIECE) {
        audio.push(second.subarray(from, from + PIECE), { sampleRate: RATE });
      }
      // Pages have other things to do, too.
      await turn();
    }
  };
  // What is only done once is done by then.
  await say(60);
  const before = memory();
  const start = process.cpuUsage();
  await say(60 * minutes);
  const { user, system } = process.cpuUsage(start);
  const after = memory();
  await audio.finish();
  return { cpu: (user + system) / 1e6, before, after, bytes, gaps: audio.stats().gaps };
}

function memory() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  return { heap: heapUsed + external, resident: resident * 1024 };
}

/** A second of something that has syllables. */
function speech() {
  const sample = (_, at) => {
    const time = at / RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * time));
    const voice = [1, 2, 3, 5, 8].map((n) => Math.sin(2 * Math.PI * 140 * n * time) / n);
    return 0.2 * syllable * voice.reduce((sum, part) => sum + part);
  };
  return Float32Array.from({ length: RATE }, sample);
}
