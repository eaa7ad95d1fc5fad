// The fall: after so many WebSocket attempts that carried nothing the socket is on HTTP, never
// before, and only if somebody answers there.

import assert from "node:assert/strict";
import { changed, fallback, fallbackErrors, onHttp, types } from "./harness/fallback.mjs";
import { numbered, startSending, stopSending } from "./harness/numbers.mjs";

const beating = { heartbeat: { interval: 100, timeout: 200, message: "ping" } };
const resetYoung = { webSocket: { resetAfter: 200 }, cause: "close" };

for (const [trouble, { webSocket, cause, options, opens = true }] of Object.entries({
  "a refused upgrade": { webSocket: "refuse", cause: "handshake", opens: false },
  "an upgrade answered 500": { webSocket: 500, cause: "handshake", opens: false },
  "101 and then nothing": { webSocket: "mute", cause: "heartbeat", options: beating },
  "101 and a reset after 200 ms": resetYoung,
  "a handshake that hangs": {
    webSocket: "hang",
    cause: "timeout",
    options: { connectionTimeout: 400 },
    opens: false,
  },
}))
  for (const after of webSocket.resetAfter ? [1, 3, 10] : [1, 3])
    fallback(`${trouble}, after ${after}: on HTTP, and not before`, async (t) => {
      const { proxy, peer, open } = t;
      peer.echo = false;
      proxy.webSocket = webSocket;
      const socket = await open({ after }, options);
      const { detail, status, readyState, transport } = await changed(socket, "http");
      assert.deepEqual(detail, { from: "websocket", to: "http", cause });
      assert.deepEqual([status, readyState, transport], ["open", 1, "http"]);
      const opened = await socket.next("open");
      assert.deepEqual([opened.status, opened.readyState, opened.transport], ["open", 1, "http"]);
      const attempt = [...(opens ? ["open"] : []), "close"];
      const lost = Array(after - 1).fill([...attempt, "reconnecting"]);
      const expected = [...lost.flat(), ...attempt, "transportchange", "open"];
      // Chromium's WebSocket tells a reset by `close` alone.
      const seen = (await types(socket)).filter((type) => type !== "error");
      assert.deepEqual(seen, expected);
      const asked = proxy.requests.entries.map(({ method, upgrades }) => ({ method, upgrades }));
      assert.deepEqual(asked, [{ method: "POST", upgrades: after }]);
      await socket.call("send", "hello");
      assert.equal((await socket.next("message")).data, "hello");
      const { attempts, transportSwitches } = await socket.call("stats");
      assert.deepEqual([attempts, transportSwitches], [after, 1]);
    });

fallback("what waits is the check, after a HEAD that risks nothing", async (t) => {
  const { proxy, peer, open } = t;
  proxy.webSocket = 503;
  const socket = await open({ after: 2 }, {}, "one", "two", "three");
  await onHttp(socket);
  assert.deepEqual(await peer.received.count(3), ["one", "two", "three"]);
  for (const text of ["one", "two", "three"]) {
    assert.equal((await socket.next("message")).data, text);
  }
  const methods = proxy.requests.entries.map(({ method }) => method);
  assert.deepEqual(methods, ["HEAD", "POST", "POST", "POST"]);
});

fallback("with idempotent the message itself asks", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open({ idempotent: true }, {}, "one");
  await onHttp(socket);
  const methods = proxy.requests.entries.map(({ method }) => method);
  assert.deepEqual(methods, ["OPTIONS", "POST"]);
});

fallback("after 0: HTTP first", async ({ proxy, open }) => {
  const socket = await open({ after: 0 });
  const { detail } = await changed(socket, "http");
  assert.deepEqual([detail.from, detail.to], ["websocket", "http"]);
  await socket.next("open");
  assert.deepEqual((await types(socket)).slice(0, 2), ["transportchange", "open"]);
  assert.equal(proxy.requests.entries[0].upgrades, 0);
});

fallback("both blocked, then healed: a WebSocket, and HTTP is not remembered", async (t) => {
  const { page, proxy, peer, open } = t;
  // Healed at once, between a check and the next attempt.
  const isHealed = () => proxy.upgrades.entries.length > 3;
  proxy.webSocket = () => (isHealed() ? "pass" : 503);
  proxy.http = () => (isHealed() ? "pass" : "refuse");
  const socket = await open();
  await startSending(socket);
  await socket.next("open");
  assert.equal(await socket.get("transport"), "websocket");
  const sent = await stopSending(page);
  assert.deepEqual(await peer.received.count(sent), numbered(sent));
  const { messages } = await peer.connection();
  assert.deepEqual(messages.entries, numbered(sent));
  assert.ok(proxy.posts.every(({ body }) => body.length === 0));
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  const round = ["error", "close", "error", "reconnecting"];
  assert.deepEqual(await types(socket), [...Array(3).fill(round).flat(), "open"]);
  const unreachable = { kind: "network" };
  assert.deepEqual(fallbackErrors(await socket.events()), Array(3).fill(unreachable));
});

fallback("one message is enough to be no failure", async ({ proxy, peer, open }) => {
  proxy.webSocket = () => (proxy.upgrades.entries.length <= 6 ? "pass" : 503);
  const socket = await open({ after: 2 });
  for (let losses = 0; losses < 6; losses++) {
    const connection = await peer.connection();
    connection.send("hello");
    await socket.next("message");
    connection.terminate();
    await socket.next("close");
  }
  await onHttp(socket);
  assert.equal(proxy.upgrades.entries.length, 8);
  assert.deepEqual(
    proxy.requests.entries.map(({ upgrades }) => upgrades),
    [8],
  );
});

fallback("HTTP is asked before maxRetries gives up", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  const socket = await open({ after: 2 }, { maxRetries: 1 });
  await onHttp(socket);
});

fallback("without an answer on HTTP either, maxRetries ends it", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  proxy.http = "refuse";
  const socket = await open({ after: 1 }, { maxRetries: 2 });
  const { detail } = await socket.next("failed");
  assert.equal(detail.cause, "max-retries");
  assert.equal(proxy.upgrades.entries.length, 3);
});

fallback("a final close code is no reason to fall", async ({ proxy, peer, open }) => {
  const socket = await open();
  (await peer.connection()).close(1008);
  assert.equal((await socket.next("failed")).detail.cause, "final-code");
  assert.deepEqual(proxy.requests.entries, []);
});
