// /session under floods, nonsense and limits: a clear end for who brings them, nothing for others.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./server.mjs";
import { control, encode, parse, Session } from "./session.mjs";

let server;
let witness;
before(async () => {
  const flags = ["--session-window", "20000", "--max-message", "10000", "--session-limit", "200"];
  server = await start([...flags, "--faults"]);
  witness = await new Session(server).attach();
});
after(async () => {
  witness.send("undisturbed");
  assert.deepEqual(await witness.data(1), ["undisturbed"]);
  assert.equal((await server.health()).errors, 0);
  await server.stop();
});

test("nonsense instead of a hello ends with 4400", async () => {
  const session = new Session(server);
  const early = [
    "hello",
    Buffer.from("hello"),
    control(""),
    control("a1"),
    control("h"),
    control("h{}"),
    control('h{"v":1}'),
    control(`h${"[".repeat(5000)}`),
    control(session.hello("ws", { v: 2 })),
    control(session.hello("ws", { id: "short" })),
    control(session.hello("ws", { id: new Session(server).id })),
    control(session.hello("ws", { recv: -1 })),
    control(session.hello("ws", { recv: 2 ** 53 })),
    control(session.hello("ws", { recv: 1 })),
    control(session.hello("ws", { att: "1" })),
    control(session.hello("stream")),
    control(session.hello("ws", { token: "t".repeat(9000) })),
  ];
  for (const frame of early) {
    const line = await session.open();
    line.client.send(frame);
    assert.equal((await line.expect("x")).code, 4400, String(frame).slice(0, 50));
    assert.equal((await line.closed).code, 4400);
  }
});

test("nonsense after the hello ends with 4400, and the session goes on", async () => {
  const session = new Session(server);
  for (const bad of [
    "",
    "?",
    "a",
    "a-1",
    "a01",
    `a${2 ** 53}`,
    "a5",
    "p5",
    "s0",
    "s",
    "x",
    "w{}",
    "h{}",
  ]) {
    const line = await session.attach();
    line.control(bad);
    assert.equal((await line.expect("x")).code, 4400, bad);
  }
  const line = await session.attach();
  line.control("s2");
  line.send("a gap");
  assert.equal((await line.expect("x")).code, 4400);
});

test("a broken body ends with 4400 or 4413", async () => {
  const session = new Session(server);
  await session.attach();
  const hello = control(session.hello("send", { seq: 1 }));
  const good = encode([hello, "1"]);
  const unknown = Buffer.from([3, 0, 0, 0, 0]);
  const huge = Buffer.from([1, 255, 255, 255, 255]);
  for (const [body, code] of [
    [Buffer.alloc(0), 4400],
    [good.subarray(0, 3), 4400],
    [good.subarray(0, -1), 4400],
    [encode(["1", hello]), 4400],
    [encode([hello, hello]), 4400],
    [Buffer.concat([good, unknown]), 4400],
    [Buffer.concat([good, Buffer.from([0, 0, 0, 0, 1, 0xff])]), 4400],
    [encode([control(session.hello("send")), "no number"]), 4400],
    [encode([control(session.hello("send", { seq: 9 })), "a gap"]), 4400],
    [Buffer.concat([good, huge]), 4413],
  ]) {
    const answer = await session.postRaw(body);
    assert.equal(answer.status, 200);
    assert.equal(parse((await answer.all()).at(-1), "x").code, code);
  }
});

test("a message above the limit is refused, one at the limit is not", async () => {
  const session = new Session(server);
  const line = await session.attach();
  const largest = `\u0001${"x".repeat(9_999)}`;
  line.send(largest);
  assert.deepEqual(await line.data(1), [largest]);
  line.client.send("x".repeat(10_001));
  assert.equal((await line.closed).code, 1009);
  const other = new Session(server);
  await other.attach();
  const [answer] = await other.ask("send", { seq: 1, records: ["1", "x".repeat(10_001)] });
  assert.equal(parse(answer, "x").code, 4413);
  assert.equal(parse(answer, "x").recv, 1);
});

test("a client that does not read loses its session, and knows what arrived", async () => {
  const session = new Session(server);
  await session.attach().then((line) => line.reset());
  const big = "x".repeat(9_000);
  let seq = 1;
  let answer;
  do {
    answer = (await session.ask("send", { seq: seq++, records: [big] })).at(-1);
  } while (answer.startsWith(control("w")));
  assert.ok(seq > 5 && seq < 30);
  const line = await session.open();
  line.control(session.hello("ws"));
  const { code, recv } = await line.expect("x");
  assert.equal(code, 4404);
  assert.ok(recv === seq - 1 || recv === seq - 2);
});

test("a flood of pings and acks is survived", async () => {
  const line = await new Session(server).attach();
  for (let n = 0; n < 20_000; n++) line.control(n % 2 ? "p0" : "a0");
  line.send("after");
  assert.deepEqual(await line.data(1), ["after"]);
});

test("a flood of attaches is told to wait, and the current one stays", async () => {
  const session = new Session(server);
  let last;
  let refusal;
  for (let n = 0; n < 200 && refusal === undefined; n++) {
    const line = await session.open();
    line.control(session.hello("ws"));
    const answer = await line.next();
    if (answer.startsWith(control("x"))) refusal = parse(answer, "x");
    else last = line;
  }
  assert.equal(refusal.code, 4429);
  assert.ok(refusal.retry > 0 && refusal.retry <= 1000);
  last.send("1");
  assert.deepEqual(await last.data(1), ["1"]);
});

test("so many sessions, and no more", async () => {
  const before = (await server.health()).sessions;
  const lines = [];
  for (let n = before; n < 200; n++) lines.push(await new Session(server).attach());
  const session = new Session(server);
  const line = await session.open();
  line.control(session.hello("ws"));
  const { code, retry } = await line.expect("x");
  assert.equal(code, 4429);
  assert.ok(retry > 0);
  for (const line of lines) line.control('x{"code":1000,"reason":""}');
  await until(async () => (await server.health()).sessions <= before);
});

test("who says nothing is sent away after five seconds", async () => {
  const line = await new Session(server).open();
  const started = Date.now();
  assert.equal((await line.expect("x")).code, 1013);
  assert.ok(Date.now() - started > 4500);
});

test("without the subprotocol there is no session", async () => {
  await assert.rejects(server.open("/session"), { status: 400 });
  await assert.rejects(server.open("/session", { protocols: ["other"] }), { status: 400 });
});
