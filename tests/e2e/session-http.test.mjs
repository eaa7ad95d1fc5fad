// A session where WebSockets do not get through: over HTTP, and back.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { changed, wake } from "./harness/fallback.mjs";
import { numbered, startSending, stopSending } from "./harness/numbers.mjs";
import { byMode, heard, posts, sendAll, session } from "./harness/session.mjs";

for (const [trouble, webSocket] of Object.entries({
  "a refused upgrade": "refuse",
  "an upgrade answered 503": 503,
  "101 and then nothing": "mute",
  "a handshake that hangs": "hang",
}))
  session(`${trouble}: by HTTP`, async ({ proxy, open }) => {
    proxy.webSocket = webSocket;
    const socket = await open({}, { connectionTimeout: 3000 });
    await sendAll(socket, ["1", "2"]);
    assert.deepEqual(await heard(socket, 2), ["1", "2"]);
    assert.equal(await socket.get("transport"), "http");
  });

session("101 and a reset after 200 ms, ten times", async ({ page, proxy, open }) => {
  proxy.webSocket = () => (proxy.upgrades.entries.length <= 10 ? { resetAfter: 200 } : "pass");
  const socket = await open({}, { fallback: { retryWebSocket: 100 } });
  await startSending(socket);
  await proxy.upgrades.count(11);
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
});

session("a response that is collected until its end: by polls", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  proxy.http = byMode({ stream: "collect", poll: "collect" });
  const socket = await open();
  await sendAll(socket, ["1", "2"]);
  await heard(socket, 2);
  await sendAll(socket, ["3"]);
  assert.deepEqual(await heard(socket, 3), ["1", "2", "3"]);
  assert.equal(posts(proxy, "stream").length, 1);
  assert.ok(posts(proxy, "poll").length > 0);
  assert.equal(await socket.get("transport"), "http");
});

session("both blocked, then healed: by WebSocket, and HTTP is not remembered", async (t) => {
  const { page, proxy, open } = t;
  const isHealed = () => proxy.upgrades.entries.length > 3;
  proxy.webSocket = () => (isHealed() ? "pass" : 503);
  proxy.http = () => (isHealed() ? "pass" : "refuse");
  const socket = await open();
  await sendAll(socket, ["1"]);
  assert.deepEqual(await heard(socket, 1), ["1"]);
  assert.equal(await socket.get("transport"), "websocket");
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

session("healed under load: by WebSocket, everything once and in order", async (t) => {
  const { page, proxy, open } = t;
  proxy.webSocket = 503;
  const socket = await open({}, { fallback: { retryWebSocket: 100 } });
  await startSending(socket);
  await heard(socket, 50);
  assert.equal(await socket.get("transport"), "http");
  proxy.webSocket = "pass";
  const { detail } = await changed(socket, "websocket");
  assert.deepEqual(detail, { from: "http", to: "websocket", cause: "recovered" });
  await heard(socket, 100);
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
});

session("blocked and healed again and again, under load", async (t) => {
  const { page, proxy, open } = t;
  const socket = await open({}, { fallback: { retryWebSocket: 100 } });
  await socket.next("open");
  await startSending(socket);
  for (let times = 1; times <= 2; times++) {
    await heard(socket, 100 * times - 50);
    proxy.webSocket = 503;
    proxy.cut();
    await changed(socket, "http");
    await heard(socket, 100 * times);
    proxy.webSocket = "pass";
    await wake(page);
    await changed(socket, "websocket");
  }
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
});

for (const fault of ["lose-answer", "repeat", "truncate"])
  session(`batches that meet "${fault}" act once`, async ({ proxy, open }) => {
    proxy.webSocket = 503;
    const isSecond = () => posts(proxy, "send").length % 2 === 0;
    proxy.http = (request) => byMode({ send: isSecond() ? "pass" : fault })(request);
    const socket = await open();
    const texts = numbered(10);
    for (const text of texts) {
      await sendAll(socket, [text]);
      await heard(socket, Number(text) + 1);
    }
    assert.deepEqual(await heard(socket, 10), texts);
  });

session("a batch that comes once more, late, acts once", async ({ server, proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open();
  await sendAll(socket, ["1"]);
  await heard(socket, 1);
  await sendAll(socket, ["2"]);
  await heard(socket, 2);
  for (const { url, body } of posts(proxy, "send")) {
    const answer = await server.fetch(url, { method: "POST", body });
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  await sendAll(socket, ["3"]);
  assert.deepEqual(await heard(socket, 3), ["1", "2", "3"]);
});

session("a response that is cut goes on in the next", async ({ page, proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open();
  await startSending(socket);
  for (let cuts = 1; cuts <= 3; cuts++) {
    await heard(socket, 30 * cuts);
    proxy.cut();
  }
  await heard(socket, 120);
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
});

session("a response ends after `wait`, and the next one goes on", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open({ wait: 300 });
  await until(() => posts(proxy, "stream").length >= 3, "three responses");
  await sendAll(socket, ["1"]);
  assert.deepEqual(await heard(socket, 1), ["1"]);
});

session("all kinds of messages by HTTP", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open();
  await socket.run((socket) => {
    socket.binaryType = "arraybuffer";
    const bytes = new Uint8Array([0, 255]);
    const view = new Uint8Array([7, 0, 255, 7]).subarray(1, 3);
    const texts = ["", "\u0001a7", "\u0001", "\uFEFFž🐎"];
    for (const message of [...texts, bytes.buffer, view, new Blob([bytes])]) socket.send(message);
  });
  const bytes = [0, 255];
  const expected = ["", "\u0001a7", "\u0001", "\uFEFFž🐎", bytes, bytes, bytes];
  assert.deepEqual(await heard(socket, 7), expected);
});

session("each byte of a response by itself", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  // What is split is collected first, so it must end by itself.
  proxy.http = byMode({ stream: "split", poll: "split", send: "split" });
  const socket = await open({ wait: 300 });
  await sendAll(socket, ["ž🐎漢", "\u0001🐎"]);
  assert.deepEqual(await heard(socket, 2), ["ž🐎漢", "\u0001🐎"]);
});
