// Audio in a session: sample-exact through lost connections, changes of transport, and the end of it.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { assertExact, openAudio } from "./harness/audio.mjs";
import { session } from "./harness/session.mjs";

const SECOND = 16_000;

/** Opens a batcher in a session whose server sends all audio back, and collects it in the page. */
async function openEchoed({ page, proxy }, options = {}, settings = {}) {
  const stream = await openAudio(page, `${proxy.url}session`, options, { session: settings });
  await stream.run((audio) => {
    audio.echoed = [];
    audio.socket.binaryType = "arraybuffer";
    audio.socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) audio.echoed.push(...new Int16Array(data));
    });
  });
  return stream;
}

/** Resolves to what came back, once there is so much. */
async function echoed(stream, count) {
  await until(
    () => stream.run((audio, count) => audio.echoed.length >= count, count),
    `${count} samples to come back`,
  );
  return stream.run((audio) => audio.echoed);
}

session("cut again and again: all samples arrive, once and in order", async (t) => {
  const { proxy } = t;
  const stream = await openEchoed(t);
  const total = 6 * SECOND;
  const counting = stream.count(total, { size: 500, pause: true });
  for (let cut = 0; cut < 3; cut += 1) {
    await echoed(stream, (cut + 1) * SECOND);
    proxy.cut();
  }
  await counting;
  await stream.call("finish");
  assertExact(await echoed(stream, total), total);
  assert.deepEqual(await stream.details("gap"), []);
});

session("WebSockets blocked in the middle: the same", async (t) => {
  const { proxy } = t;
  const stream = await openEchoed(t);
  await stream.count(SECOND, { size: 500, pause: true });
  await echoed(stream, SECOND / 2);
  proxy.webSocket = 503;
  proxy.cut();
  await stream.count(2 * SECOND, { size: 500, pause: true });
  await until(async () => (await stream.socket((socket) => socket.transport)) === "http", "HTTP");
  await stream.call("finish");
  assertExact(await echoed(stream, 3 * SECOND), 3 * SECOND);
  const { segments, gaps } = await stream.call("stats");
  assert.deepEqual([segments, gaps], [0, 0], "batches, not WAV files");
});

session("a talk: one hello for the whole session", async (t) => {
  const { page, proxy } = t;
  const options = { server: "everline", sequence: true };
  const stream = await openAudio(page, `${proxy.url}session`, options, { session: true });
  await stream.next("ready");
  await stream.count(SECOND, { size: 500, pause: true });
  proxy.cut();
  await stream.next("close");
  await stream.count(2 * SECOND, { size: 500, pause: true });
  const { facts, final } = await stream.call("finish");
  assert.equal(final, true);
  assert.equal(facts.samples, 3 * SECOND);
  assert.equal(facts.lostSamples, 0);
  const data = await stream.run((audio) => audio.journal.entries.map(({ data }) => data ?? ""));
  const readies = data.filter((text) => text.includes('"ready"'));
  assert.equal(readies.length, 1);
});

session(
  "the session is lost: another hello, and what did not arrive is a gap",
  async (t) => {
    const { page, proxy, server } = t;
    const options = { server: "everline", sequence: true };
    const settings = { onUndelivered: "return" };
    const stream = await openAudio(page, `${proxy.url}session`, options, { session: settings });
    await stream.next("ready");
    proxy.upgrades.entries.at(-1).stall();
    await stream.count(2 * SECOND, { size: 500, pause: true });
    await until(async () => (await stream.call("stats")).sentSamples > SECOND, "audio to be sent");
    proxy.webSocket = "refuse";
    proxy.http = "refuse";
    proxy.cut();
    await until(async () => (await server.health()).tombstones === 1, "the end of the session");
    proxy.webSocket = "pass";
    proxy.http = "pass";
    await stream.next("reset");
    await stream.next("ready");
    const { facts } = await stream.call("finish");
    const gaps = await stream.details("gap");
    assert.deepEqual(
      gaps.map(({ fromSample, reason }) => [fromSample, reason]),
      [[0, "connection-lost"]],
    );
    assert.equal(facts.samples, 2 * SECOND - gaps[0].toSample);
  },
  ["--session-ttl", "300"],
);
