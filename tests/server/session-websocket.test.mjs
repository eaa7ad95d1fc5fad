// /session by WebSocket. What is behind it echoes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./server.mjs";
import { control, Session } from "./session.mjs";

let server;
before(async () => {
  server = await start(["--faults", "--session-ttl", "60000"]);
});
after(() => server.stop());

test("a first connection is welcomed, and echoes", async () => {
  const line = await new Session(server).attach({ protocols: ["chat", "other"] });
  assert.equal(line.client.protocol, "resume.v1");
  const expected = { recv: 0, seq: 1, hb: 20_000, win: 1 << 20, max: 1 << 20, ttl: 60_000 };
  assert.deepEqual(line.welcome, { ...expected, protocol: "chat" });
  const messages = [
    "hello",
    "",
    "\u0001",
    "\u0001=a7",
    "žluťoučký 🐎\u0000",
    Buffer.from([0, 1, 255]),
  ];
  for (const message of messages) line.send(message);
  assert.deepEqual(await line.data(messages.length), messages);
  assert.equal((await server.health()).sessions >= 1, true);
  assert.equal((await server.health()).connections["/session"] >= 1, true);
});

test("a resumed session replays both ways what the other side has not received", async () => {
  const session = new Session(server);
  const first = await session.attach();
  for (const text of ["1", "2", "3"]) first.send(text);
  assert.deepEqual(await first.data(3), ["1", "2", "3"]);
  first.reset();
  session.recv = 1;
  const second = await session.attach();
  assert.deepEqual([second.welcome.recv, second.welcome.seq], [3, 2]);
  second.control("s2");
  for (const text of ["2", "3", "4"]) second.send(text);
  assert.deepEqual(await second.data(3), ["2", "3", "4"]);
});

test("messages are acknowledged within a second or so, and at once when asked", async () => {
  const line = await new Session(server).attach();
  line.send("1");
  assert.deepEqual(await line.data(1), ["1"]);
  assert.equal(await line.expect("a"), 1);
  line.send("2");
  await line.data(1);
  line.control("p2");
  assert.equal(await line.expect("a"), 2);
});

test("64 KiB are acknowledged at once", async () => {
  const line = await new Session(server).attach();
  const started = Date.now();
  line.send(Buffer.alloc(64 << 10));
  const frames = [await line.next(), await line.next()];
  assert.ok(frames.includes(control("a1")));
  assert.ok(Date.now() - started < 900);
});

test("the newest carrier supersedes the one before", async () => {
  const session = new Session(server);
  const old = await session.attach();
  const current = await session.attach();
  assert.deepEqual(await old.expect("x"), { code: 4409, reason: "superseded" });
  assert.deepEqual(await old.closed, { code: 4409, reason: "superseded" });
  current.send("1");
  assert.deepEqual(await current.data(1), ["1"]);
});

test("a stale attach disturbs nothing", async () => {
  const session = new Session(server);
  await session.attach();
  const current = await session.attach();
  for (const att of [0, 1, 2]) {
    const stale = await session.open();
    stale.control(session.hello("ws", { att }));
    assert.deepEqual(await stale.expect("x"), { code: 4409, reason: "stale" });
    assert.equal((await stale.closed).code, 4409);
  }
  current.send("1");
  assert.deepEqual(await current.data(1), ["1"]);
});

test("a wrong key, an unknown session, and another principal are refused", async () => {
  const session = new Session(server);
  const owner = await session.attach({ token: "me:1" });
  const key = new Session(server).key;
  for (const [changes, code] of [
    [{ key }, 4403],
    [{ key, token: "me:1", new: true }, 4403],
    [{ token: "you:1" }, 4403],
    [{}, 4403],
  ]) {
    const thief = await session.open();
    thief.control(session.hello("ws", { att: 9, ...changes }));
    assert.equal((await thief.expect("x")).code, code);
    assert.equal((await thief.closed).code, code);
  }
  const unknown = new Session(server);
  unknown.new = false;
  const lost = await unknown.open();
  lost.control(unknown.hello("ws"));
  assert.deepEqual(await lost.expect("x"), { code: 4404, reason: "no such session" });
  owner.send("still here");
  assert.deepEqual(await owner.data(1), ["still here"]);
  const rotated = await session.attach({ att: 10, recv: 1, token: "me:2" });
  assert.equal(rotated.welcome.recv, 1);
});

test("a probe attaches nothing until it says hello again", async () => {
  const session = new Session(server);
  const stream = await session.post("stream");
  await stream.expect("w");
  session.new = false;
  const line = await session.open();
  line.control(session.hello("probe"));
  await line.expect("w");
  await session.ask("send", { seq: 1, records: ["1"] });
  assert.equal(await stream.next(), "1");
  session.recv = 1;
  line.control(session.hello("ws"));
  assert.deepEqual(await line.expect("w").then(({ recv, seq }) => [recv, seq]), [1, 2]);
  assert.deepEqual(await stream.all(), [control('x{"code":4409,"reason":"superseded"}')]);
  line.send("2");
  assert.deepEqual(await line.data(1), ["2"]);
});

test("either side may close, and the session is over", async () => {
  const mine = new Session(server);
  const leaving = await mine.attach();
  leaving.send("1");
  leaving.control('x{"code":1000,"reason":"done"}');
  assert.equal((await leaving.closed).code, 1000);
  const late = await mine.open();
  late.control(mine.hello("ws", { new: true }));
  assert.deepEqual(await late.expect("x"), { code: 4404, reason: "the session is gone", recv: 1 });
  const line = await new Session(server).attach();
  line.send('{"type":"close"}');
  assert.deepEqual(await line.expect("x"), { code: 1000, reason: "as you wish", recv: 1 });
  assert.deepEqual(await line.closed, { code: 1000, reason: "as you wish" });
});

test("a closed connection leaves the session, and a dropped one too", async () => {
  const session = new Session(server);
  const first = await session.attach();
  first.client.close(1000);
  await first.closed;
  const second = await session.attach();
  await server.fault("drop?endpoint=/session");
  assert.equal((await second.closed).code, 1006);
  const third = await session.attach();
  await server.fault("close?endpoint=/session&code=4000&reason=bye");
  assert.deepEqual(await third.expect("x"), { code: 4000, reason: "bye", recv: 0 });
  assert.deepEqual(await third.closed, { code: 4000, reason: "bye" });
  await session.attach();
});

test("the counter counts what it sends, and checks what it gets", async () => {
  const session = new Session(server, "&app=counter&rate=200");
  const line = await session.attach();
  for (const n of [1, 2, 4, 4]) line.send(`{"type":"count","n":${n}}`);
  const seen = [];
  await until(async () => {
    const [text] = await line.data(1);
    seen.push(JSON.parse(text));
    return seen.at(-1).received === 4;
  });
  assert.deepEqual(
    seen.map(({ n }) => n),
    seen.map((_, index) => index + 1),
  );
  const { gaps, duplicates, disordered } = seen.at(-1);
  assert.deepEqual([gaps, duplicates, disordered], [1, 1, 0]);
});

test("an echo becomes a counter when told to", async () => {
  const line = await new Session(server).attach();
  line.send('{"type":"counter","rate":100}');
  const texts = await line.data(3);
  assert.deepEqual(
    texts.map((text) => JSON.parse(text).n),
    [1, 2, 3],
  );
});
