// Chromium's microphone: what it hears arrives, and it is let go whatever happens meanwhile.

import assert from "node:assert/strict";
import { sine } from "../server/sound.mjs";
import { audio, heard } from "./harness/audio.mjs";
import { browserName } from "./harness/browser.mjs";
import { intoMicrophone, permit, raw } from "./harness/speech.mjs";
import { pitch } from "./harness/waves.mjs";

/** Runs `work` with an `audio` that may use the microphone. */
function microphone(name, work) {
  // Firefox's cannot hear a file.
  if (browserName !== "chrome") return;
  audio(name, async ({ page, peer, open }) => {
    intoMicrophone(sine(30, { frequency: 1000 }));
    await permit(page);
    await page.evaluate(watchAudio);
    await work({ page, peer, audio: await open(peer.url) });
    const left = await page.evaluate(() => [
      ...tracks.map(({ readyState }) => readyState),
      ...contexts.map(({ state }) => state),
    ]);
    assert.deepEqual(new Set(left), new Set(["ended", "closed"]));
  });
}

/** In the page: keeps the tracks and contexts that are made. */
function watchAudio() {
  globalThis.tracks = [];
  globalThis.contexts = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
  globalThis.AudioContext = class extends AudioContext {
    constructor() {
      super();
      contexts.push(this);
    }
  };
}

microphone("a tone arrives with its pitch, at the true rate", async ({ page, peer, audio }) => {
  await audio.call("capture", { constraints: raw });
  await audio.run(async (audio) => {
    while (audio.stats().samples < 3 * 16_000) await audio.journal.next();
    await audio.finish();
  });
  const { samples, samplesIn } = await audio.call("stats");
  const rate = await page.evaluate(() => contexts[0].sampleRate);
  const expected = (samplesIn * 16_000) / rate;
  assert.ok(Math.abs(samples - expected) < 1, `${samples} samples of ${expected}`);
  const tone = await heard(peer, samples);
  assert.equal(tone.length, samples);
  assert.ok(Math.abs(pitch(tone) - 1000) < 1, `${pitch(tone)} Hz`);
});

microphone("it is let go when the capture stops, and can be opened again", async ({ audio }) => {
  const states = await audio.run(async (audio) => {
    const states = [];
    for (let count = 0; count < 3; count++) {
      await audio.capture();
      states.push(tracks.at(-1).readyState);
      await audio.stopCapture();
      states.push(tracks.at(-1).readyState);
    }
    return states;
  });
  assert.deepEqual(states, ["live", "ended", "live", "ended", "live", "ended"]);
});

microphone("it is let go when the capture stops before it began", async ({ audio }) => {
  const names = await audio.run(async (audio) => {
    const started = audio.capture().catch(({ name }) => name);
    await audio.stopCapture();
    const first = await started;
    // What the browser was asked for first is here by then.
    await audio.capture();
    const second = await audio.capture().catch(({ name }) => name);
    await audio.stopCapture();
    return [first, second];
  });
  assert.deepEqual(names, ["AbortError", "InvalidStateError"]);
});

microphone("a capture during the end of another waits for it", async ({ page, audio }) => {
  await audio.run(async (audio) => {
    await audio.capture();
    const stopped = audio.stopCapture();
    await audio.capture();
    await stopped;
    await Promise.all([audio.stopCapture(), audio.stopCapture()]);
  });
  assert.equal(await page.evaluate(() => tracks.length), 2);
});

microphone("it is let go when the batcher is closed", async ({ page, audio }) => {
  await audio.call("capture");
  await audio.call("close");
  await page.waitForFunction(() => contexts[0].state === "closed");
});
