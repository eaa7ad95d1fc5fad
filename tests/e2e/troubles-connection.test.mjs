// Trouble that dashboards have had for years: connecting, talking, and parting.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { live, route } from "./harness/live.mjs";
import { openSocket } from "./harness/socket.mjs";
import { soon } from "./harness/time.mjs";

live("health check", async ({ server, page }) => {
  await page.goto(server.url);
  const ask = () => fetch("/health").then((response) => response.json());
  const { status, errors } = await page.evaluate(ask);
  assert.deepEqual({ status, errors }, { status: "ok", errors: 0 });
  // The page there has a socket for each of these.
  const isCounted = async () => {
    const { connections } = await page.evaluate(ask);
    return ["/ws", "/ws/video", "/ws/pico", "/ws/logs"].every((path) => connections[path] === 1);
  };
  await until(isCounted);
});

live("connection", async ({ server, page }) => {
  const socket = await openSocket(page, route(server, "/ws"));
  const { readyState, status } = await socket.next("open");
  assert.deepEqual([readyState, status], [1, "open"]);
  assert.equal((await answer(socket)).type, "connection_ack");
  await server.logged(/\/ws #\d+: open, from/);
});

live("graceful disconnect", async ({ server, page }) => {
  const closes = [
    { args: [1000, "done"], said: '1000 "done"', code: 1000, reason: "done" },
    { args: [4123, "enough"], said: '4123 "enough"', code: 4123, reason: "enough" },
    { args: [], said: '1005 ""', code: 1005, reason: "" },
  ];
  for (const { args, said, code, reason } of closes) {
    const socket = await openSocket(page, route(server, "/ws"));
    await socket.next("open");
    await socket.call("close", ...args);
    const close = await socket.next("close");
    assert.deepEqual([close.code, close.reason, close.wasClean], [code, reason, true]);
    await server.logged(new RegExp(`/ws #\\d+: closed by the peer, ${said}`));
  }
});

live("a page that is left says so", async ({ server, page }) => {
  const socket = await openSocket(page, route(server, "/ws"));
  await socket.next("open");
  await page.goto("about:blank");
  await server.logged(/\/ws #\d+: closed by the peer, 100[01] /);
});

live("normal closes are no errors", async ({ server, page }) => {
  const ours = await openSocket(page, route(server, "/ws"));
  await ours.next("open");
  await ours.call("close", 1000, "");
  await ours.next("close");
  assert.deepEqual(await endings(ours), ["close"]);

  const theirs = await openSocket(page, route(server, "/ws"), [], soon);
  await theirs.next("open");
  for (const code of [1000, 1001]) {
    await server.fault(`close?code=${code}`);
    const close = await theirs.next("close");
    assert.deepEqual([close.code, close.wasClean], [code, true]);
    await theirs.next("open");
  }
  assert.deepEqual(await endings(theirs), ["close", "close"]);
  assert.deepEqual(page.log.entries, [], "nothing in the console");
});

live("timeout of a handshake that hangs", async ({ server, page }) => {
  const options = { ...soon, connectionTimeout: 300 };
  const socket = await openSocket(page, route(server, "/faults/ws/hang"), [], options);
  assert.equal((await socket.next("error")).message, "TIMEOUT");
  assert.equal((await socket.next("close")).code, 1006);
  assert.equal((await socket.next("reconnecting")).detail.cause, "timeout");
  await socket.call("close");
});

live("a server that no longer hangs is reached", async ({ server, page }) => {
  await server.fault("handshake?mode=hang");
  const options = { ...soon, connectionTimeout: 300 };
  const socket = await openSocket(page, route(server, "/ws"), [], options);
  await socket.next("close");
  await server.fault("handshake?mode=none");
  await socket.run((socket) => {
    // On a busy machine even a handshake that is answered may take longer.
    if (socket.status !== "open") socket.reconnect();
  });
  await socket.next("open");
});

for (const count of [1, 3, 50])
  live(`${count} connections at once`, async ({ server, page }) => {
    const opening = Array.from({ length: count }, () => openSocket(page, route(server, "/ws")));
    const sockets = await Promise.all(opening);
    await Promise.all(sockets.map((socket) => socket.next("open")));
    assert.equal((await server.health()).connections["/ws"], count);
    const acks = await Promise.all(sockets.map((socket) => answer(socket)));
    assert.equal(new Set(acks.map(({ id }) => id)).size, count);
    const pongs = sockets.map((socket, t) => request(socket, { type: "ping", t }));
    const expected = sockets.map((_, t) => ({ type: "pong", t }));
    assert.deepEqual(await Promise.all(pongs), expected);
    await Promise.all(sockets.map((socket) => socket.call("close", 1000)));
    await Promise.all(sockets.map((socket) => socket.next("close")));
    await until(async () => (await server.health()).total === 0);
  });

live("a ping is answered by pong, never by status", async ({ server, page }) => {
  const socket = await openSocket(page, route(server, "/ws"));
  assert.equal((await answer(socket)).type, "connection_ack");
  for (let t = 0; t < 5; t++) {
    assert.deepEqual(await request(socket, { type: "ping", t }), { type: "pong", t });
  }
});

live(
  "invalid JSON is answered by an error, and the connection stays open",
  async ({ server, page }) => {
    const socket = await openSocket(page, route(server, "/ws"));
    assert.equal((await answer(socket)).type, "connection_ack");
    for (const text of ["{", "hello", "[]", ""]) {
      await socket.call("send", text);
      assert.equal((await answer(socket)).type, "error");
    }
    assert.deepEqual(await request(socket, { type: "ping" }), { type: "pong" });
    assert.deepEqual(await endings(socket), []);
  },
);

async function answer(socket) {
  return JSON.parse((await socket.next("message")).data);
}

async function request(socket, message) {
  await socket.call("send", JSON.stringify(message));
  return answer(socket);
}

/** The error and close events of a socket. */
async function endings(socket) {
  const types = (await socket.events()).map(({ type }) => type);
  return types.filter((type) => type === "error" || type === "close");
}
