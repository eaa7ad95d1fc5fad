// /session at its ends: expired, restarted, stopped; and the token at its beginning.

import assert from "node:assert/strict";
import { test } from "node:test";
import { start, until } from "./server.mjs";
import { control, parse, Session } from "./session.mjs";

async function started(t, ...flags) {
  const server = await start(["--faults", ...flags]);
  t.after(() => server.stop());
  return server;
}

async function refusal(session, changes) {
  const line = await session.open();
  line.control(session.hello("ws", changes));
  const end = await line.expect("x");
  assert.equal((await line.closed).code, end.code);
  return end;
}

test("an expired session leaves a tombstone that tells what arrived, for a while", async (t) => {
  const server = await started(t, "--session-ttl", "200", "--session-memory", "2000");
  const session = new Session(server);
  const line = await session.attach();
  for (const text of ["1", "2"]) line.send(text);
  await line.data(2);
  line.reset();
  await until(async () => (await server.health()).tombstones === 1);
  assert.equal((await server.health()).sessions, 0);
  assert.deepEqual(await refusal(session), { code: 4404, reason: "the session is gone", recv: 2 });
  const [answer] = await session.ask("send", { seq: 2, records: ["2", "3"] });
  assert.equal(parse(answer, "x").recv, 2);
  assert.equal((await refusal(session, { key: new Session(server).key })).code, 4403);
  await until(async () => (await server.health()).tombstones === 0);
  assert.deepEqual(await refusal(session), { code: 4404, reason: "no such session" });
});

test("a carrier keeps its session alive, and each send as well", async (t) => {
  const server = await started(t, "--session-ttl", "1000");
  const session = new Session(server);
  const line = await session.attach();
  line.reset();
  const end = Date.now() + 2500;
  while (Date.now() < end) {
    const [answer] = await session.ask("send");
    parse(answer, "w");
  }
  await session.attach();
});

test("a restart tells all when to come back, and they resume", async (t) => {
  const server = await started(t);
  const socket = new Session(server);
  const line = await socket.attach();
  line.send("1");
  assert.deepEqual(await line.data(1), ["1"]);
  const streaming = new Session(server);
  const stream = await streaming.post("stream");
  await stream.expect("w");
  await server.fault("restart?down=100");
  for (const end of [await line.expect("x"), parse((await stream.all()).at(-1), "x")]) {
    assert.deepEqual([end.code, end.reason], [1001, "server is stopping"]);
    assert.ok(end.retry >= 0 && end.retry < 3000);
  }
  assert.equal((await line.closed).code, 1001);
  await server.logged(/listening again/);
  const again = await socket.attach();
  assert.deepEqual([again.welcome.recv, again.welcome.seq], [1, 1]);
  assert.deepEqual(await again.data(1), ["1"]);
});

test("a hard restart as well; one that forgets knows nobody", async (t) => {
  const server = await started(t);
  const session = new Session(server);
  const line = await session.attach();
  await server.fault("restart?hard=true");
  assert.equal((await line.closed).code, 1006);
  await server.logged(/listening again/);
  const again = await session.attach();
  await server.fault("restart?down=1&forget=true");
  assert.equal((await again.closed).code, 1001);
  await until(async () => (await server.health().catch(() => ({}))).sessions === 0);
  assert.deepEqual(await refusal(session), { code: 4404, reason: "no such session" });
});

test("a stop closes all carriers with 1001, in time", async () => {
  const server = await start();
  const session = new Session(server);
  const line = await session.attach();
  const stream = await new Session(server).post("stream");
  await stream.expect("w");
  const poll = await new Session(server).post("poll");
  await poll.expect("w");
  const began = Date.now();
  const stopped = server.stop();
  assert.equal((await line.expect("x")).recv, 0);
  for (const response of [stream, poll]) assert.equal((await response.expect("x")).code, 1001);
  assert.equal((await stopped).code, 0);
  assert.ok(Date.now() - began < 4000);
});

test("the token is in the hello or a bearer, and asked for at every attach", async (t) => {
  const server = await started(t, "--token", "secret", "--token-on-loopback");
  const session = new Session(server);
  for (const changes of [{}, { token: "wrong" }]) {
    assert.equal((await refusal(session, changes)).code, 4401);
    const [answer] = await session.ask("poll", changes);
    assert.equal(parse(answer, "x").code, 4401);
  }
  const line = await session.attach({ token: "secret" });
  assert.equal((await refusal(session)).code, 4401);
  line.send("1");
  assert.deepEqual(await line.data(1), ["1"]);
  const headers = { authorization: "Bearer secret" };
  parse((await session.ask("poll", { headers, att: 9 }))[0], "w");
});

test("a silent WebSocket is given up, one that answers is kept", async (t) => {
  const server = await started(t, "--session-heartbeat", "200");
  const silent = await new Session(server).attach();
  const alive = await new Session(server).attach();
  alive.client.on("message", (data) => {
    if (String(data) === control("p0")) alive.control("a0");
  });
  assert.equal((await silent.closed).code, 1013);
  for (let n = 0; n < 5; n++) assert.equal(await alive.next(), control("p0"));
});
