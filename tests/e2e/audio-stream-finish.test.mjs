// The end of a stream: nothing of the tail is lost, and the final message is waited for.

import assert from "node:assert/strict";
import { assertExact, audio, heard, int16 } from "./harness/audio.mjs";

const SECOND = 16_000;

audio("a server that replies to the end, as vosk: the tail is there first", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, { server: "vosk" });
  const connection = await peer.connection();
  await stream.count(SECOND + 3, { size: 700 });
  const finish = stream.call("finish");
  await connection.messages.next((text) => text === '{"eof" : 1}');
  assert.equal(await stream.get("status"), "finishing");
  const frames = connection.messages.entries.filter(Buffer.isBuffer);
  assertExact(
    frames.flatMap((bytes) => [...int16(bytes)]),
    SECOND + 3,
  );
  // It replies to each message, and slowly: only the last reply is that to the end.
  for (const _ of frames) connection.send('{"partial":"had he"}');
  connection.send('{"text":"had he married"}');
  assert.deepEqual(await finish, { text: "had he married" });
  assert.equal(await stream.get("status"), "finished");
  assert.deepEqual(await stream.call("finish"), { text: "had he married" });
  assert.equal((await stream.thrown("push", [1])).name, "InvalidStateError");
});

audio("a server that hears only what it has by the end: silence and a pause first", async (t) => {
  const { peer, open } = t;
  const stream = await open(peer.url, {
    trailingSilenceMs: 500,
    lingerMs: 300,
    server: { end: "end" },
  });
  const connection = await peer.connection();
  await stream.count(SECOND);
  assert.equal(await stream.call("finish"), undefined);
  await connection.messages.next((text) => text === "end");
  const samples = connection.messages.entries
    .filter(Buffer.isBuffer)
    .flatMap((bytes) => [...int16(bytes)]);
  assertExact(samples.slice(0, SECOND), SECOND);
  assert.deepEqual(samples.slice(SECOND), new Array(SECOND / 2).fill(0));
});

audio("the pause before the end is as long as it says", async ({ peer, open }) => {
  const stream = await open(peer.url, { lingerMs: 300, server: { end: "end" } });
  const pause = await stream.run(async (audio) => {
    let last;
    audio.addEventListener("batch", () => {
      last = performance.now();
    });
    audio.push(new Int16Array(800));
    await audio.finish();
    return performance.now() - last;
  });
  // Clocks of browsers are coarse.
  assert.ok(pause > 290, `${pause} ms`);
});

audio("a resampler's tail goes, too", async ({ peer, open }) => {
  const stream = await open(peer.url, { server: { end: "end" } });
  await stream.run((audio) => audio.push(new Float32Array(48_000 + 1), { sampleRate: 48_000 }));
  await stream.call("finish");
  const count = (await heard(peer, SECOND)).length;
  assert.ok(count === SECOND || count === SECOND + 1, `${count}`);
});

audio("no final message in time is a TimeoutError", async ({ peer, open }) => {
  const stream = await open(peer.url, {
    finishTimeout: 50,
    server: { end: "end", final: (message) => message === "over" },
  });
  await stream.count(SECOND);
  assert.equal((await stream.thrown("finish")).name, "TimeoutError");
  assert.equal(await stream.get("status"), "finished");
  assertExact(await heard(peer, SECOND), SECOND);
});

audio("a connection lost behind the end is an AbortError", async ({ peer, open }) => {
  const stream = await open(peer.url, {
    finishTimeout: 600_000,
    server: { end: "end", final: (message) => message === "over" },
  });
  const connection = await peer.connection();
  const finish = stream.thrown("finish");
  await connection.messages.next((text) => text === "end");
  connection.terminate();
  assert.equal((await finish).name, "AbortError");
  assert.equal(await stream.get("status"), "closed");
});

audio("a connection lost before the end: the rest goes on the next", async ({ peer, open }) => {
  const shy = { ready: (message) => message === "ready", end: "end", final: (m) => m === "over" };
  const stream = await open(peer.url, { server: shy });
  const first = await peer.connection();
  await stream.count(SECOND);
  const finish = stream.call("finish");
  first.terminate();
  const second = await peer.connection();
  second.send("ready");
  await second.messages.next((text) => text === "end");
  second.send("over");
  assert.equal(await finish, "over");
  assertExact(await heard(peer, SECOND), SECOND);
});

audio("a socket that is closed, or closes, is an AbortError and a gap", async ({ peer, open }) => {
  const shy = { ready: () => false };
  const stream = await open(peer.url, { server: shy });
  await stream.count(SECOND);
  const finish = stream.thrown("finish");
  await stream.socket((socket) => socket.close());
  assert.equal((await finish).name, "AbortError");
  const [{ reason, toSample }] = await stream.details("gap");
  assert.deepEqual([reason, toSample], ["closed", SECOND]);
  const late = await open(peer.url, { server: shy }, null);
  await late.socket(
    (socket) =>
      new Promise((closed) => {
        socket.onclose = closed;
        socket.close();
      }),
  );
  assert.equal((await late.thrown("finish")).name, "AbortError");
});

audio("keepAlive: only while there is no audio", async ({ peer, open }) => {
  const server = { ready: (message) => message === "ready", end: "end" };
  server.keepAlive = { message: "still here", interval: 100 };
  const stream = await open(peer.url, { server });
  const connection = await peer.connection();
  connection.send("ready");
  await stream.next("ready");
  const isKept = (text) => text === "still here";
  await connection.messages.next(isKept);
  await connection.messages.next(isKept);
  await stream.count(SECOND);
  await stream.call("finish");
  await connection.messages.next((text) => text === "end");
  const behind = connection.messages.entries.length;
  await stream.socket((socket) => {
    socket.send("later");
  });
  await connection.messages.next((text) => text === "later");
  assert.equal(connection.messages.entries.length, behind + 1, "none after the end");
});
