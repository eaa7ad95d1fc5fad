// The recorder in the audio thread: whatever it hears is posted, in order, with the tail, and arrives
// at the true rate.

import assert from "node:assert/strict";
import { audio, heard } from "./harness/audio.mjs";
import { e2e } from "./harness/test.mjs";
import { assertTone } from "./harness/waves.mjs";

for (const rate of [16_000, 44_100, 48_000])
  e2e(`every sample is posted once and in order, at ${rate} Hz`, async ({ page }) => {
    const frames = 2 * rate + 77;
    const pieces = await page.evaluate(
      async (rate, frames) => {
        const { record } = await import("/harness/recorder.mjs");
        return record(rate, [{ frames, channels: 1, wave: (index) => index / 2 ** 20 }]);
      },
      rate,
      frames,
    );
    assert.ok(pieces.every((piece) => piece.rate === rate && piece.channels === 1));
    const heard = pieces.flatMap(({ samples }) => samples);
    // The browser renders whole quanta of 128 frames.
    assert.equal(heard.length, Math.ceil(frames / 128) * 128);
    const isWrong = (sample, at) => sample !== (at < frames ? at / 2 ** 20 : 0);
    assert.equal(heard.findIndex(isWrong), -1, "the first wrong sample");
    const lengths = pieces.map(({ samples }) => samples.length);
    const usual = Math.ceil(rate / 50 / 128) * 128;
    assert.ok(lengths.pop() <= usual);
    assert.deepEqual([...new Set(lengths)], [usual]);
  });

e2e("channels come and go, and their samples are interleaved", async ({ page }) => {
  const frames = 20 * 128;
  const pieces = await page.evaluate(async (frames) => {
    const { record } = await import("/harness/recorder.mjs");
    return record(16_000, [
      { frames, channels: 1, wave: () => 0.25 },
      { frames, channels: 2, wave: (_, channel) => 0.5 - channel, start: frames },
      { frames, channels: 1, wave: () => 0.125, start: 2 * frames },
    ]);
  }, frames);
  // When a silent source counts as a channel is the browser's choice.
  assert.deepEqual(new Set(pieces.map(({ channels }) => channels)), new Set([1, 2]));
  const side = (channel) =>
    pieces.flatMap(({ samples, channels }) =>
      samples.filter((_, at) => at % channels === Math.min(channel, channels - 1)),
    );
  const expected = (...levels) => levels.flatMap((level) => Array(frames).fill(level));
  assert.deepEqual(side(0), expected(0.25, 0.5, 0.125));
  assert.deepEqual(side(1), expected(0.25, -0.5, 0.125));
});

for (const rate of [44_100, 48_000])
  audio(
    `seconds at ${rate} Hz arrive as seconds, a tone with its pitch`,
    async ({ peer, open }) => {
      const seconds = 5;
      const audio = await open(peer.url);
      const frames = await audio.run(
        async (audio, rate, seconds) => {
          const { record } = await import("/harness/recorder.mjs");
          const wave = (index) => Math.sin((2 * Math.PI * 1000 * index) / rate) / 2;
          const pieces = await record(rate, [{ frames: seconds * rate, channels: 1, wave }]);
          for (const { samples, channels } of pieces) {
            audio.push(Float32Array.from(samples), { sampleRate: rate, channels });
          }
          await audio.finish();
          return pieces.reduce((sum, { samples }) => sum + samples.length, 0);
        },
        rate,
        seconds,
      );
      const expected = (frames * 16_000) / rate;
      const samples = await heard(peer, Math.floor(expected));
      assert.ok(
        Math.abs(samples.length - expected) < 1,
        `${samples.length} samples of ${expected}`,
      );
      // Without the ends, where the resampler's filter begins and runs out.
      const whole = samples.slice(160, (seconds - 1) * 16_000 + 160);
      assertTone(whole, { frequency: 1000, amplitude: 16_384 });
    },
  );
