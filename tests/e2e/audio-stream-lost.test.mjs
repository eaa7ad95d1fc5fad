// What does not arrive is told: the input minus exactly the gaps is what the server has.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { assertExact, audio, heard, int16 } from "./harness/audio.mjs";

const SECOND = 16_000;

/** A server that has to be greeted, and is ready once it says so. */
const shy = { hello: "hello", ready: (message) => message === "ready" };

audio("nothing is lost before the server is ready", async ({ peer, open }) => {
  const stream = await open(peer.url, { server: shy });
  await stream.count(SECOND);
  const connection = await peer.connection();
  assert.equal(await connection.messages.next(), "hello");
  connection.send("wait");
  await stream.count(SECOND);
  await stream.next("message");
  assert.equal(await stream.get("status"), "waiting");
  assert.equal(peer.received.entries.length, 1);
  connection.send("ready");
  await stream.next("ready");
  assert.equal(await stream.get("status"), "streaming");
  await stream.call("finish");
  assertExact(await heard(peer, 2 * SECOND), 2 * SECOND);
  assert.deepEqual(await stream.details("gap"), []);
});

for (const overflow of ["drop-oldest", "drop-newest"]) {
  audio(`${overflow}: what had no room is one gap`, async ({ peer, open }) => {
    const stream = await open(peer.url, { server: shy, overflow, queueMs: 2_000 });
    const connection = await peer.connection();
    const kept = await stream.count(5 * SECOND, { seed: 5 });
    assert.equal(kept.includes(false), overflow === "drop-newest");
    connection.send("ready");
    await stream.call("finish");
    const gaps = await stream.details("gap");
    assert.equal(gaps.length, 1, JSON.stringify(gaps));
    const [{ fromSample, toSample, ms, reason }] = gaps;
    assert.equal(reason, "overflow");
    assert.equal(ms, (toSample - fromSample) / 16);
    const left = 5 * SECOND - (toSample - fromSample);
    assert.ok(left > 1.5 * SECOND && left <= 2 * SECOND, `${left} were kept`);
    assert.equal(
      overflow === "drop-oldest" ? fromSample : toSample,
      overflow === "drop-oldest" ? 0 : 5 * SECOND,
    );
    assertExact(await heard(peer, left), 5 * SECOND, gaps);
    const { droppedSamples, samples } = await stream.call("stats");
    assert.deepEqual([droppedSamples, samples], [toSample - fromSample, 5 * SECOND]);
  });
}

audio("block: a push that has no room takes nothing, and room() says when", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, { server: shy, overflow: "block", queueMs: 500 });
  const connection = await peer.connection();
  const pushing = stream.run(async (audio) => {
    const refused = [];
    for (let piece = 0; piece < 50; piece += 1) {
      const samples = nextCount(audio, 1_000);
      while (!audio.push(samples)) {
        refused.push(piece);
        await audio.room();
      }
    }
    return refused;
  });
  await until(async () => (await stream.call("stats")).queuedMs > 400, "a queue");
  connection.send("ready");
  assert.ok((await pushing).length > 0);
  await stream.call("finish");
  assertExact(await heard(peer, 50_000), 50_000);
  assert.deepEqual(await stream.details("gap"), []);
});

audio("fillGaps: silence as long as what is missing", async ({ peer, open }) => {
  const stream = await open(peer.url, { server: shy, queueMs: 1_000, fillGaps: true });
  const connection = await peer.connection();
  await stream.count(4 * SECOND, { size: 800 });
  connection.send("ready");
  await stream.call("finish");
  const samples = await heard(peer, 4 * SECOND);
  const [gap, ...others] = await stream.details("gap");
  assert.deepEqual(others, []);
  assert.equal(samples.length, 4 * SECOND);
  assert.ok(samples.slice(gap.fromSample, gap.toSample).every((sample) => sample === 0));
  const rest = samples.filter((_, at) => at < gap.fromSample || at >= gap.toSample);
  assertExact(rest, 4 * SECOND, [gap]);
});

audio("a cut between two batches loses nothing", async ({ peer, open }) => {
  const stream = await open(peer.url, { server: { hello: "hello" } });
  let total = 0;
  for (let cut = 0; cut < 3; cut += 1) {
    const connection = await peer.connection();
    assert.equal(await connection.messages.next(), "hello");
    total += SECOND;
    await stream.count(SECOND);
    await heard(peer, total);
    connection.terminate();
    await stream.next("close");
    total += 5_000;
    await stream.count(5_000);
  }
  await stream.call("finish");
  assertExact(await heard(peer, total), total);
  assert.deepEqual(await stream.details("gap"), []);
});

audio("a cut in the middle loses at most what is told or was on its way", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, { maxBufferedBytes: 1e6, server: { end: "end" } });
  const first = await peer.connection();
  const counting = stream.count(5 * SECOND, { size: 4_000, pause: true });
  await heard(peer, 2 * SECOND);
  first.terminate();
  await counting;
  await stream.next("close");
  await stream.count(5 * SECOND, { size: 4_000, pause: true });
  await stream.call("finish");
  const second = await peer.connection();
  await second.messages.next((text) => text === "end");
  const gaps = await stream.details("gap");
  const { samples } = await stream.call("stats");
  assert.equal(samples, 10 * SECOND);
  // Each side of the cut is whole, and they end at the beginning and the end.
  const [before, after] = [first, second].map(({ messages }) =>
    messages.entries.filter(Buffer.isBuffer).flatMap((bytes) => [...int16(bytes)]),
  );
  assertExact(before, before.length);
  const offset = samples - after.length;
  assert.ok(offset >= before.length, "nothing twice");
  assert.ok(after.every((sample, at) => sample === ((offset + at) << 16) >> 16));
  assert.ok(gaps.every(({ reason }) => reason === "connection-lost"));
  assert.ok(
    gaps.every(({ fromSample, toSample }) => fromSample >= before.length && toSample <= offset),
  );
});

audio("a server that reads nothing: bounded memory, and the rest is a gap", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, { queueMs: 2_000, maxBufferedBytes: 10_000 });
  (await peer.connection()).mute();
  // The network swallows some megabytes before it says so.
  const most = await stream.run(async (audio) => {
    let most = 0;
    for (let second = 0; second < 2_000 && audio.stats().gaps === 0; second += 1) {
      audio.push(new Int16Array(16_000));
      await new Promise((resolve) => setTimeout(resolve));
      most = Math.max(most, audio.socket.bufferedAmount);
    }
    return most;
  });
  const { queuedMs, droppedSamples } = await stream.call("stats");
  assert.ok(droppedSamples > 0);
  assert.ok(queuedMs <= 2_000, `${queuedMs} ms wait`);
  // One batch may be handed over just below the cap.
  assert.ok(most <= 10_000 + 2 * SECOND, `${most} bytes with the socket`);
});

audio("close tells what waits, frees everything, and leaves the socket", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, { server: shy });
  const connection = await peer.connection();
  await stream.count(1_000);
  const room = stream.thrown("room");
  const finish = stream.thrown("finish");
  await stream.call("close");
  assert.equal((await finish).name, "AbortError");
  assert.equal(await room, undefined, "there was room");
  assert.deepEqual(await stream.details("gap"), [
    { fromSample: 0, toSample: 1_000, ms: 62.5, reason: "closed" },
  ]);
  assert.equal(await stream.get("status"), "closed");
  assert.equal((await stream.thrown("push", [1])).name, "InvalidStateError");
  assert.equal((await stream.thrown("flush")).name, "InvalidStateError");
  assert.equal((await stream.thrown("room")).name, "AbortError");
  await stream.call("close");
  assert.equal((await stream.call("stats")).samples, 1_000);
  connection.send("ready");
  await stream.socket((socket) => {
    socket.send("still open");
  });
  await connection.messages.next((text) => text === "still open");
  assert.deepEqual(await stream.details("ready"), []);
});

audio("a batch that cannot be sent is a gap and an error, and the next goes", async (t) => {
  const { peer, open } = t;
  const server = {
    frame: (text) => {
      globalThis.framed = (globalThis.framed ?? 0) + 1;
      if (globalThis.framed === 2) throw new RangeError("too large");
      return text;
    },
    end: "end",
  };
  const stream = await open(peer.url, { format: "base64", maxMs: 500, server });
  await stream.count(2 * SECOND);
  await stream.call("finish");
  const connection = await peer.connection();
  await connection.messages.next((text) => text === "end");
  const texts = connection.messages.entries.slice(0, -1);
  const gaps = await stream.details("gap");
  assert.equal(gaps.length, 1);
  assertExact(
    texts.flatMap((text) => [...int16(Buffer.from(text, "base64"))]),
    2 * SECOND,
    gaps,
  );
  assert.equal((await stream.next("error")).error.name, "RangeError");
});

audio("what is pushed and cannot be is a TypeError, and the stream goes on", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url);
  await stream.count(500);
  const messages = await stream.run((audio) => {
    const floats = new Float32Array(6);
    const pushes = [
      [],
      ["audio"],
      [{ length: 3 }],
      [[]],
      [[1, 2]],
      [[floats, new Float32Array(5)]],
      [new Uint8Array(3)],
      [floats, { channels: 4 }],
      [floats, { channels: 0 }],
      [floats, { channels: 1.5 }],
      [[floats, floats], { channels: 3 }],
      [floats, { sampleRate: 0 }],
      [floats, { sampleRate: Number.NaN }],
      [floats, { sampleRate: "16000" }],
      [floats, { interleaved: 1 }],
      [floats, { rate: 16_000 }],
    ];
    return pushes.map((push) => {
      try {
        return audio.push(...push);
      } catch (error) {
        return error instanceof TypeError && error.message;
      }
    });
  });
  for (const message of messages) assert.match(`${message}`, /^everline: /);
  await stream.count(500);
  await stream.call("finish");
  assertExact(await heard(peer, 1_000), 1_000);
});

audio("options that cannot be are TypeErrors that name them", async ({ page, peer }) => {
  const bad = [
    ["format", { format: "mp3" }],
    ["sampleRate", { sampleRate: 44_100.5 }],
    ["sampleRate", { sampleRate: 4_000 }],
    ["batchMs", { batchMs: 20 }],
    ["batchMs", { batchMs: Number.NaN }],
    ["maxMs", { minMs: 500, maxMs: 400 }],
    ["queueMs", { queueMs: -1 }],
    ["segmentMs", { segmentMs: 31_000 }],
    ["overflow", { overflow: "drop" }],
    ["spill.url", { overflow: "spill-to-http" }],
    ["spill.method", { spill: { url: "/", method: "PUT" } }],
    ["silence.ms", { silence: { ms: "1" } }],
    ["silence.thresholdDb", { silence: { thresholdDb: 3 } }],
    ["server.ready", { server: { ready: true } }],
    ["server.keepAlive.interval", { server: { keepAlive: { message: "", interval: -1 } } }],
    ["server.nam", { server: { nam: 1 } }],
    ["catchUp", { catchUp: 0.5 }],
    ["maxBytes", { maxBytes: 3 }],
    ["maxBufferedBytes", { maxBufferedBytes: 0 }],
    ["format", { format: "opaque", fillGaps: true }],
    ["format", { format: "opaque", overflow: "block" }],
    ["batchms", { batchms: 100 }],
  ];
  for (const [name, options] of bad) {
    const message = await page.evaluate(
      (url, options) => {
        const socket = new WebSocket(url);
        try {
          return new Everline.AudioBatcher(socket, options).status;
        } catch (error) {
          return error instanceof TypeError && error.message;
        } finally {
          socket.close();
        }
      },
      peer.url,
      options,
    );
    assert.match(`${message}`, /^everline: /, name);
    assert.ok(message.includes(`'${name}'`), `${name}: ${message}`);
  }
});
