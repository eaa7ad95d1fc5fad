// Audio as floats, in numbered batches, and as recordings inside a talk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, sine, wav } from "./sound.mjs";

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("floats are measured as the 16 bits that they come from", async (t) => {
  const sound = sine(1);
  const floats = Float32Array.from(sound, (sample) => sample / 32_768);
  const facts = [];
  for (const [format, bytes] of [
    ["pcm16", pcm(sound)],
    ["float32", Buffer.from(floats.buffer)],
  ]) {
    const client = await talk(t, { format });
    for (let at = 0; at < bytes.length; at += 3333) client.send(bytes.subarray(at, at + 3333));
    facts.push((await end(client)).facts);
  }
  assert.deepEqual(facts[1], facts[0]);
  assert.equal(facts[0].durationMs, 1000);
});

test("an unknown format is refused", async (t) => {
  const client = await server.open("/ws/audio");
  t.after(() => client.terminate());
  client.sendJson({ type: "init", format: "mp3" });
  const { type, message } = await client.json();
  assert.equal(type, "error");
  assert.match(message, /mp3.*pcm16.*float32/);
});

test("what is missing of numbered batches is told, and what comes twice counts once", async (t) => {
  for (const format of ["pcm16", "float32"]) {
    const client = await talk(t, { sequence: true, format });
    const sound = sine(3);
    const send = (from, to) => {
      const samples = sound.subarray(from, to);
      const floats = Float32Array.from(samples, (sample) => sample / 32_768);
      client.send(batch(from, format === "pcm16" ? pcm(samples) : Buffer.from(floats.buffer)));
    };
    // Another connection had what was before.
    send(5000, 10_000);
    send(10_000, 21_000);
    const [first] = await pair(client);
    assert.deepEqual([first.facts.lostSamples, first.facts.lost], [0, []]);
    send(22_000, 30_000);
    send(25_000, 30_000);
    send(29_000, 38_001);
    send(40_000, 45_000);
    const [second] = await pair(client);
    const { facts } = await end(client);
    assert.deepEqual(second.facts.lost, [{ fromSample: 21_000, toSample: 22_000 }]);
    assert.equal(facts.lostSamples, 2999);
    assert.deepEqual(facts.lost, [
      { fromSample: 21_000, toSample: 22_000 },
      { fromSample: 38_001, toSample: 40_000 },
    ]);
    assert.equal(facts.samples, 45_000 - 5000 - 2999);
  }
});

test("nothing is told of losses where batches have no numbers", async (t) => {
  const client = await talk(t, {});
  client.send(pcm(sine(0.1)));
  const { facts } = await end(client);
  assert.ok(!("lostSamples" in facts) && !("lost" in facts));
});

test("a batch without its header is refused, and the talk goes on", async (t) => {
  const client = await talk(t, { sequence: true });
  for (const bad of [pcm(sine(0.1)), Buffer.from("EVA1"), Buffer.alloc(0)]) {
    client.send(bad);
    assert.match((await client.json()).message, /header/);
  }
  client.send(batch(0, pcm(sine(0.1))));
  assert.equal((await end(client)).facts.samples, 1600);
});

test("a recording is part of the talk if it has its rate", async (t) => {
  for (const sequence of [false, true]) {
    const client = await talk(t, { sequence, format: "float32" });
    client.send(wav(pcm(sine(0.25))));
    client.send(wav(pcm(sine(0.25, { rate: 8000 })), { rate: 8000 }));
    assert.match((await client.json()).message, /8000 Hz in a talk of 16000 Hz/);
    client.send(wav(pcm(sine(0.25))).subarray(0, 100));
    assert.match((await client.json()).message, /cut short/);
    client.send(wav(pcm(sine(0.5))));
    const { facts } = await end(client);
    assert.deepEqual([facts.samples, facts.silentMs, facts.gaps], [12_000, 0, []]);
  }
});

test("a recording by HTTP needs no type", async () => {
  const file = wav(pcm(sine(0.5, { rate: 44_100 })), { rate: 44_100 });
  const response = await server.fetch("/api/translate", { method: "POST", body: file });
  const [{ facts }] = await response.json();
  assert.deepEqual([facts.durationMs, facts.sampleRate], [500, 44_100]);
});

async function talk(t, init) {
  const client = await server.open("/ws/audio");
  t.after(() => client.terminate());
  client.sendJson({ type: "init", ...init });
  await client.json("ready");
  return client;
}

async function pair(client) {
  return [await client.json("transcription"), await client.json("translation")];
}

/** The last transcription. */
async function end(client) {
  client.sendJson({ type: "end" });
  for (;;) {
    const message = await client.json("transcription");
    if (message.final) return message;
  }
}

/** A batch with the number of its first sample. */
function batch(firstSample, payload) {
  const header = Buffer.alloc(16);
  header.write("EVA1");
  header.writeBigUInt64LE(BigInt(firstSample), 8);
  return Buffer.concat([header, payload]);
}
