// close() reaches the server's application, by whatever carrier; a page that goes keeps the session.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { control, framesOf, helloOf, scripted, stream, welcome } from "./harness/scripted.mjs";
import { closings, heard, sendAll, session } from "./harness/session.mjs";

/** The code and reason of the `close` that ends it: a WebSocket that failed had its own. */
async function lastClose(socket) {
  await until(async () => ["closed", "failed"].includes(await socket.get("status")));
  const { code, reason } = (await socket.events()).findLast(({ type }) => type === "close");
  return [code, reason];
}

const carriers = { "a WebSocket": "pass", HTTP: 503 };

for (const [carrier, webSocket] of Object.entries(carriers)) {
  session(`close() by ${carrier}`, async ({ server, proxy, open }) => {
    proxy.webSocket = webSocket;
    const socket = await open();
    await sendAll(socket, ["1"]);
    await heard(socket, 1);
    await socket.call("close", 4001, "bye");
    assert.deepEqual(await lastClose(socket), [4001, "bye"]);
    assert.deepEqual(await closings(server, 1), ['4001 "bye"']);
    assert.equal((await server.health()).sessions, 0);
  });

  session(`the server's application closes, by ${carrier}`, async (t) => {
    const { proxy, open } = t;
    proxy.webSocket = webSocket;
    const socket = await open();
    await sendAll(socket, ["1", '{"type":"close"}']);
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
    assert.deepEqual(await lastClose(socket), [1000, "as you wish"]);
    assert.deepEqual(await heard(socket, 1), ["1"]);
  });

  session(`a page that goes, by ${carrier}: the session stays for its ttl`, async (t) => {
    const { page, server, proxy, open } = t;
    proxy.webSocket = webSocket;
    const socket = await open();
    await sendAll(socket, ["1"]);
    await heard(socket, 1);
    await page.goto("about:blank");
    await until(() => proxy.live.length === 0, "the page's connections to be over");
    assert.equal((await server.health()).sessions, 1);
    await page.goBack();
    await page.waitForFunction("globalThis.sockets");
  });
}

scripted("close() by HTTP takes along what is not acknowledged", async ({ peer, open }) => {
  peer.handshake = 503;
  peer.http.answer = (post) =>
    helloOf(post).mode === "send" ? { status: 503 } : stream(post, welcome());
  const socket = await open();
  await socket.next("open");
  await sendAll(socket, ["1", "\u0001 2"]);
  const isBatch = (post) => helloOf(post).mode === "send";
  await peer.http.requests.next(isBatch);
  await socket.call("close", 4001, "bye");
  const end = control("x", { code: 4001, reason: "bye" });
  const isFarewell = (post) => isBatch(post) && framesOf(post.body).includes(end);
  const farewell = await peer.http.requests.next(isFarewell);
  assert.equal(helloOf(farewell).seq, 1);
  // In a record nothing is escaped, and here that looks like a control frame.
  assert.deepEqual(framesOf(farewell.body).slice(1), ["1", "\u0001 2", end]);
});

session("close() before the first welcome", async ({ server, proxy, open }) => {
  proxy.webSocket = "hang";
  const socket = await open();
  await proxy.upgrades.count(1);
  await socket.call("close");
  const { code } = await socket.next("close");
  assert.equal(code, 1006);
  assert.equal((await server.health()).sessions, 0);
});
