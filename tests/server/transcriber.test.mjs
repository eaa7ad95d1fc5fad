// --transcriber: a program's words become messages, and none of its faults become the server's.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, until } from "./server.mjs";
import { pcm, sine } from "./sound.mjs";

const EARS = fileURLToPath(new URL("ears.mjs", import.meta.url));
const INIT = { type: "init", sourceLanguage: "en", targetLanguage: "de", engine: "tiny" };
const END = { type: "end" };
const SECOND = pcm(sine(1));

test("the program's words are told, and the last of them as the last", async (t) => {
  const client = await talk(t, await listening(t, "count"));
  client.send(SECOND);
  const partial = await client.json();
  assert.deepEqual(
    { ...partial, facts: undefined, text: typeof partial.text },
    {
      type: "transcription",
      text: "string",
      language: "en",
      final: false,
      end: false,
      facts: undefined,
    },
  );
  client.sendJson(END);
  const first = await search(client, (message) => message.final);
  assert.deepEqual([first.text, first.end], ["first", false]);
  const last = await client.json();
  assert.deepEqual([last.type, last.final, last.end], ["transcription", true, true]);
  assert.deepEqual([last.text, last.language], ["16000 16000 en de tiny", "en-GB"]);
  assert.equal(last.facts.durationMs, 1000);
  const { facts, ...translation } = await client.json();
  assert.deepEqual(translation, {
    type: "translation",
    text: "zuletzt",
    language: "de",
    final: true,
    end: true,
  });
  assert.deepEqual(facts, last.facts);
});

test("what is settled in the middle of a talk is not its end", async (t) => {
  const client = await talk(t, await listening(t, "utter"));
  for (const text of ["second 1", "second 2"]) {
    client.send(SECOND);
    const { text: said, final, end, facts } = await client.json();
    assert.deepEqual([said, final, end, facts.durationMs], [text, true, false, 1000]);
  }
  client.sendJson(END);
  const last = await client.json();
  assert.deepEqual([last.text, last.final, last.end], ["", true, true]);
  assert.deepEqual([last.facts.durationMs, last.facts.startMs], [2000, 0]);
});

test("one talk follows another, in order", async (t) => {
  const client = await talk(t, await listening(t, "count"));
  for (const message of [END, INIT, END]) client.sendJson(message);
  const ends = [];
  let last;
  do {
    last = await client.json();
    if (last.type === "ready" || last.end) ends.push(last.type);
  } while (ends.length < 5);
  const one = ["transcription", "translation"];
  assert.deepEqual(ends, [...one, "ready", ...one]);
});

test("a talk that is begun anew gives the first one up", async (t) => {
  const server = await listening(t, "endless", ["--transcribers", "1"]);
  const client = await talk(t, server);
  const { text: first } = await client.json();
  client.sendJson(INIT);
  assert.equal((await client.json()).type, "ready");
  await until(() => isGone(first));
  assert.notEqual((await client.json()).text, first);
});

test("a program that dies is told, and the measured facts remain", async (t) => {
  for (const [manner, why] of [
    ["fail", /failed with exit status: 3/],
    ["quit", /ended before the audio/],
  ]) {
    const server = await listening(t, manner);
    const client = await talk(t, server);
    client.send(SECOND);
    const error = await client.json();
    assert.deepEqual([error.type, error.code], ["error", "transcriber"]);
    assert.match(error.message, why);
    client.send(SECOND);
    client.sendJson(END);
    const last = await client.json();
    assert.deepEqual([last.text, last.final, last.end], ["", true, true]);
    assert.equal(last.facts.durationMs, 2000);
    if (manner === "fail") await server.logged(/ears: cannot go on/);
    client.sendJson(INIT);
    assert.equal((await client.json()).type, "ready");
  }
});

test("a program that is not there is told, and the connection stays open", async (t) => {
  const server = await start(["--transcriber", "/nowhere/ears"]);
  t.after(() => server.stop());
  const client = await server.open("/ws/audio");
  client.sendJson(INIT);
  const { type, code } = await client.json();
  assert.deepEqual([type, code], ["error", "transcriber"]);
  await client.settled();
});

test("a command that makes no sense is a reason not to start", async () => {
  await assert.rejects(start(["--transcriber", "python3 'ears.py"]), /quotation mark/);
});

test("no more run than may, and each is killed when its client goes", async (t) => {
  const server = await listening(t, "endless", ["--transcribers", "2"]);
  const clients = [await talk(t, server), await talk(t, server)];
  const programs = [(await clients[0].json()).text, (await clients[1].json()).text];
  const third = await server.open("/ws/audio");
  t.after(() => third.terminate());
  third.sendJson(INIT);
  const { type, code } = await third.json();
  assert.deepEqual([type, code], ["error", "busy"]);
  assert.ok(!isGone(programs[0]) && !isGone(programs[1]));

  clients[0].reset();
  await until(() => isGone(programs[0]));
  clients[1].sendJson(END);
  clients[1].close();
  await until(() => isGone(programs[1]));
  // Gone from the machine, each has also made room.
  third.sendJson(INIT);
  assert.equal((await third.json()).type, "ready");
});

test("all are killed when the server stops", async (t) => {
  const server = await listening(t, "endless");
  const { text } = await (await talk(t, server)).json();
  await server.stop();
  await until(() => isGone(text));
});

test("a program that does not end after its audio is killed", async (t) => {
  const server = await listening(t, "endless", ["--transcriber-patience", "200"]);
  const client = await talk(t, server);
  client.send(SECOND);
  const { text: program } = await client.json();
  client.sendJson(END);
  const error = await client.json();
  assert.deepEqual([error.type, error.code], ["error", "transcriber"]);
  assert.match(error.message, /did not end within 200 ms/);
  const { final, end, facts } = await client.json();
  assert.deepEqual([final, end, facts.durationMs], [true, true, 1000]);
  await until(() => isGone(program));
});

test("a program that reads nothing is killed", async (t) => {
  const server = await listening(t, "deaf", ["--transcriber-patience", "200"]);
  const client = await talk(t, server);
  const { text: program } = await client.json();
  // More than a pipe holds.
  for (let count = 0; count < 10; count++) client.send(SECOND);
  assert.match((await client.json()).message, /left audio unread for 200 ms/);
  client.sendJson(END);
  assert.equal((await client.json()).facts.durationMs, 10_000);
  await until(() => isGone(program));
});

test("a program that lags behind holds up its own client only, and misses nothing", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "everline-"));
  t.after(() => rm(folder, { recursive: true }));
  const go = join(folder, "go");
  const server = await listening(t, `lag '${go}'`);
  const client = await talk(t, server);
  const minute = Buffer.concat(Array(25).fill(SECOND));
  // Far more than the server and the pipes on the way would hold.
  const count = 40;
  for (let sent = 0; sent < count; sent++) client.send(minute);
  const other = await talk(t, server);
  other.send(SECOND);
  await other.settled();
  let before;
  await until(async () => {
    before = client.bufferedAmount;
    await other.settled();
    return client.bufferedAmount === before;
  }, "the server to take no more");
  assert.ok(
    client.bufferedAmount > 10_000_000,
    `${client.bufferedAmount} bytes wait in the client`,
  );

  await writeFile(go, "");
  client.sendJson(END);
  const last = await search(client, ({ end }) => end);
  assert.match(last.text, new RegExp(`^${count * 25 * 16_000} `));
});

test("a client whose program lags behind can be sent away", async (t) => {
  for (const [fault, code] of [
    ["close?code=4001", 4001],
    ["drop", 1006],
  ]) {
    const server = await listening(t, "deaf", ["--faults", "--transcriber-patience", "600000"]);
    const client = await talk(t, server);
    const { text: program } = await client.json();
    for (let count = 0; count < 100; count++) client.send(SECOND);
    let before;
    await until(async () => {
      before = client.bufferedAmount;
      await server.health();
      return client.bufferedAmount === before;
    }, "the server to take no more");
    await server.fault(fault);
    assert.equal((await client.closed).code, code);
    await until(() => isGone(program));
  }
});

test("a program that floods drowns nobody, and its last words come", async (t) => {
  const client = await talk(t, await listening(t, "flood"));
  client.send(SECOND);
  client.sendJson(END);
  let settled = 0;
  const last = await search(client, ({ final, end }) => {
    settled += final ? 1 : 0;
    return end;
  });
  assert.deepEqual([last.text, settled], ["16000", 2001]);
});

test("lines that are none are skipped and logged", async (t) => {
  const server = await listening(t, "babble");
  const client = await talk(t, server);
  client.sendJson(END);
  const last = await client.json();
  assert.deepEqual([last.text, last.end], ["sorry", true]);
  await server.logged(/ears: skipped a line, .*: what\?$/);
  await server.logged(/ears: skipped a line, longer than 65536 bytes: .{0,1100}$/);
  await server.logged(/ears: y{1000}…$/);
});

/** A server whose transcriber behaves in this manner. */
async function listening(t, manner, flags = []) {
  const command = `'${process.execPath}' '${EARS}' ${manner}`;
  const server = await start(["--transcriber", command, ...flags]);
  t.after(() => server.stop());
  return server;
}

async function talk(t, server) {
  const client = await server.open("/ws/audio");
  t.after(() => client.terminate());
  client.sendJson(INIT);
  const { type, engine } = await client.json();
  assert.deepEqual([type, engine], ["ready", "ears"]);
  return client;
}

/** The next message of which this is true. */
async function search(client, condition) {
  for (;;) {
    const message = await client.json();
    if (condition(message)) return message;
  }
}

function isGone(pid) {
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch {
    return true;
  }
}
