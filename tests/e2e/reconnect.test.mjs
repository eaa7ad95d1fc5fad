// reconnect(): a new connection at once, in every state.

import assert from "node:assert/strict";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

/** A backoff that no test outlives. */
const late = { minReconnectionDelay: 600_000, maxReconnectionDelay: 600_000, jitter: "none" };

e2e("while open: the old connection is closed, a new one opens", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  const atOnce = await socket.run((socket) => {
    socket.reconnect(4100, "new session");
    return [socket.readyState, socket.status];
  });
  assert.deepEqual(atOnce, [0, "connecting"]);
  const { code, reason, wasClean } = await socket.next("close");
  assert.deepEqual([code, reason, wasClean], [4100, "new session", true]);
  await socket.next("open");
  const [old] = await peer.connections.count(2);
  assert.deepEqual(await old.closed, { code: 4100, reason: "new session" });
  assert.deepEqual(await types(socket), ["open", "close", "open"]);
});

e2e("the old connection is closed with 1000 unless told otherwise", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.call("reconnect");
  assert.equal((await socket.next("close")).code, 1000);
  await socket.next("open");
  assert.equal((await (await peer.connection()).closed).code, 1000);
});

e2e("five times in a row: one live connection", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.run((socket) => {
    for (let count = 0; count < 5; count++) socket.reconnect();
  });
  await socket.next("open");
  await socket.call("send", "which one?");
  await socket.next("message");
  const talking = peer.connections.entries.filter(({ messages }) => messages.entries.length > 0);
  assert.equal(talking.length, 1);
  const others = peer.connections.entries.filter((connection) => connection !== talking[0]);
  assert.ok(others.length >= 1);
  await Promise.all(others.map(({ closed }) => closed));
  assert.deepEqual(await types(socket), ["open", "close", "open", "message"]);
  await socket.call("close");
  await talking[0].closed;
});

e2e("while it waits: it does not wait any longer", async ({ page, peer }) => {
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], late);
  const { detail } = await socket.next("reconnecting");
  assert.equal(detail.delay, 600_000);
  peer.handshake = "accept";
  const atOnce = await socket.run((socket) => {
    socket.reconnect();
    return [socket.status, socket.stats().attempts, socket.retryCount];
  });
  assert.deepEqual(atOnce, ["connecting", 2, 0]);
  await socket.next("open");
});

e2e("while connecting: the attempt starts anew", async ({ page, peer }) => {
  peer.handshake = "hang";
  const socket = await openSocket(page, peer.url, [], late);
  await peer.handshakes.next();
  peer.handshake = "accept";
  await socket.call("reconnect");
  await socket.next("open");
  assert.deepEqual(await types(socket), ["open"]);
  assert.equal(peer.connections.entries.length, 1);
});

e2e("after maxRetries: it opens, and has all its retries again", async ({ page, peer }) => {
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], { ...soon, maxRetries: 1 });
  await socket.next("failed");
  peer.handshake = "accept";
  await socket.call("reconnect");
  await socket.next("open");
  assert.equal(await socket.get("shouldReconnect"), true);
  (await peer.connection()).close(1011);
  await socket.next("open");
});

e2e("after a final close code it opens", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  (await peer.connection()).close(4403, "forbidden");
  await socket.next("failed");
  await socket.call("reconnect");
  await socket.next("open");
});

e2e("after close() it opens; also before the end of the closing", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.call("close");
  await socket.next("close");
  await socket.call("reconnect");
  await socket.next("open");
  const status = await socket.run((socket) => {
    socket.close(4000);
    socket.reconnect(4001);
    return socket.status;
  });
  assert.equal(status, "connecting");
  await socket.next("open");
  const connections = await peer.connections.count(3);
  assert.equal((await connections[0].closed).code, 1005);
  assert.equal((await connections[1].closed).code, 4000);
  assert.deepEqual(await types(socket), ["open", "close", "open", "close", "open"]);
});

e2e("from inside a listener", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], late);
  await socket.next("open");
  await socket.run((socket) => {
    socket.onclose = ({ code }) => code === 1011 && socket.reconnect();
  });
  (await peer.connection()).close(1011);
  await socket.next("open");
  assert.equal((await peer.connections.count(2)).length, 2);
});

async function types(socket) {
  return (await socket.events()).map(({ type }) => type);
}
