// Samples on their way: however they are pushed, what arrives is what went in.

import assert from "node:assert/strict";
import { assertExact, audio, heard, int16 } from "./harness/audio.mjs";

const SECOND = 16_000;

for (const how of [{ size: 1 }, { size: 128 }, { size: 4_801 }, {}, { seed: 7 }]) {
  audio(`all samples arrive, pushed ${JSON.stringify(how)}`, async ({ peer, open }) => {
    const total = how.size === 1 ? 3_000 : 3 * SECOND + 17;
    const stream = await open(peer.url);
    await stream.count(total, { ...how, pause: how.size !== 1 });
    await stream.call("finish");
    assertExact(await heard(peer, total), total);
    assert.deepEqual(await stream.details("gap"), []);
    assert.equal(await stream.get("status"), "finished");
  });
}

audio("a platform's WebSocket does as well", async ({ peer, open }) => {
  const stream = await open(peer.url, {}, null);
  await stream.count(2 * SECOND, { size: 1_000, pause: true });
  await stream.call("finish");
  assertExact(await heard(peer, 2 * SECOND), 2 * SECOND);
});

audio("batches are as long as the server wants them, but for the last", async ({ peer, open }) => {
  const stream = await open(peer.url, { minMs: 60, batchMs: 80, maxMs: 250, maxDelayMs: 10 });
  await stream.next("ready");
  await stream.count(2 * SECOND + 5, { size: 160, pause: true });
  await stream.call("finish");
  await heard(peer, 2 * SECOND + 5);
  const lengths = peer.received.entries.map((bytes) => bytes.length / 2);
  const regular = lengths.slice(0, -1);
  assert.ok(
    regular.every((length) => length >= 0.06 * SECOND && length <= 0.25 * SECOND),
    `${lengths}`,
  );
  const batches = await stream.details("batch");
  assert.deepEqual(
    batches.map(({ fromSample, toSample, bytes }) => [toSample - fromSample, bytes]),
    lengths.map((length) => [length, 2 * length]),
  );
  assert.deepEqual(
    batches.slice(1).map(({ fromSample }) => fromSample),
    batches.slice(0, -1).map(({ toSample }) => toSample),
  );
});

audio("no batch has more than maxBytes", async ({ peer, open }) => {
  const stream = await open(peer.url, { maxBytes: 2_000 });
  await stream.count(SECOND, { size: 4_000 });
  await stream.call("finish");
  assertExact(await heard(peer, SECOND), SECOND);
  assert.ok(peer.received.entries.every(({ length }) => length <= 2_000));
});

audio("what is too short for a batch goes after maxDelayMs, or by flush", async (t) => {
  const { peer, open } = t;
  const delayed = await open(peer.url, { batchMs: 1_000, maxDelayMs: 10 });
  await delayed.count(900);
  await heard(peer, 900);
  const flushed = await open(peer.url, { batchMs: 1_000, maxDelayMs: 600_000 });
  await flushed.next("ready");
  await flushed.count(7);
  await flushed.call("flush");
  await heard(peer, 907);
  assert.deepEqual(
    peer.received.entries.map(({ length }) => length / 2),
    [900, 7],
  );
});

audio("a pause of the speaker ends a batch", async ({ peer, open }) => {
  const stream = await open(peer.url, {
    ...{ batchMs: 1_000, maxDelayMs: 600_000 },
    silence: { thresholdDb: -40, ms: 100 },
  });
  await stream.next("ready");
  await stream.run((audio) => {
    audio.push(new Int16Array(4_000).fill(9_000));
    audio.push(new Int16Array(1_600));
  });
  await heard(peer, 5_600);
  assert.equal(peer.received.entries.length, 1);
});

audio("every kind of input gives the same samples", async ({ peer, open }) => {
  const stream = await open(peer.url);
  await stream.next("ready");
  await stream.run((audio) => {
    const words = () => nextCount(audio, 2_000);
    const floats = () => Float32Array.from(words(), (word) => word / 32_768);
    const twice = (values) => Float32Array.from({ length: 4_000 }, (_, at) => values[at >> 1]);
    const joined = (values) => Float32Array.from([...values, ...values]);
    const odd = (bytes) => {
      const all = new Uint8Array(bytes.length + 1);
      all.set(bytes, 1);
      return all.subarray(1);
    };
    audio.push(words());
    audio.push(words().buffer);
    audio.push(new Uint8Array(words().buffer));
    audio.push(odd(new Uint8Array(words().buffer)));
    audio.push(floats());
    audio.push([floats()]);
    const left = floats();
    audio.push([left, left]);
    audio.push(twice(floats()), { channels: 2 });
    audio.push(joined(floats()), { channels: 2, interleaved: false });
    const reused = words();
    audio.push(reused);
    reused.fill(1);
  });
  await stream.call("finish");
  assertExact(await heard(peer, 20_000), 20_000);
});

audio("another rate, also in the middle, gives as many samples as it lasts", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url);
  await stream.run((audio) => {
    const tone = (rate, length) =>
      Float32Array.from({ length }, (_, at) => 0.5 * Math.sin((2 * Math.PI * 440 * at) / rate));
    // In the worklet's pieces, where a resampler that forgets would show.
    for (const rate of [48_000, 44_100]) {
      const all = tone(rate, rate);
      for (let at = 0; at < rate; at += 128) {
        audio.push(all.subarray(at, at + 128), { sampleRate: rate });
      }
    }
    audio.push(tone(16_000, 16_000));
  });
  await stream.call("finish");
  const samples = await heard(peer, 3 * SECOND);
  assert.equal(samples.length, 3 * SECOND);
  // 440 Hz crosses zero 880 times a second, whatever it came as.
  for (const from of [0, SECOND, 2 * SECOND]) {
    const part = samples.slice(from + 400, from + SECOND - 400);
    const crossings = part.slice(1).filter((value, at) => value < 0 !== part[at] < 0).length;
    assert.ok(Math.abs(crossings - 836) <= 2, `${crossings} from ${from}`);
  }
});

audio("float32 is what 16 bits divided by 32768 are", async ({ peer, open }) => {
  const stream = await open(peer.url, { format: "float32" });
  await stream.count(5_000);
  await stream.call("finish");
  const all = await messages(peer, 4 * 5_000);
  const floats = new Float32Array(Uint8Array.from(all).buffer);
  assertExact(
    [...floats].map((value) => value * 32_768),
    5_000,
  );
});

audio("base64 is text, framed as the server wants it", async ({ peer, page, open }) => {
  const stream = await open(peer.url, { format: "base64" });
  await stream.count(70_000, { seed: 3 });
  await stream.call("finish");
  await page.evaluate((url) => {
    const socket = new WebSocket(url);
    const frame = (audio) => JSON.stringify({ audio });
    const own = new Everline.AudioBatcher(socket, { format: "base64", server: { frame } });
    watchAudio(own, socket);
    count(own, 3_000, {});
    return own.finish();
  }, peer.url);
  const texts = peer.received.entries;
  const isPlain = (text) => !text.startsWith("{");
  const decode = (text) => int16(Buffer.from(text, "base64"));
  const plain = texts.filter(isPlain).flatMap((text) => [...decode(text)]);
  const framed = texts.filter((text) => !isPlain(text));
  assertExact(plain, 70_000);
  assertExact(
    framed.flatMap((text) => [...decode(JSON.parse(text).audio)]),
    3_000,
  );
});

audio("a header says where each batch belongs", async ({ peer, open }) => {
  const stream = await open(peer.url, { sequence: true, queueMs: 1_000 });
  await stream.count(2 * SECOND, { size: 3_000, pause: true });
  await stream.call("finish");
  const [gaps, total] = [await stream.details("gap"), 2 * SECOND];
  const lost = gaps.reduce((sum, { fromSample, toSample }) => sum + toSample - fromSample, 0);
  await messages(peer, 2 * (total - lost));
  const samples = [];
  for (const [number, bytes] of peer.received.entries.entries()) {
    assert.equal(bytes.subarray(0, 4).toString(), "EVA1");
    assert.equal(bytes.readUInt32LE(4), number);
    assert.equal((Number(bytes.readBigUInt64LE(8)) << 16) >> 16, int16(bytes.subarray(16))[0]);
    samples.push(...int16(bytes.subarray(16)));
  }
  assertExact(samples, total, gaps);
});

audio("memory that grows in between harms nothing", async ({ peer, open }) => {
  const stream = await open(peer.url, { queueMs: 600_000, maxMs: 30_000, maxBufferedBytes: 1e9 });
  await stream.count(100 * SECOND, { seed: 11, most: 900_000 });
  await stream.call("finish");
  assertExact(await heard(peer, 100 * SECOND), 100 * SECOND);
});

/** Resolves to all that came to a peer, once there are so many bytes. */
async function messages(peer, bytes) {
  await heard(peer, bytes / 2);
  return Buffer.concat(peer.received.entries);
}
