// The core's memory: bounded however long it goes, and given back.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { assertExact, audio, int16 } from "./harness/audio.mjs";

const SECOND = 16_000;

/** Lets the page know the core's memory, which starts with the first socket. */
function watchMemory(page) {
  return page.evaluate(() => {
    WebAssembly.Instance = class extends WebAssembly.Instance {
      constructor(...args) {
        super(...args);
        const isMemory = (value) => value instanceof WebAssembly.Memory;
        globalThis.memory = Object.values(this.exports).find(isMemory);
      }
    };
  });
}

audio("an hour while nothing is open: as much as the queue needs", async ({ page, peer, open }) => {
  await watchMemory(page);
  const stream = await open(peer.url, { server: { ready: () => false } });
  const sizes = await stream.run((audio) => {
    const second = new Float32Array(16_000);
    const size = () => memory.buffer.byteLength;
    const pushMinutes = (minutes) => {
      for (let at = 0; at < 60 * minutes; at += 1) audio.push(second);
      return size();
    };
    return [size(), pushMinutes(1), pushMinutes(59)];
  });
  const [, minute, hour] = sizes;
  assert.equal(hour, minute, `${sizes}`);
  const { samples, queuedMs } = await stream.call("stats");
  assert.equal(samples, 3_600 * SECOND);
  assert.ok(queuedMs <= 30_000);
});

audio("three minutes on their way: the same, and all of it arrives", async (t) => {
  const { page, peer, open } = t;
  await watchMemory(page);
  const stream = await open(peer.url, { overflow: "block", queueMs: 5_000 });
  const sizes = await stream.run(async (audio) => {
    const push = async (seconds) => {
      for (let at = 0; at < seconds; at += 1) {
        const samples = nextCount(audio, 16_000);
        while (!audio.push(samples)) await audio.room();
      }
      return memory.buffer.byteLength;
    };
    return [await push(30), await push(150)];
  });
  await stream.call("finish");
  assert.equal(sizes[1], sizes[0]);
  const total = () => peer.received.entries.reduce((sum, { length }) => sum + length / 2, 0);
  await until(() => total() === 180 * SECOND, "all to arrive");
  assertExact(
    peer.received.entries.flatMap((bytes) => [...int16(bytes)]),
    180 * SECOND,
  );
});

audio("what is closed gives its memory back", async ({ page, peer }) => {
  await watchMemory(page);
  const sizes = await page.evaluate((url) => {
    const socket = new Everline.ReconnectingWebSocket(url, [], { startClosed: true });
    sockets.push(socket);
    const size = (count) => {
      for (let at = 0; at < count; at += 1) {
        const audio = new Everline.AudioBatcher(socket);
        for (let second = 0; second < 20; second += 1) audio.push(new Int16Array(16_000));
        audio.close();
      }
      return memory.buffer.byteLength;
    };
    return [size(3), size(100)];
  }, peer.url);
  assert.equal(sizes[1], sizes[0]);
});
