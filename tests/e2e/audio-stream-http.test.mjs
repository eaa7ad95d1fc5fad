// Audio by HTTP: WAV segments where WebSockets are blocked, and for what does not fit the queue.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { assertExact, audio, wav } from "./harness/audio.mjs";
import { wake } from "./harness/fallback.mjs";
import { startPeer } from "./harness/peer.mjs";
import { silence } from "./harness/posts.mjs";
import { startProxy } from "./harness/proxy.mjs";
import { startServer } from "./harness/server.mjs";

const SECOND = 16_000;

/** Falls at the first loss, and comes back only when it is woken. */
const http = { fallback: { after: 1, retryWebSocket: 600_000 } };

const talk = { hello: "hello", ready: (message) => message === "ready", end: "end" };

/** Resolves once the socket is on a transport. */
function carriedBy(stream, transport) {
  return until(
    async () => (await stream.socket((socket) => socket.transport)) === transport,
    transport,
  );
}

audio("blocked: segments are WAV files that follow each other exactly", async ({ peer, open }) => {
  peer.handshake = 503;
  peer.http.answer = silence;
  const stream = await open(peer.url, { segmentMs: 1_000, server: talk }, http);
  await stream.count(3 * SECOND + 5, { size: 999, pause: true });
  await stream.call("finish");
  await until(() => peer.received.entries.includes("end"), "the end");
  assert.equal(peer.received.entries[0], "hello");
  const segments = peer.received.entries.filter(Buffer.isBuffer).map((bytes) => wav(bytes));
  assert.ok(segments.every(({ length }) => length <= SECOND));
  assertExact(
    segments.flatMap((samples) => [...samples]),
    3 * SECOND + 5,
  );
  const { segments: count, batches } = await stream.call("stats");
  assert.deepEqual([count, batches], [segments.length, 0]);
  assert.deepEqual(await stream.details("gap"), []);
});

audio("blocked: a segment ends where the speaker pauses", async ({ peer, open }) => {
  peer.handshake = 503;
  peer.http.answer = silence;
  const options = { segmentMs: 30_000, silence: { ms: 200 } };
  const stream = await open(peer.url, options, http);
  await carriedBy(stream, "http");
  await stream.run((audio, second) => {
    for (let word = 0; word < 2; word += 1) {
      audio.push(new Int16Array(second).fill(9_000));
      audio.push(new Int16Array(second / 2));
    }
  }, SECOND);
  await stream.call("finish");
  const all = () => peer.received.entries.filter(Buffer.isBuffer).map((bytes) => wav(bytes));
  await until(() => all().flatMap((samples) => [...samples]).length === 3 * SECOND);
  const [first, ...others] = all();
  assert.ok(others.length > 0, "one segment only");
  assert.ok(first.length >= SECOND && first.length <= 1.5 * SECOND, `${first.length}`);
  assert.equal(first.at(-1), 0);
});

audio("back to a WebSocket: another hello, and nothing lost in between", async (t) => {
  const { page, peer, open } = t;
  peer.handshake = 503;
  peer.http.answer = silence;
  const stream = await open(peer.url, { segmentMs: 500, server: talk }, http);
  await stream.count(2 * SECOND, { size: 3_000, pause: true });
  await stream.call("flush");
  await until(() => peer.received.entries.filter(Buffer.isBuffer).length > 0, "a segment");
  peer.handshake = "accept";
  await wake(page);
  const connection = await peer.connection();
  await carriedBy(stream, "websocket");
  assert.equal(await connection.messages.next(), "hello");
  await stream.count(SECOND, { size: 3_000 });
  assert.equal(await stream.get("status"), "waiting");
  connection.send("ready");
  await stream.call("finish");
  const isWav = (bytes) => bytes.subarray(0, 4).toString() === "RIFF";
  const pieces = () => peer.received.entries.filter(Buffer.isBuffer);
  const samples = () => pieces().flatMap((bytes) => [...wavOrPlain(bytes)]);
  await until(() => samples().length >= 3 * SECOND, "all samples");
  assertExact(samples(), 3 * SECOND);
  assert.ok(isWav(pieces()[0]) && !isWav(pieces().at(-1)));
  assert.deepEqual(await stream.details("gap"), []);
});

audio("a segment that the server refuses is a gap", async ({ peer, open }) => {
  peer.handshake = 503;
  const taken = [];
  let count = 0;
  peer.http.answer = ({ body }) => {
    if (body.subarray(0, 4).toString() !== "RIFF") return {};
    count += 1;
    if (count === 2) return { status: 400, body: "no" };
    taken.push(...wav(body));
    return {};
  };
  const stream = await open(peer.url, { segmentMs: 1_000 }, http);
  await stream.count(3 * SECOND, { size: 4_000, pause: true });
  await stream.call("finish");
  await until(() => count >= 3, "all segments");
  const gaps = await stream.details("gap");
  assert.deepEqual(
    gaps.map(({ reason }) => reason),
    ["connection-lost"],
  );
  const [{ fromSample, toSample }] = gaps;
  await until(() => taken.length >= 3 * SECOND - (toSample - fromSample), "the rest");
  assertExact(taken, 3 * SECOND, gaps);
});

/** Opens a batcher that waits for its server, and spills into another peer. */
async function spilling({ peer, open }, answer, spill = {}) {
  const store = await startPeer();
  store.http.answer = answer;
  const url = store.url.replace("ws:", "http:");
  const stream = await open(peer.url, {
    ...{ server: { ready: (message) => message === "ready" }, queueMs: 1_000 },
    ...{ overflow: "spill-to-http", spill: { url, ...spill }, segmentMs: 1_000 },
  });
  return { stream, store };
}

audio("spill: what does not fit goes as WAV files, the rest by the socket", async (t) => {
  const { peer } = t;
  let count = 0;
  const { stream, store } = await spilling(t, () => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: `segment ${count++}` }),
  }));
  try {
    const connection = await peer.connection();
    for (let second = 0; second < 4; second += 1) {
      await stream.count(SECOND, { size: 1_000, pause: true });
      await until(async () => (await stream.details("result")).length >= second, "a result");
    }
    connection.send("ready");
    await stream.call("finish");
    const posts = store.http.requests.entries;
    assert.ok(posts.length >= 2);
    for (const { headers, key } of posts) {
      assert.equal(headers["content-type"], "audio/wav");
      assert.ok(key);
    }
    assert.equal(new Set(posts.map(({ key }) => key)).size, posts.length);
    const spilled = posts.flatMap(({ body }) => [...wav(body)]);
    const sent = peer.received.entries.flatMap((bytes) => [...wavOrPlain(bytes)]);
    assertExact([...spilled, ...sent], 4 * SECOND);
    assert.deepEqual(await stream.details("gap"), []);
    assert.deepEqual(
      await stream.details("result"),
      posts.map((_, number) => ({ text: `segment ${number}` })),
    );
  } finally {
    await store.stop();
  }
});

audio("spill: fields make it a form; what fails twice is a gap", async (t) => {
  const { peer } = t;
  const fields = { model: "whisper-1", language: "en" };
  const { stream, store } = await spilling(t, () => ({ status: 500, body: "no" }), {
    fields,
    headers: { authorization: "Bearer x" },
  });
  try {
    const connection = await peer.connection();
    await stream.count(2.5 * SECOND, { size: 1_000, pause: true });
    await stream.next("gap");
    connection.send("ready");
    await stream.call("finish");
    const gaps = await stream.details("gap");
    assert.ok(gaps.every(({ reason }) => reason === "spill-failed"));
    const sent = peer.received.entries.flatMap((bytes) => [...wavOrPlain(bytes)]);
    assertExact(sent, 2.5 * SECOND, gaps);
    const [first, second] = store.http.requests.entries;
    assert.equal(first.key, second.key);
    assert.equal(first.headers.authorization, "Bearer x");
    const form = await new Response(first.body, { headers: first.headers }).formData();
    assert.equal(form.get("model"), "whisper-1");
    assert.equal(form.get("language"), "en");
    assert.equal(wav(Buffer.from(await form.get("file").arrayBuffer()))[0], 0);
  } finally {
    await store.stop();
  }
});

audio("the reference server hears the segments of a talk as one", async ({ open }) => {
  const server = await startServer();
  const proxy = await startProxy(server.url);
  try {
    proxy.webSocket = 503;
    const url = `${proxy.httpUrl}api/translate?client=segments`;
    const options = { server: "everline", segmentMs: 1_000, finishTimeout: 40_000 };
    const fallback = { ...http.fallback, url };
    const stream = await open(`${proxy.url}ws/audio`, options, { fallback });
    await stream.count(3 * SECOND, { size: 1_000, pause: true });
    const { final, facts } = await stream.call("finish");
    assert.equal(final, true);
    assert.equal(facts.samples, 3 * SECOND);
    assert.deepEqual(await stream.details("gap"), []);
  } finally {
    await proxy.stop();
    await server.stop();
  }
});

function wavOrPlain(bytes) {
  if (bytes.subarray(0, 4).toString() === "RIFF") return wav(bytes);
  return new Int16Array(Uint8Array.from(bytes).buffer);
}
