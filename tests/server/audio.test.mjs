// Audio over a WebSocket: measured facts come back, and no invented text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, silence, sine } from "./sound.mjs";

const INIT = { type: "init", sourceLanguage: "en", targetLanguage: "de", engine: "whisper" };

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("init is answered by ready, which says what really answers", async (t) => {
  const client = await join(t);
  client.sendJson(INIT);
  assert.deepEqual(await client.json(), {
    type: "ready",
    engine: "facts",
    sourceLanguage: "en",
    targetLanguage: "de",
    sampleRate: 16_000,
  });
});

test("every second of audio is answered by its facts, the end by those of the whole", async (t) => {
  const client = await ready(t, INIT);
  const sound = pcm(sine(1), sine(0.25), silence(0.5), sine(0.25, { amplitude: 0.25 }), sine(0.5));
  for (let at = 0; at < sound.length; at += 3200) client.send(sound.subarray(at, at + 3200));
  client.sendJson({ type: "end" });

  const [first, second, whole] = [await pair(client), await pair(client), await pair(client)];
  near(first.rms, 0.5 / Math.SQRT2, 1e-3);
  near(first.peak, 0.5, 1e-3);
  assert.deepEqual(first, {
    ...first,
    startMs: 0,
    durationMs: 1000,
    samples: 16_000,
    sampleRate: 16_000,
    silentMs: 0,
    gaps: [],
  });
  assert.equal(second.startMs, 1000);
  assert.equal(second.silentMs, 500);
  assert.deepEqual(second.gaps, [{ startMs: 1250, endMs: 1750 }]);
  assert.equal(whole.final, true);
  assert.deepEqual([whole.startMs, whole.durationMs, whole.samples], [0, 2500, 40_000]);
  assert.deepEqual(whole.gaps, second.gaps);
});

test("a sample may be cut in two by the messages", async (t) => {
  const sound = pcm(sine(1));
  const facts = [];
  for (const size of [sound.length, 1001, 333]) {
    const client = await ready(t, INIT);
    for (let at = 0; at < sound.length; at += size) client.send(sound.subarray(at, at + size));
    facts.push(await pair(client));
  }
  assert.deepEqual(facts[1], facts[0]);
  assert.deepEqual(facts[2], facts[0]);
});

test("another sample rate is taken from init", async (t) => {
  const client = await ready(t, { ...INIT, sampleRate: 48_000 });
  client.send(pcm(sine(1, { rate: 48_000 })));
  const { durationMs, sampleRate, rms } = await pair(client);
  assert.deepEqual([durationMs, sampleRate], [1000, 48_000]);
  near(rms, 0.5 / Math.SQRT2, 1e-3);
});

test("a session ends with end, and the next one starts from nothing", async (t) => {
  const client = await ready(t, INIT);
  client.send(pcm(sine(0.5)));
  client.sendJson({ type: "end" });
  assert.equal((await pair(client)).durationMs, 500);
  client.sendJson(INIT);
  await client.json("ready");
  client.sendJson({ type: "end" });
  assert.equal((await pair(client)).samples, 0);
});

test("what comes at the wrong time or makes no sense is answered by an error", async (t) => {
  const client = await join(t);
  const bad = [
    Buffer.alloc(100),
    '{"type":"end"}',
    "{",
    '{"type":"init","sampleRate":12}',
    '{"type":"init","sampleRate":"fast"}',
    '{"type":"init","sourceLanguage":5}',
    `{"type":"init","sourceLanguage":"${"e".repeat(101)}"}`,
    '{"type":"init","engine":"a\\u0000b"}',
    '{"type":"sing"}',
  ];
  for (const message of bad) {
    client.send(message);
    assert.equal((await client.json()).type, "error", String(message));
  }
  client.sendJson(INIT);
  assert.equal((await client.json()).type, "ready");
});

async function join(t) {
  const client = await server.open("/ws/audio");
  t.after(() => client.terminate());
  return client;
}

async function ready(t, init) {
  const client = await join(t);
  client.sendJson(init);
  await client.json("ready");
  return client;
}

/** The facts of a transcription and its translation, which are the same. */
async function pair(client) {
  const { type, text, language, final, facts } = await client.json();
  assert.deepEqual([type, text, language], ["transcription", "", "en"]);
  const translation = await client.json();
  assert.deepEqual(translation, { type: "translation", text: "", language: "de", final, facts });
  return final ? { ...facts, final } : facts;
}

function near(actual, expected, tolerance) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}
