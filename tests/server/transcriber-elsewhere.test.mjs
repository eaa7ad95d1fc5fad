// A transcriber behind POST /api/translate, and inside a session.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, until } from "./server.mjs";
import { Session } from "./session.mjs";
import { pcm, sine, wav } from "./sound.mjs";

const EARS = fileURLToPath(new URL("ears.mjs", import.meta.url));
const INIT = '{"type":"init","sourceLanguage":"en","targetLanguage":"de","engine":"tiny"}';
const END = '{"type":"end"}';
const SECOND = pcm(sine(1));

test("over HTTP the words come with the next answer, and the end with its own", async (t) => {
  const server = await listening(t, "utter");
  const [ready] = await post(server, "?client=a", INIT);
  assert.deepEqual([ready.type, ready.engine], ["ready", "ears"]);
  const words = await post(server, "?client=a", SECOND);
  await until(async () => {
    words.push(...(await post(server, "?client=a", "")));
    return words.length > 0;
  }, "the first second");
  assert.deepEqual([words[0].text, words[0].final, words[0].end], ["second 1", true, false]);
  // A segment of a recording is part of the talk.
  words.push(...(await post(server, "?client=a", wav(SECOND))));
  words.push(...(await post(server, "?client=a", END)));
  const texts = words.map(({ text }) => text).filter((text) => text !== "");
  assert.deepEqual(texts, ["second 1", "second 2"]);
  const last = words.at(-1);
  assert.deepEqual([last.final, last.end, last.facts.durationMs], [true, true, 2000]);
  const [error] = await post(server, "?client=a", END);
  assert.match(error.message, /before init/);
});

test("a recording has a talk of its own, at its own rate", async (t) => {
  const server = await listening(t, "count");
  const query = "?sourceLanguage=en&targetLanguage=de&engine=tiny";
  const file = wav(pcm(sine(0.5, { rate: 44_100 })), { rate: 44_100 });
  for (const [body, type, expected] of [
    [file, "audio/wav", "22050 44100 en de tiny"],
    [file, undefined, "22050 44100 en de tiny"],
    [SECOND, undefined, "16000 16000 en de tiny"],
  ]) {
    const words = await post(server, query, body, type);
    assert.deepEqual(
      words.map(({ type, text, end }) => [type, text, end]),
      [
        ["transcription", "first", false],
        ["transcription", expected, true],
        ["translation", "zuletzt", true],
      ],
    );
  }
});

test("what a program does wrong is told over HTTP too", async (t) => {
  const server = await listening(t, "fail", ["--transcribers", "1"]);
  const [error, last] = await post(server, "", SECOND);
  assert.deepEqual([error.type, error.code], ["error", "transcriber"]);
  assert.deepEqual([last.final, last.end, last.facts.durationMs], [true, true, 1000]);
  await post(server, "?client=a", INIT);
  const busy = await server.fetch("/api/translate", { method: "POST", body: SECOND });
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get("retry-after"), "1");
  const [refused] = await post(server, "?client=b", INIT);
  assert.deepEqual([refused.type, refused.code], ["error", "busy"]);
});

test("a session talks from init to end, and echoes before and after", async (t) => {
  const line = await new Session(await listening(t, "utter")).attach();
  line.send("before");
  line.send(INIT);
  line.send(SECOND);
  assert.deepEqual(await line.data(1), ["before"]);
  const [ready, first] = (await line.data(2)).map((text) => JSON.parse(text));
  assert.deepEqual([ready.type, ready.engine], ["ready", "ears"]);
  assert.equal(first.text, "second 1");
  line.send('{"type":"ping","t":1}');
  assert.deepEqual(await line.data(1), ['{"t":1,"type":"pong"}']);
  line.send(END);
  const [last] = (await line.data(1)).map((text) => JSON.parse(text));
  assert.deepEqual([last.end, last.facts.durationMs], [true, 1000]);
  line.send("after");
  assert.deepEqual(await line.data(1), ["after"]);
});

test("a session's talk survives the loss of its connection", async (t) => {
  const session = new Session(await listening(t, "utter"));
  const first = await session.attach();
  first.send(INIT);
  first.send(SECOND.subarray(0, 20_000));
  assert.equal(JSON.parse((await first.data(1))[0]).type, "ready");
  first.reset();
  session.recv = 1;
  const second = await session.attach();
  const missing = [INIT, SECOND.subarray(0, 20_000)].slice(second.welcome.recv);
  for (const message of [...missing, SECOND.subarray(20_000), END]) second.send(message);
  const words = [];
  while (!words.at(-1)?.end) words.push(JSON.parse((await second.data(1))[0]));
  assert.equal(words.map(({ text }) => text).join(""), "second 1");
  assert.equal(words.at(-1).facts.samples, 16_000);
});

test("a session that ends takes its program with it", async (t) => {
  const server = await listening(t, "endless");
  const line = await new Session(server).attach();
  line.send(INIT);
  const [, { text: program }] = (await line.data(2)).map((text) => JSON.parse(text));
  process.kill(Number(program), 0);
  line.control('x{"code":1000}');
  await until(() => {
    try {
      return !process.kill(Number(program), 0);
    } catch {
      return true;
    }
  }, "the program's end");
});

async function listening(t, manner, flags = []) {
  const command = `'${process.execPath}' '${EARS}' ${manner}`;
  const server = await start(["--transcriber", command, "--faults", ...flags]);
  t.after(() => server.stop());
  return server;
}

async function post(server, query, body, type) {
  const headers = type ? { "content-type": type } : {};
  const response = await server.fetch(`/api/translate${query}`, { method: "POST", body, headers });
  if (response.status === 204) return [];
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}
