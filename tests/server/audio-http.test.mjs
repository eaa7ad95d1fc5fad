// The same audio over the WebSocket and over HTTP: POST /api/translate?client=… remembers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, silence, sine, wav } from "./sound.mjs";

const INIT = JSON.stringify({ type: "init", sourceLanguage: "en", targetLanguage: "de" });
const END = '{"type":"end"}';
const PING = '{"type":"ping","t":"last"}';

let server;
before(async () => {
  server = await start(["--max-body", "100000"]);
});
after(() => server.stop());

test("the same messages have the same answers on both sides", async (t) => {
  const sound = pcm(sine(1.2), silence(0.5), sine(0.7, { amplitude: 0.25 }), sine(0.9));
  for (const size of [333, 3200, 99_999]) {
    const chunks = [];
    for (let at = 0; at < sound.length; at += size) chunks.push(sound.subarray(at, at + size));
    const talk = [
      chunks[0],
      END,
      INIT,
      ...chunks,
      '{"type":"sing"}',
      "{",
      END,
      END,
      '{"type":"init","sampleRate":48000}',
      ...chunks,
      '{"type":"init","sampleRate":1}',
      INIT,
      chunks[0],
      END,
    ];
    assert.deepEqual(await overHttp(`c${size}`, talk), await overWebSocket(t, talk));
  }
});

test("messages may share a request", async (t) => {
  const lines = [INIT, '{"type":"ping"}', "{", END];
  const response = await post("?client=lines", lines.join("\n"), "application/x-ndjson");
  assert.deepEqual(await response.json(), await overWebSocket(t, lines));
});

test("the facts of the whole span the requests", async () => {
  const sound = pcm(sine(1.5));
  const answers = await overHttp("whole", [
    INIT,
    sound.subarray(0, 1001),
    sound.subarray(1001),
    END,
  ]);
  assert.deepEqual(
    answers.map(({ type, final }) => [type, final]),
    [
      ["ready", undefined],
      ["transcription", false],
      ["translation", false],
      ["transcription", true],
      ["translation", true],
    ],
  );
  assert.equal(answers.at(-1).facts.durationMs, 1500);
});

test("clients are apart", async () => {
  await overHttp("one", [INIT, pcm(sine(0.5))]);
  const [error] = await overHttp("two", [pcm(sine(0.5))]);
  assert.match(error.message, /before init/);
  assert.equal((await overHttp("one", [END]))[0].facts.durationMs, 500);
});

test("without a name nothing is remembered", async () => {
  assert.equal((await (await post("", INIT)).json())[0].type, "ready");
  const facts = (await (await post("", pcm(sine(1.5)))).json()).map(
    ({ facts }) => facts.durationMs,
  );
  assert.deepEqual(facts, [1500, 1500]);
  assert.equal((await post("", END)).status, 204);
});

test("a recording is all in itself", async () => {
  await overHttp("file", [INIT, pcm(sine(0.5))]);
  const file = wav(pcm(sine(0.25, { rate: 44_100 })), { rate: 44_100 });
  const [{ facts }] = await (await post("?client=file", file, "audio/wav")).json();
  assert.deepEqual([facts.durationMs, facts.sampleRate], [250, 44_100]);
  assert.equal((await overHttp("file", [END]))[0].facts.durationMs, 500);
});

test("what is no request is refused all the same", async () => {
  assert.equal((await post("?client=a", Buffer.alloc(100_001))).status, 413);
  assert.equal((await post("?client=a", "x", "video/mp4")).status, 415);
  assert.equal((await post("?client=a", Buffer.from([0xff]), "text/plain")).status, 400);
  assert.equal((await post(`?client=${"x".repeat(65)}`, INIT)).status, 400);
});

test("as many clients are remembered as there is room for", async () => {
  await overHttp("oldest", [INIT]);
  for (let count = 0; count < 1000; count += 50) {
    const some = Array.from({ length: 50 }, (_, index) => post(`?client=n${count + index}`, INIT));
    await Promise.all(some);
  }
  assert.equal((await overHttp("n999", [END]))[0].type, "transcription");
  assert.match((await overHttp("oldest", [END]))[0].message, /before init/);
});

async function overWebSocket(t, talk) {
  const socket = await server.open("/ws/audio");
  t.after(() => socket.terminate());
  for (const message of [...talk, PING]) socket.send(message);
  const answers = [];
  for (;;) {
    const answer = await socket.json();
    if (answer.t === "last") return answers;
    answers.push(answer);
  }
}

async function overHttp(client, talk) {
  const answers = [];
  for (const message of talk) {
    const response = await post(`?client=${client}`, message);
    if (response.status === 204) continue;
    assert.equal(response.status, 200, await response.clone().text());
    answers.push(...(await response.json()));
  }
  return answers;
}

function post(query, body, type) {
  const headers = type ? { "content-type": type } : {};
  return server.fetch(`/api/translate${query}`, { method: "POST", body, headers });
}
