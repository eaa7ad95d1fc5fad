// The HTTP side of /ws/audio.

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, sine, wav } from "./sound.mjs";

let server;
before(async () => {
  server = await start(["--max-body", "200000"]);
});
after(() => server.stop());

test("PCM is measured, with the type for bytes or with none", async () => {
  const sound = pcm(sine(1));
  for (const type of ["application/octet-stream", undefined]) {
    const messages = await ok("?sourceLanguage=en&targetLanguage=fr", sound, type);
    const [transcription, translation] = messages;
    assert.equal(messages.length, 2);
    assert.deepEqual([transcription.type, transcription.language], ["transcription", "en"]);
    assert.deepEqual([translation.type, translation.language], ["translation", "fr"]);
    assert.ok(messages.every(({ text, final }) => text === "" && final === true));
    assertSine(transcription.facts, { sampleRate: 16_000, durationMs: 1000 });
  }
});

test("the sample rate of PCM is in the query", async () => {
  const [{ facts }] = await ok("?sampleRate=48000", pcm(sine(1, { rate: 48_000 })));
  assertSine(facts, { sampleRate: 48_000, durationMs: 1000 });
  await refused(400, "?sampleRate=1", pcm(sine(1)));
  await refused(400, "?sampleRate=fast", pcm(sine(1)));
});

test("WAV tells its own rate and channels", async () => {
  const mono = sine(0.5, { rate: 44_100 });
  const stereo = mono.length * 2;
  const both = Int16Array.from({ length: stereo }, (_, index) => mono[index >> 1]);
  const files = [
    wav(pcm(mono), { rate: 44_100 }),
    wav(pcm(both), { rate: 44_100, channels: 2 }),
    wav(pcm(mono), { rate: 44_100, size: 0xffffffff }),
  ];
  for (const file of files) {
    for (const type of ["audio/wav", "audio/x-wav", "Audio/Wave; codecs=1"]) {
      const [{ facts }] = await ok("", file, type);
      assertSine(facts, { sampleRate: 44_100, durationMs: 500 });
    }
  }
});

test("bad WAV is refused with the reason", async () => {
  const sound = pcm(sine(0.1));
  const bad = [
    [Buffer.from("not a wave"), /RIFF/],
    [wav(sound).subarray(0, 30), /cut short/],
    [wav(sound).subarray(0, 1000), /cut short/],
    [wav(sound, { format: 3, bits: 32 }), /16-bit/],
    [wav(sound, { channels: 0 }), /channels/],
    [wav(sound, { rate: 0 }), /Hz/],
    [wav(Buffer.alloc(3)), /frames/],
  ];
  for (const [file, reason] of bad) {
    assert.match((await refused(400, "", file, "audio/wav")).message, reason);
  }
});

test("JSON text is passed on, and nothing is invented", async () => {
  const message = {
    type: "text",
    text: "good morning",
    sourceLanguage: "en",
    targetLanguage: "de",
  };
  for (const type of ["application/json", "text/plain;charset=UTF-8"]) {
    assert.deepEqual(await ok("", JSON.stringify(message), type), [
      {
        type: "transcription",
        text: "good morning",
        language: "en",
        final: true,
        facts: { characters: 12, words: 2 },
      },
      {
        type: "translation",
        text: "",
        language: "de",
        final: true,
        facts: { characters: 12, words: 2 },
      },
    ]);
  }
});

test("the messages of /ws/audio are understood here too", async () => {
  const init = { type: "init", sourceLanguage: "en", targetLanguage: "de", engine: "x" };
  const [ready] = await ok("", JSON.stringify(init), "text/plain");
  assert.equal(ready.type, "ready");
  assert.deepEqual(await ok("", '{"type":"ping","t":1}', "text/plain"), [{ type: "pong", t: 1 }]);
});

test("messages come line by line to who asks for that", async () => {
  const headers = { accept: "application/x-ndjson" };
  const response = await post("", pcm(sine(0.1)), headers);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const lines = (await response.text()).split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).type),
    ["transcription", "translation"],
  );
});

test("an empty request is answered by nothing", async () => {
  for (const body of [undefined, ""]) {
    const response = await post("", body);
    assert.equal(response.status, 204);
  }
});

test("too much is refused with 413, announced or not", async () => {
  const big = Buffer.alloc(200_001);
  await refused(413, "", big);
  await ok("", big.subarray(1));
  const { port } = server;
  const status = await new Promise((resolve, reject) => {
    const upload = request({ port, path: "/api/translate", method: "POST" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    upload.on("error", reject);
    upload.setHeader("transfer-encoding", "chunked");
    for (let count = 0; count < 3; count++) upload.write(big);
    upload.end();
  });
  assert.equal(status, 413);
});

test("other types are refused with 415, bad JSON with 400", async () => {
  for (const type of ["video/mp4", "application/x-www-form-urlencoded", "audio/webm"]) {
    await refused(415, "", pcm(sine(0.1)), type);
  }
  for (const text of [
    "{",
    "[]",
    '{"type":"text"}',
    '{"type":"sing"}',
    '{"type":"init","sampleRate":1}',
  ]) {
    await refused(400, "", text, "application/json");
  }
  await refused(400, "", Buffer.from([0xff, 0xfe]), "text/plain");
  assert.equal((await server.fetch("/api/translate")).status, 405);
});

function post(query, body, headers) {
  return server.fetch(`/api/translate${query}`, { method: "POST", body, headers });
}

async function ok(query, body, type) {
  const response = await post(query, body, type && { "content-type": type });
  assert.equal(response.status, 200, await response.clone().text());
  assert.equal(response.headers.get("content-type"), "application/json");
  return response.json();
}

async function refused(status, query, body, type) {
  const response = await post(query, body, type && { "content-type": type });
  const text = await response.text();
  assert.equal(response.status, status, text);
  const answer = JSON.parse(text);
  assert.equal(answer.type, "error");
  return answer;
}

function assertSine(facts, expected) {
  assert.deepEqual(facts, { ...facts, ...expected, startMs: 0, silentMs: 0, gaps: [] });
  assert.ok(Math.abs(facts.rms - 0.5 / Math.SQRT2) < 2e-3, `RMS ${facts.rms}`);
}
