// How connections end: with codes that say why, and without an error in the log.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./server.mjs";

const ENDPOINTS = ["/ws", "/ws/video", "/ws/esp32cam", "/ws/pico", "/ws/audio", "/ws/logs"];

let server;
before(async () => {
  server = await start(["--faults", "--max-message", "100000", "--slow-consumer", "300"]);
});
after(() => server.stop());

test("a graceful disconnect has the code and reason of who began it", async () => {
  for (const path of ENDPOINTS) {
    const client = await server.open(path);
    client.close(4123, `done with ${path}`);
    assert.deepEqual(await client.closed, { code: 4123, reason: `done with ${path}` });
    await server.logged(new RegExp(`INFO .*${path} #\\d+: closed by the peer, 4123 "done with`));
  }
});

test("normal closes are not logged as errors", async () => {
  for (const args of [[], [1000], [1001, "leaving the page"]]) {
    const client = await server.open("/ws");
    client.close(...args);
    await client.closed;
  }
  for (const code of [1000, 1001, 1005]) await server.logged(new RegExp(`INFO .*peer, ${code} `));
  await assertNoErrors();
});

test("a client that vanishes is no error", async () => {
  for (const path of ENDPOINTS) {
    const client = await server.open(path);
    client.reset();
    await client.closed;
    await server.logged(new RegExp(`INFO .*${path} #\\d+: connection lost`));
  }
  await until(async () => (await server.health()).total === 0);
  await assertNoErrors();
});

test("no receive after disconnect and no send after close, whatever the clients do", async () => {
  let seed = 20261121;
  const random = (below) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(20_000)]);
  const noise = [
    "{",
    '{"type":"ping"}',
    '{"type":"chat","text":"hi"}',
    '{"type":"hello","role":"device"}',
    '{"type":"telemetry"}',
    '{"type":"command","command":"led","value":true}',
    '{"type":"init"}',
    '{"type":"end"}',
    jpeg,
  ];
  const endings = [
    (client) => client.close(1000),
    (client) => client.close(),
    (client) => client.terminate(),
    (client) => client.reset(),
    (client) => {
      client.close();
      client.reset();
    },
    (client) => client._socket.end(),
  ];
  for (let round = 0; round < 15; round++) {
    const opening = Array.from({ length: 20 }, () =>
      server.ws(ENDPOINTS[random(ENDPOINTS.length)]),
    );
    const clients = await Promise.all(
      opening.map(async (client) => {
        if (random(10) === 0) client.terminate();
        await client.opened.catch(() => {});
        return client;
      }),
    );
    for (const client of clients.filter(({ readyState }) => readyState === 1)) {
      for (let count = random(30); count > 0; count--) client.send(noise[random(noise.length)]);
      endings[random(endings.length)](client);
    }
    if (round % 5 === 4) await server.fault("drop");
    await Promise.all(clients.map(({ closed }) => closed));
  }
  await until(async () => (await server.health()).total === 0);
  await assertNoErrors();
  assert.ok(!server.logs.some((line) => /receive after|send after/.test(line)));
});

test("a message over the limit is answered by 1009, even if it is still being sent", async () => {
  const limit = Buffer.alloc(100_000);
  const client = await server.open("/faults/ws/echo");
  client.send(limit);
  assert.equal((await client.next()).length, 100_000);
  // Closing with unread data would reset the connection, and the reason would be lost.
  client.pause();
  client.send(Buffer.alloc(30_000_000));
  await server.logged(/closing with 1009/);
  await server.health();
  client.resume();
  assert.equal((await client.closed).code, 1009);
  const fragmented = await server.open("/faults/ws/echo");
  fragmented.send(limit, { fin: false });
  fragmented.send("x");
  assert.equal((await fragmented.closed).code, 1009);
});

test("a breach of the protocol is answered by 1002, bad UTF-8 by 1007", async () => {
  const unmasked = await server.open("/ws");
  unmasked._socket.write(Buffer.from([0x81, 0x01, 0x41]));
  assert.equal((await unmasked.closed).code, 1002);
  const garbled = await server.open("/ws");
  garbled._socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]));
  assert.equal((await garbled.closed).code, 1007);
  await assertNoErrors();
});

test("a slow consumer is closed with 1013, and keeps nobody waiting", async () => {
  const slow = await server.open("/faults/ws/echo");
  const other = await server.open("/ws");
  slow.pause();
  for (let count = 0; count < 400; count++) slow.send(Buffer.alloc(64_000));
  await server.logged(/INFO .*echo #\d+: closing with 1013 "slow consumer/);
  await other.settled();
  slow.resume();
  const { code, reason } = await slow.closed;
  assert.equal(code, 1013);
  assert.match(reason, /slow consumer/);
  other.close();
  await until(async () => (await server.health()).total === 0);
  await assertNoErrors();
});

test("a listener too far behind in the chat is closed with 1013", async () => {
  const slow = await server.open("/ws");
  const speaker = await server.open("/ws");
  slow.pause();
  const text = "x".repeat(90_000);
  for (let count = 0; count < 300; count++) speaker.sendJson({ type: "chat", text });
  await server.logged(/INFO .*\/ws #\d+: closing with 1013/);
  slow.terminate();
  speaker.terminate();
  await until(async () => (await server.health()).total === 0);
});

test("a silent client is pinged, and given up when it does not answer", async (t) => {
  const strict = await start(["--keepalive", "1000"]);
  t.after(() => strict.stop());
  const alive = await strict.open("/ws");
  const dead = await strict.open("/ws/video", { autoPong: false });
  await dead.closed;
  await strict.logged(/INFO .*\/ws\/video #\d+: connection lost, no answer to a ping/);
  await alive.settled();
  alive.close();
  await until(async () => (await strict.health()).total === 0);
});

async function assertNoErrors() {
  assert.equal((await server.health()).errors, 0);
  assert.deepEqual(
    server.logs.filter((line) => line.includes("ERROR")),
    [],
  );
}
