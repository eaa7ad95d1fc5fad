// Audio that was encoded elsewhere: chunks go whole, and never from the middle of a container.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { audio } from "./harness/audio.mjs";

const shy = { ready: (message) => message === "ready" };

/** The first chunk of a WebM file, with a number to know it by. */
const header = (number) => [0x1a, 0x45, 0xdf, 0xa3, number];

function push(stream, ...chunks) {
  return stream.run(
    (audio, chunks) => chunks.map((chunk) => audio.push(new Uint8Array(chunk))),
    chunks,
  );
}

async function received(peer, count) {
  await peer.received.count(count);
  return peer.received.entries.map((bytes) => [...bytes]);
}

audio("chunks arrive as they are", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "opaque" });
  const chunks = [header(1), [1, 2, 3], [4], header(2)];
  assert.deepEqual(await push(stream, ...chunks), [true, true, true, true]);
  await stream.call("finish");
  assert.deepEqual(await received(peer, 4), chunks);
  const { samples, sentBytes, batches } = await stream.call("stats");
  assert.deepEqual([samples, sentBytes, batches], [14, 14, 4]);
  assert.deepEqual(await stream.details("restart"), []);
});

audio("another connection begins with a new recording", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "opaque" });
  await push(stream, header(1), [1]);
  await received(peer, 2);
  const connection = await peer.connection();
  connection.terminate();
  await stream.next("restart");
  await push(stream, [2, 2], [3, 3], header(2), [4]);
  await stream.call("finish");
  assert.deepEqual(await received(peer, 4), [header(1), [1], header(2), [4]]);
  const [gap, ...others] = await stream.details("gap");
  assert.deepEqual(others, []);
  assert.deepEqual([gap.fromSample, gap.toSample, gap.reason], [6, 10, "connection-lost"]);
});

audio("what follows a hole waits for a new recording", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "opaque", queueMs: 100, server: shy });
  const connection = await peer.connection();
  await push(stream, header(1), [1]);
  await until(async () => (await stream.call("stats")).queuedMs > 100, "a full queue");
  await push(stream, [2]);
  await stream.next("restart");
  await push(stream, [4], header(2), [5]);
  connection.send("ready");
  await stream.call("finish");
  assert.deepEqual(await received(peer, 2), [header(2), [5]]);
  const [{ fromSample, toSample, reason }, ...others] = await stream.details("gap");
  assert.deepEqual([fromSample, toSample, reason, others], [0, 8, "overflow", []]);
  assert.equal((await stream.details("restart")).length, 1);
  const { droppedSamples, samples, sentSamples } = await stream.call("stats");
  assert.equal(droppedSamples, samples - sentSamples);
});

audio("chunks that stand alone are dropped one by one", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "opaque", queueMs: 100, server: shy });
  const connection = await peer.connection();
  await push(stream, [1], [2]);
  await until(async () => (await stream.call("stats")).queuedMs > 100, "a full queue");
  await push(stream, [3]);
  connection.send("ready");
  await stream.call("finish");
  assert.deepEqual(await received(peer, 1), [[3]]);
  assert.deepEqual(await stream.details("restart"), []);
});

audio("samples are no chunks, and nothing else can be captured", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "opaque" });
  const message = await stream.run((audio) => {
    try {
      return audio.push(new Float32Array(3));
    } catch (error) {
      return error instanceof TypeError;
    }
  });
  assert.equal(message, true);
  assert.equal((await stream.thrown("capture")).name, "TypeError");
  const blocking = await open(peer.url, { overflow: "block" });
  assert.equal((await blocking.thrown("capture")).name, "TypeError");
});
