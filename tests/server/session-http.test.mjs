// /session by HTTP: stream, poll and send.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { control, encode, parse, Session } from "./session.mjs";

let server;
before(async () => {
  server = await start(["--faults", "--session-heartbeat", "300"]);
});
after(() => server.stop());

test("a stream brings messages as they come, and a send takes them up", async () => {
  const session = new Session(server);
  const stream = await session.post("stream");
  assert.equal(stream.status, 200);
  assert.equal(stream.headers.get("content-type"), "application/octet-stream");
  const { recv, seq } = await stream.expect("w");
  assert.deepEqual([recv, seq], [0, 1]);
  const messages = [{ text: "\u0001a7" }, "", "žluťoučký 🐎", Buffer.from([0, 255])];
  const [answer, ...more] = await session.ask("send", { seq: 1, records: messages });
  assert.equal(parse(answer, "w").recv, 4);
  assert.deepEqual(more, []);
  const heard = [];
  while (heard.length < 4) {
    const record = await stream.next();
    if (record !== control("a4") && record !== control("a0")) heard.push(record);
  }
  assert.deepEqual(
    heard,
    messages.map((message) => message.text ?? message),
  );
  await stream.cancel();
});

test("a stream has heartbeats, and ends after its wait", async () => {
  const session = new Session(server);
  const records = await session.ask("stream", { wait: 1000 });
  parse(records[0], "w");
  assert.ok(records.length >= 2 && records.length <= 4);
  for (const record of records.slice(1)) assert.equal(record, control("a0"));
});

test("a poll ends with the first messages, or after its wait", async () => {
  const session = new Session(server);
  assert.equal((await session.ask("poll", { wait: 0 })).length, 1);
  session.new = false;
  const waiting = session.ask("poll", { wait: 10_000 });
  await session.ask("send", { seq: 1, records: ["1"] });
  assert.deepEqual((await waiting).slice(1), ["1"]);
  session.recv = 1;
  await session.ask("send", { seq: 2, records: ["2", "3"] });
  const [, ...messages] = await session.ask("poll");
  assert.deepEqual(messages, ["2", "3"]);
});

test("a repeated send, or a late one, changes nothing", async () => {
  const session = new Session(server);
  const line = await session.attach();
  const batch = { seq: 1, records: ["1", "2"] };
  const answers = await Promise.all([1, 2, 3].map(() => session.ask("send", batch)));
  for (const [welcome] of answers) assert.match(welcome, /"recv":2/);
  await session.ask("send", { seq: 2, records: ["2", "3"] });
  const [late] = await session.ask("send", batch);
  assert.match(late, /"recv":3/);
  line.control("s4");
  line.send("4");
  assert.deepEqual(await line.data(4), ["1", "2", "3", "4"]);
});

test("a repeated attach takes over, an earlier one is stale", async () => {
  const session = new Session(server);
  const first = await session.post("stream", { att: 5 });
  await first.expect("w");
  const repeated = await session.post("stream", { att: 5 });
  await repeated.expect("w");
  assert.match((await first.all()).at(-1), /4409.*superseded/);
  const stale = await session.ask("stream", { att: 4 });
  assert.deepEqual(stale, [control('x{"code":4409,"reason":"stale"}')]);
  await session.ask("send", { seq: 1, records: ["1"] });
  let record;
  do record = await repeated.next();
  while (record.startsWith("\u0001"));
  assert.equal(record, "1");
  await repeated.cancel();
});

test("a switch from WebSocket to HTTP and back loses nothing", async () => {
  const session = new Session(server);
  const line = await session.attach();
  for (const text of ["1", "2"]) line.send(text);
  assert.deepEqual(await line.data(2), ["1", "2"]);
  session.recv = 1;
  const stream = await session.post("stream");
  assert.deepEqual(await stream.expect("w").then(({ recv, seq }) => [recv, seq]), [2, 2]);
  assert.equal(await stream.next(), "2");
  assert.equal((await line.closed).code, 4409);
  // It was on its way when the WebSocket ended.
  await session.ask("send", { seq: 2, records: ["2", "3"] });
  session.recv = 2;
  const back = await session.attach();
  assert.equal(back.welcome.recv, 3);
  assert.deepEqual(await back.data(1), ["3"]);
  assert.match((await stream.all()).at(-1), /superseded/);
});

test("acks by HTTP make room for a WebSocket's messages", async () => {
  const session = new Session(server);
  const big = Buffer.alloc(400_000, 7);
  const line = await session.attach();
  for (let n = 1; n <= 6; n++) line.send(big);
  for (let n = 1; n <= 6; n++) {
    assert.deepEqual(await line.data(1), [big]);
    await session.ask("send", { recv: n });
  }
});

test("a response that breaks is repeated by the next one", async () => {
  const session = new Session(server);
  const first = await session.post("stream");
  await first.expect("w");
  await session.ask("send", { seq: 1, records: ["1"] });
  await first.cancel();
  const second = await session.post("stream");
  await second.expect("w");
  assert.equal(await second.next(), "1");
  await second.cancel();
});

test("a lost answer to a send is no loss", async () => {
  const session = new Session(server);
  const line = await session.attach();
  await server.fault("http?mode=lose");
  const batch = { seq: 1, records: ["1"] };
  await assert.rejects(session.ask("send", batch));
  await server.fault("http?mode=none");
  assert.match((await session.ask("send", batch))[0], /"recv":1/);
  assert.deepEqual(await line.data(1), ["1"]);
});

test("through a proxy that collects, a poll works where a stream says nothing", async () => {
  const session = new Session(server);
  await server.fault("http?mode=buffer");
  const silent = session.post("stream", { signal: AbortSignal.timeout(700) });
  await assert.rejects(silent, { name: "TimeoutError" });
  await session.ask("send", { seq: 1, records: ["1"] });
  const [welcome, ...messages] = await session.ask("poll");
  parse(welcome, "w");
  assert.deepEqual(messages, ["1"]);
  await server.fault("http?mode=none");
});

test("blocked WebSockets leave HTTP alone", async () => {
  const session = new Session(server);
  await server.fault("handshake?mode=500");
  await assert.rejects(session.open(), { status: 500 });
  parse((await session.ask("poll", { wait: 0 }))[0], "w");
  await server.fault("handshake?mode=none");
});

test("bytes may come in any pieces", async () => {
  const session = new Session(server);
  const line = await session.attach();
  const body = encode([control(session.hello("send", { seq: 1 })), "žluť", Buffer.from("2"), "3"]);
  const pieces = new ReadableStream({
    type: "bytes",
    async start(controller) {
      for (const byte of body) {
        controller.enqueue(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      controller.close();
    },
  });
  const answer = await session.postRaw(pieces, { duplex: "half" });
  assert.match((await answer.all())[0], /"recv":3/);
  assert.deepEqual(await line.data(3), ["žluť", Buffer.from("2"), "3"]);
});

test("a page needs no preflight, and reads the answer", async () => {
  const session = new Session(server);
  const answer = await session.post("poll", { wait: 0, headers: { origin: "http://localhost:1" } });
  assert.equal(answer.headers.get("access-control-allow-origin"), "http://localhost:1");
  await answer.all();
  const preflight = await server.fetch(session.path, {
    method: "OPTIONS",
    headers: { origin: "http://localhost:1", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  const headers = { origin: "http://evil.example" };
  const refused = await server.fetch(session.path, { method: "POST", headers, body: "x" });
  assert.equal(refused.status, 403);
  await assert.rejects(session.open({ headers }), { status: 403 });
});
