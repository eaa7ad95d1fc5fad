// What can be read of a socket: status, readyState, transport, counters and figures.

import assert from "node:assert/strict";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

e2e(
  "status, readyState, transport and shouldReconnect go with what happens",
  async ({ page, peer }) => {
    peer.handshake = "hang";
    const socket = await openSocket(page, peer.url, [], {
      ...soon,
      maxRetries: 1,
      minUptime: 60_000,
    });
    assert.deepEqual(await look(socket), ["connecting", 0, null, true]);
    await peer.handshakes.next();
    peer.handshake = "accept";
    await socket.call("reconnect");
    await socket.next("open");
    assert.deepEqual(await look(socket), ["open", 1, "websocket", true]);
    // Between two attempts, for as long as this listener blocks.
    await socket.run((socket) => {
      socket.addEventListener("reconnecting", () => {
        globalThis.waiting = [
          socket.status,
          socket.readyState,
          socket.transport,
          socket.shouldReconnect,
          socket.retryCount,
        ];
      });
    });
    (await peer.connection()).close(1012);
    await socket.next("reconnecting");
    assert.deepEqual(await page.evaluate(() => waiting), ["waiting", 3, null, true, 1]);
    await socket.next("open");
    (await peer.connection()).close(1012);
    await socket.next("failed");
    assert.deepEqual(await look(socket), ["failed", 3, null, false]);
    await socket.call("reconnect");
    await socket.next("open");
    const closing = await socket.run((socket) => {
      socket.close();
      return [socket.status, socket.readyState, socket.transport, socket.shouldReconnect];
    });
    assert.deepEqual(closing, ["closing", 2, null, false]);
    await socket.next("close");
    assert.deepEqual(await look(socket), ["closed", 3, null, false]);
  },
);

e2e("stats() counts attempts, opens, drops, messages and bytes", async ({ page, peer }) => {
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], soon);
  await socket.next("reconnecting");
  peer.handshake = "accept";
  await socket.next("open");
  const failed = peer.handshakes.entries.length - 1;
  await socket.run((socket) => {
    socket.send("12345");
    socket.send(new Uint8Array(100));
  });
  await socket.next("message");
  await socket.next("message");
  const first = await socket.call("stats");
  assert.deepEqual(first, {
    attempts: failed + 1,
    opens: 1,
    drops: 0,
    messagesSent: 2,
    messagesReceived: 2,
    bytesSent: 105,
    bytesReceived: 105,
    queued: 0,
    queuedBytes: 0,
    dropped: 0,
    replayed: 0,
    duplicates: 0,
    transportSwitches: 0,
    lastDelay: 100,
    roundTripTime: null,
  });
  (await peer.connection()).close(1012);
  await socket.next("close");
  await socket.next("open");
  const second = await socket.call("stats");
  assert.deepEqual([second.opens, second.drops, second.messagesSent], [2, 1, 2]);
  await socket.call("close");
  await socket.next("close");
  assert.equal((await socket.call("stats")).drops, 1, "our own close is no drop");
});

e2e("binaryType survives a reconnect", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], soon);
  await socket.next("open");
  await socket.run((socket) => {
    socket.binaryType = "arraybuffer";
  });
  (await peer.connection()).close(1012);
  await socket.next("close");
  await socket.next("open");
  assert.equal(await socket.get("binaryType"), "arraybuffer");
  await socket.run((socket) => socket.send(new Uint8Array([1, 2, 3])));
  assert.deepEqual((await socket.next("message")).bytes, [1, 2, 3]);
});

e2e("url and protocol are the present connection's", async ({ page, peer }) => {
  const socket = await openSocket(page, `${peer.url}path?query`, ["second", "first"], soon);
  await socket.next("open");
  assert.equal(await socket.get("url"), `${peer.url}path?query`);
  assert.equal(await socket.get("protocol"), "second");
  (await peer.connection()).close(1012);
  await socket.next("close");
  await socket.next("open");
  assert.equal(await socket.get("protocol"), "second");
});

async function look(socket) {
  return socket.run(({ status, readyState, transport, shouldReconnect }) => [
    status,
    readyState,
    transport,
    shouldReconnect,
  ]);
}
