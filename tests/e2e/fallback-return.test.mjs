// The way back: a WebSocket that carries messages again is used again, without a message lost,
// doubled or out of order.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { changed, fallback, onHttp, openOnHttp, types, wake } from "./harness/fallback.mjs";
import { numbered, sendNumbers, startSending, stopSending } from "./harness/numbers.mjs";
import { silence } from "./harness/posts.mjs";
import { openSocket } from "./harness/socket.mjs";

fallback("healed while messages flow: back, everything once and in order", async (t) => {
  const { page, proxy, peer } = t;
  peer.echo = false;
  peer.http.answer = silence;
  const socket = await openOnHttp(t, { retryWebSocket: 50 });
  await startSending(socket);
  await peer.received.count(20);
  proxy.webSocket = "pass";
  const { detail, status, transport } = await changed(socket, "websocket");
  assert.deepEqual(detail, { from: "http", to: "websocket", cause: "recovered" });
  assert.deepEqual([status, transport], ["open", "websocket"]);
  const { messages } = await peer.connection();
  await messages.count(20);
  const sent = await stopSending(page);
  assert.deepEqual(await peer.received.count(sent), numbered(sent));
  assert.equal(peer.received.entries.length, sent);
  const onTheWay = ["error", "close", "transportchange", "open", "transportchange"];
  assert.deepEqual(await types(socket), onTheWay);
  assert.equal((await socket.call("stats")).transportSwitches, 2);
});

fallback("1,000 messages across the fall and the return, in order", async (t) => {
  const { page, proxy, peer, open } = t;
  peer.echo = false;
  peer.http.answer = silence;
  const socket = await open();
  await socket.next("open");
  await sendNumbers(socket, 300);
  // What the socket has given away when the line is cut may be lost; so it is cut in between.
  await peer.received.count(300);
  proxy.webSocket = 503;
  proxy.cut();
  await socket.next("close");
  await sendNumbers(socket, 100);
  await onHttp(socket);
  await startSending(socket);
  await peer.received.count(450);
  proxy.webSocket = "pass";
  await wake(page);
  await changed(socket, "websocket");
  await peer.received.count(500);
  const sent = await stopSending(page);
  const total = Math.max(1000, sent + 100);
  await sendNumbers(socket, total - sent);
  assert.deepEqual(await peer.received.count(total), numbered(total));
  assert.ok(peer.http.acts > 50, `${peer.http.acts} by HTTP`);
});

fallback("what waits goes before what a listener of transportchange sends", async (t) => {
  const { page, proxy, peer } = t;
  peer.echo = false;
  const socket = await openOnHttp(t, {}, { heartbeat: { interval: 60_000, message: "ping" } });
  await socket.run((socket) =>
    socket.addEventListener("transportchange", () => socket.send("in the listener")),
  );
  const post = heldPost(peer);
  await socket.run((socket) => {
    for (const text of ["in flight", "waits 1", "waits 2"]) socket.send(text);
  });
  await peer.http.requests.next(({ body }) => body.length > 0);
  proxy.webSocket = "pass";
  await wake(page);
  const connection = await peer.connection();
  assert.equal(await connection.messages.next(), "ping");
  connection.send("pong");
  assert.equal((await socket.next("message")).data, "pong");
  // Until the request in flight has ended, HTTP goes on.
  assert.equal(await socket.get("transport"), "http");
  post.release();
  await changed(socket, "websocket");
  await connection.messages.count(4);
  assert.deepEqual(connection.messages.entries, ["ping", "waits 1", "waits 2", "in the listener"]);
  assert.deepEqual(
    peer.received.entries.filter((text) => text !== "ping"),
    ["in flight", "waits 1", "waits 2", "in the listener"],
  );
});

fallback("what the WebSocket says to prove itself arrives", async (t) => {
  const { page, proxy, peer } = t;
  peer.echo = false;
  const socket = await openOnHttp(t);
  proxy.webSocket = "pass";
  await wake(page);
  (await peer.connection()).send("welcome");
  await changed(socket, "websocket");
  const isWelcome = ({ data }) => data === "welcome";
  await until(async () => (await socket.events()).some(isWelcome));
});

fallback("without a heartbeat or a message, two seconds open are proof", async (t) => {
  const { page, proxy, peer } = t;
  peer.echo = false;
  const socket = await openOnHttp(t);
  proxy.webSocket = "pass";
  await wake(page);
  await peer.connection();
  const { at } = proxy.upgrades.entries.at(-1);
  await changed(socket, "websocket");
  assert.ok(performance.now() - at > 1900, "too soon");
});

fallback("background attempts are silent, and counted", async (t) => {
  const { proxy } = t;
  const socket = await openOnHttp(t, { retryWebSocket: 50 });
  await proxy.upgrades.count(4);
  await socket.call("send", "hello");
  assert.equal((await socket.next("message")).data, "hello");
  assert.deepEqual(await types(socket), ["error", "close", "transportchange", "open"]);
  assert.ok((await socket.call("stats")).attempts >= 4);
  assert.equal(await socket.get("status"), "open");
});

fallback("a mute WebSocket is no way back", async (t) => {
  const { proxy } = t;
  const heartbeat = { interval: 60_000, timeout: 200, message: "ping" };
  const socket = await openOnHttp(t, { retryWebSocket: 50 }, { heartbeat });
  proxy.webSocket = "mute";
  await proxy.upgrades.count(4);
  await socket.call("send", "still here");
  assert.equal((await socket.next("message")).data, "still here");
  assert.deepEqual(await types(socket), ["error", "close", "transportchange", "open"]);
});

fallback("retryWebSocket false: never back", async (t) => {
  const { page, proxy, peer } = t;
  const socket = await openOnHttp(t, { retryWebSocket: false });
  proxy.webSocket = "pass";
  await wake(page);
  const other = await openSocket(page, `${peer.url}other`);
  await other.next("open");
  assert.equal(await socket.get("transport"), "http");
  assert.equal(proxy.upgrades.entries.length, 1);
});

for (const [type, target] of [
  ["online", "window"],
  ["pageshow", "window"],
  ["visibilitychange", "document"],
  ["resume", "document"],
])
  fallback(`"${type}" is a reason to try at once`, async (t) => {
    const { page, proxy, peer } = t;
    const socket = await openOnHttp(t);
    proxy.webSocket = "pass";
    await page.evaluate(`${target}.dispatchEvent(new Event("${type}"))`);
    (await peer.connection()).send("welcome");
    await changed(socket, "websocket");
    assert.equal(proxy.upgrades.entries.length, 2);
  });

fallback(
  "a WebSocket that comes back and dies young: HTTP at once, ever more rarely",
  async (t) => {
    const { page, proxy, peer } = t;
    peer.echo = false;
    const socket = await openOnHttp(t, { retryWebSocket: 100 });
    // A busy machine may have tried again meanwhile.
    const refused = proxy.upgrades.entries.length;
    proxy.webSocket = "pass";
    for (let returns = 0; returns < 3; returns++) {
      const connection = await peer.connection();
      connection.send("welcome");
      await changed(socket, "websocket");
      connection.terminate();
      const change = await changed(socket, "http");
      assert.deepEqual([change.detail.from, change.detail.cause], ["websocket", "close"]);
    }
    await socket.next("open");
    const cycle = ["transportchange", "close", "transportchange", "open"];
    const expected = ["close", "transportchange", "open", ...Array(3).fill(cycle).flat()];
    // Chromium's WebSocket tells a reset by `close` alone.
    const seen = (await types(socket)).filter((type) => type !== "error");
    assert.deepEqual(seen, expected);
    // One attempt each: the lost WebSocket is not tried before HTTP is asked.
    assert.equal(proxy.upgrades.entries.length, refused + 3);
    // Each rest is three times the one before, a quarter more or less; a busy machine adds to it.
    const times = proxy.upgrades.entries.map(({ at }) => at);
    const rests = times.slice(1).map((at, index) => at - times[index]);
    assert.ok(
      rests.every((rest, index) => rest >= 75 * 3 ** index),
      `${rests}`,
    );
    await wake(page);
    await proxy.upgrades.count(refused + 4);
  },
);

fallback("the hint: the next page asks HTTP first, and goes on to the WebSocket", async (t) => {
  const { page, proxy, peer, open } = t;
  peer.echo = false;
  const remembered = () => page.evaluate(() => Object.entries({ ...localStorage }));
  await openOnHttp(t);
  const [[key, time]] = await remembered();
  assert.equal(key, `everline:http:${proxy.httpUrl}`);
  assert.ok(Math.abs(Number(time) - Date.now()) < 60_000, time);
  await page.reload();
  const before = proxy.upgrades.entries.length;
  const requests = proxy.requests.entries.length;
  proxy.webSocket = "pass";
  const socket = await open({ after: 3 });
  const { detail } = await changed(socket, "http");
  assert.deepEqual(detail, { from: "websocket", to: "http", cause: "remembered" });
  assert.equal(proxy.requests.entries[requests].upgrades, before, "HTTP first");
  (await peer.connection()).send("welcome");
  await changed(socket, "websocket");
  assert.equal(proxy.upgrades.entries.length, before + 1);
  assert.deepEqual(await types(socket), ["transportchange", "open", "transportchange"]);
  assert.deepEqual(await remembered(), []);
  await page.reload();
  const healed = await open({ after: 3 });
  await healed.next("open");
  assert.equal(await healed.get("transport"), "websocket");
});

fallback("a hint that expired, or that is nonsense, is none", async (t) => {
  const { page, proxy, open } = t;
  for (const value of [Date.now() - 31 * 60_000, Date.now() + 60 * 60_000, "yes", ""]) {
    const hint = (url, value) => localStorage.setItem(`everline:http:${url}`, value);
    await page.evaluate(hint, proxy.httpUrl, value);
    const socket = await open();
    await socket.next("open");
    assert.equal(await socket.get("transport"), "websocket");
    await socket.call("close");
  }
  assert.deepEqual(proxy.requests.entries, []);
});

fallback("a hint with a dead HTTP side costs one error, then a WebSocket", async (t) => {
  const { page, proxy, open } = t;
  const hint = (url) => localStorage.setItem(`everline:http:${url}`, Date.now());
  await page.evaluate(hint, proxy.httpUrl);
  proxy.http = "refuse";
  const socket = await open();
  await socket.next("open");
  assert.equal(await socket.get("transport"), "websocket");
  assert.equal((await types(socket))[0], "error");
});

/** The peer's next answer comes when it is released. */
function heldPost(peer) {
  const { promise, resolve } = withResolvers();
  peer.http.answer = () => ({
    headers: { "content-type": "text/plain" },
    body: (async function* () {
      await promise;
      yield "answered";
    })(),
  });
  return { release: resolve };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
