// Connecting, and talking on /ws.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./server.mjs";

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("health check", async () => {
  const response = await server.fetch("/health");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  const { status, uptime, total, errors, connections } = await response.json();
  assert.deepEqual({ status, total, errors }, { status: "ok", total: 0, errors: 0 });
  assert.ok(Number.isInteger(uptime) && uptime >= 0);
  const endpoints = ["/ws", "/ws/audio", "/ws/esp32cam", "/ws/logs", "/ws/pico", "/ws/video"];
  assert.deepEqual(Object.keys(connections).sort(), endpoints);
});

test("every endpoint opens, is counted, and answers a ping by its pong", async () => {
  for (const path of Object.keys((await server.health()).connections)) {
    const client = await server.open(path);
    assert.equal((await server.health()).connections[path], 1, path);
    client.sendJson({ type: "ping", t: { any: "thing" } });
    assert.deepEqual(await client.json("pong"), { type: "pong", t: { any: "thing" } }, path);
    client.close();
    await client.closed;
    await until(async () => (await server.health()).total === 0);
  }
});

test("the first message is the acknowledgement", async () => {
  const client = await server.open("/ws");
  const { type, id } = await client.json();
  assert.equal(type, "connection_ack");
  assert.ok(id);
  client.close();
});

test("a ping is answered by pong, never by status", async () => {
  const client = await server.open("/ws");
  await client.json("connection_ack");
  for (let t = 0; t < 20; t++) client.sendJson({ type: "ping", t });
  for (let t = 0; t < 20; t++) assert.deepEqual(await client.json(), { type: "pong", t });
  client.sendJson({ type: "ping" });
  assert.deepEqual(await client.json(), { type: "pong" });
  client.close();
});

test("the status is told to who asks for it", async () => {
  const client = await server.open("/ws");
  await client.json("connection_ack");
  client.sendJson({ type: "get_status" });
  const { type, connections } = await client.json();
  assert.equal(type, "status");
  assert.equal(connections["/ws"], 1);
  client.close();
});

test("invalid JSON and unknown types are answered by an error, and the connection stays open", async () => {
  const bad = ["", "{", "hello", "[]", "null", "{}", '{"type":5}', '{"type":"nonsense"}'];
  const client = await server.open("/ws");
  await client.json("connection_ack");
  for (const text of bad) {
    client.send(text);
    const answer = await client.json();
    assert.equal(answer.type, "error", text);
    assert.equal(typeof answer.message, "string");
  }
  client.send(Buffer.from([1, 2, 3]));
  assert.equal((await client.json()).type, "error");
  client.sendJson({ type: "chat" });
  assert.equal((await client.json()).type, "error");
  await client.settled();
  client.close();
  assert.equal((await client.closed).code, 1005);
});

test("echo gives the same back", async () => {
  const client = await server.open("/ws");
  const message = { type: "echo", data: { text: "grüße 👋", list: [1, null, true] } };
  client.sendJson(message);
  assert.deepEqual(await client.json("echo"), message);
  client.close();
});

test("chat reaches everybody, the sender included", async () => {
  const clients = await Promise.all([1, 2, 3].map(() => server.open("/ws")));
  await Promise.all(clients.map((client) => client.settled()));
  clients[0].sendJson({ type: "chat", text: "hello", from: "Ann" });
  for (const client of clients) {
    const { text, from, at } = await client.json("chat");
    assert.deepEqual({ text, from }, { text: "hello", from: "Ann" });
    assert.ok(Math.abs(Date.now() - new Date(at)) < 60_000);
  }
  for (const client of clients) client.close();
  await until(async () => (await server.health()).total === 0);
});

for (const count of [1, 3, 200]) {
  test(`${count} connections at once`, async () => {
    const clients = await Promise.all(Array.from({ length: count }, () => server.open("/ws")));
    assert.equal((await server.health()).connections["/ws"], count);
    const ids = await Promise.all(clients.map((client) => client.json("connection_ack")));
    assert.equal(new Set(ids.map(({ id }) => id)).size, count);
    clients[0].sendJson({ type: "chat", text: "all" });
    await Promise.all(clients.map((client) => client.json("chat")));
    for (const client of clients) client.close(1000, "done");
    const closes = await Promise.all(clients.map(({ closed }) => closed));
    assert.ok(closes.every(({ code }) => code === 1000));
    await until(async () => (await server.health()).total === 0);
  });
}

test("a message in fragments is one message", async () => {
  const client = await server.open("/ws");
  await client.json("connection_ack");
  client.send('{"type":"ping",', { fin: false });
  client.send('"t":7}', { fin: true });
  assert.deepEqual(await client.json(), { type: "pong", t: 7 });
  client.close();
});

test("what is no WebSocket handshake is told so", async () => {
  const response = await server.fetch("/ws");
  assert.equal(response.status, 400);
});
