// `audio(name, test)`: an `e2e` with an `AudioBatcher` whose samples count: sample i is i mod 65536. So
// what arrives says by itself what is missing, doubled or out of place.
//
//   audio("all of it", async ({ peer, open }) => {
//     const audio = await open(peer.url);
//     await audio.count(16_000);
//     await audio.call("finish");
//     assertExact(await heard(peer, 16_000), 16_000);
//   });

import assert from "node:assert/strict";
import { until } from "../../server/server.mjs";
import { Remote } from "./remote.mjs";
import { e2e } from "./test.mjs";
import { soon } from "./time.mjs";

/**
 * Runs `work` with what `e2e` gives, and `open(url, options, socketOptions)`, which makes a socket and
 * its `AudioBatcher`. The option `server` is the name of one of `audioServers`, or that and its options,
 * or an object, whose functions see nothing of the test; `socketOptions` of `null` make it the platform's
 * `WebSocket`. The peer sends nothing back.
 */
export function audio(name, work) {
  e2e(name, async (t) => {
    t.peer.echo = false;
    await work({ ...t, open: (...args) => openAudio(t.page, ...args) });
    await t.page.evaluate(() => globalThis.closeAudios?.());
  });
}

/** Makes them in any page of `e2e`. */
export async function openAudio(page, url, options = {}, socketOptions = {}) {
  await page.evaluate(() => import("/harness/audio-page.mjs").then(() => {}));
  const all = socketOptions && { ...soon, ...socketOptions };
  const args = [url, all, options].map(source).join();
  return new RemoteAudio(page, await page.evaluate(`openAudio(${args})`));
}

/** Plain values and functions as the page can have them. */
function source(value) {
  if (typeof value === "function") return `(${value})`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(source)}]`;
  return `{${Object.entries(value).map(([name, part]) => `${name}: ${source(part)}`)}}`;
}

/** An `AudioBatcher` that lives in a page; its events are also those of its socket. */
class RemoteAudio extends Remote {
  constructor(page, number) {
    super(page, "audios", number);
  }

  /** The details of all events of a type so far. */
  details(type) {
    return this.run(
      (audio, type) =>
        audio.journal.entries.filter((event) => event.type === type).map(({ detail }) => detail),
      type,
    );
  }

  /** What a method throws: its name, and its message. */
  thrown(method, ...args) {
    return this.run(
      async (audio, method, args) => {
        try {
          await audio[method](...args);
          return undefined;
        } catch ({ name, message }) {
          return { name, message };
        }
      },
      method,
      args,
    );
  }

  /** Pushes the next `samples` of the count in pieces of `size`, or of sizes that a seed gives. */
  count(samples, how = {}) {
    return this.run((audio, samples, how) => count(audio, samples, how), samples, how);
  }

  /** Runs a function in the page with the socket. */
  socket(work, ...args) {
    return this.run(`({ socket }, ...args) => (${work})(socket, ...args)`, ...args);
  }
}

/** The audio among messages: their samples, one after the other. */
export function samplesOf(messages) {
  return messages.filter(Buffer.isBuffer).flatMap((bytes) => [...int16(bytes)]);
}

/** The samples of a message. */
export function int16(bytes) {
  // A Buffer may begin at an odd address.
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** The samples of a WAV file, after a look at its header. */
export function wav(bytes, sampleRate = 16_000) {
  const samples = int16(bytes.subarray(44));
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + bytes.length - 44, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(bytes.length - 44, 40);
  assert.deepEqual(bytes.subarray(0, 44), header, "the header");
  return samples;
}

/** Resolves to the samples that came to a peer once there are so many. */
export async function heard(peer, count) {
  const samples = () => peer.received.entries.filter(Buffer.isBuffer);
  const heardSoFar = () => samples().reduce((sum, { length }) => sum + length / 2, 0);
  await until(() => heardSoFar() >= count, `${count} samples to arrive`);
  return samplesOf(samples());
}

/** These samples are the count up to `total`, without the gaps: no more and no less. */
export function assertExact(samples, total, gaps = []) {
  const expected = [];
  for (let at = 0; at < total; at += 1) {
    if (!gaps.some(({ fromSample, toSample }) => at >= fromSample && at < toSample)) {
      expected.push((at << 16) >> 16);
    }
  }
  const wrong = expected.findIndex((sample, at) => samples[at] !== sample);
  const around = samples.slice(Math.max(0, wrong - 2), wrong + 3);
  const place = `at ${wrong} is ${around}, expected ${expected[wrong]}; ${JSON.stringify(gaps)}`;
  assert.equal(wrong, -1, place);
  assert.equal(samples.length, expected.length, "samples");
}
