// What an audio context plays is captured to the last sample, at any rate, and a context of our own
// goes on. In Firefox a context needs an audio device, which the tests' machines lack.

import assert from "node:assert/strict";
import { audio, heard } from "./harness/audio.mjs";
import { browserName } from "./harness/browser.mjs";
import { SCALE } from "./harness/counter.mjs";

const inChromium = browserName === "chrome" ? audio : () => {};

for (const rate of [44_100, 48_000])
  inChromium(`up to the last sample before the end, at ${rate} Hz`, async ({ peer, open }) => {
    const audio = await open(peer.url, { format: "float32", sampleRate: rate });
    const counted = await audio.run(async (audio, rate) => {
      const { startCounter } = await import("/harness/counter.mjs");
      const counter = await startCounter(rate);
      await audio.capture(counter.capture);
      while (audio.stats().samples < rate) await audio.journal.next();
      const counted = await counter.stop();
      await audio.finish();
      return counted;
    }, rate);
    const { samples } = await audio.call("stats");
    // Of two bytes each.
    await heard(peer, 2 * samples);
    const bytes = Uint8Array.from(Buffer.concat(peer.received.entries));
    const counts = new Float32Array(bytes.buffer).map((sample) => sample * SCALE);
    // It was silent before it began to count.
    const isWrong = (count, at) => count !== Math.max(0, counted - samples + 1 + at);
    assert.equal(counts.findIndex(isWrong), -1, "the first wrong sample");
    assert.equal(counts.length, samples);
  });

inChromium("the next capture may have another rate", async ({ peer, open }) => {
  const audio = await open(peer.url);
  const lengths = await audio.run(async (audio) => {
    const { startCounter } = await import("/harness/counter.mjs");
    const lengths = [];
    for (const rate of [48_000, 44_100, 16_000]) {
      const before = audio.stats().samplesIn;
      const counter = await startCounter(rate);
      await audio.capture(counter.capture);
      while (audio.stats().samplesIn < before + rate / 2) await audio.journal.next();
      await counter.stop();
      await audio.stopCapture();
      lengths.push((audio.stats().samplesIn - before) / rate);
    }
    await audio.finish();
    return lengths;
  });
  const { samples, gaps } = await audio.call("stats");
  const expected = lengths.reduce((sum, seconds) => sum + seconds * 16_000, 0);
  assert.ok(Math.abs(samples - expected) < lengths.length, `${samples} samples of ${expected}`);
  assert.equal(gaps, 0);
  assert.equal((await heard(peer, samples)).length, samples);
});

for (const [by, wake] of Object.entries({
  itself: undefined,
  "a click": (page) => page.click("html"),
}))
  inChromium(`a context that is suspended goes on by ${by}`, async ({ page, peer, open }) => {
    const audio = await open(peer.url);
    await audio.run(async (audio, waits) => {
      const { stream } = new MediaStreamAudioDestinationNode(new AudioContext());
      globalThis.AudioContext = class extends AudioContext {
        constructor() {
          super();
          globalThis.context = this;
        }
      };
      await audio.capture({ stream });
      // As where a browser wants to see a gesture first.
      if (waits) context.resume = () => Promise.reject(new DOMException("", "NotAllowedError"));
      await context.suspend();
      delete context.resume;
    }, wake !== undefined);
    await wake?.(page);
    await page.waitForFunction(() => context.state === "running");
    await audio.call("stopCapture");
    assert.equal(await page.evaluate(() => context.state), "closed");
  });
