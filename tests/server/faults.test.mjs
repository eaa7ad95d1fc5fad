// What is broken on purpose breaks as announced.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, test } from "node:test";
import { start, until } from "./server.mjs";

let server;
before(async () => {
  server = await start(["--faults"]);
});
beforeEach(async () => {
  await server.fault("handshake?mode=none");
  await server.fault("http?mode=none");
});
after(() => server.stop());

test("without --faults there are none", async (t) => {
  const plain = await start();
  t.after(() => plain.stop());
  assert.equal((await plain.fetch("/faults")).status, 404);
  assert.equal((await plain.fetch("/faults/drop", { method: "POST" })).status, 404);
  await assert.rejects(plain.open("/faults/ws/echo"), { status: 404 });
});

test("echo gives back text and bytes, and takes the first subprotocol", async () => {
  const client = await server.open("/faults/ws/echo", { protocols: ["second.v2", "first.v1"] });
  assert.equal(client.protocol, "second.v2");
  for (const message of ["text", "", "grüße", Buffer.from([0, 255]), Buffer.alloc(500_000, 7)]) {
    client.send(message);
    assert.deepEqual(await client.next(), message);
  }
  client.close(1000);
  await client.closed;
});

test("hang never answers the handshake", async () => {
  const client = server.ws("/faults/ws/hang", { handshakeTimeout: 300 });
  await assert.rejects(client.opened, /timed out/);
});

test("status answers with that status", async () => {
  for (const status of [200, 301, 401, 403, 404, 429, 500, 503]) {
    await assert.rejects(server.open(`/faults/ws/status/${status}`), { status });
  }
  for (const nonsense of [100, 101, 99, "x"]) {
    await assert.rejects(server.open(`/faults/ws/status/${nonsense}`), { status: 400 });
  }
});

test("refuse resets without an answer", async () => {
  await assert.rejects(server.open("/faults/ws/refuse"), /read ECONNRESET/);
});

test("mute opens, and then says nothing to anything", async () => {
  const client = await server.open("/faults/ws/mute");
  let heard = 0;
  for (const event of ["message", "ping", "pong", "close"]) client.on(event, () => heard++);
  client.ping();
  client.sendJson({ type: "ping" });
  client.send(Buffer.alloc(900_000));
  client.close();
  // Others are served meanwhile.
  for (let count = 0; count < 20; count++) await server.health();
  assert.equal(heard, 0);
  client.terminate();
  await until(async () => !("/faults/ws/mute" in (await server.health()).connections));
});

test("drop resets after a while", async () => {
  const started = Date.now();
  const client = await server.open("/faults/ws/drop?after=150");
  const reset = once(client._socket, "error");
  assert.deepEqual(await client.closed, { code: 1006, reason: "" });
  assert.ok(Date.now() - started >= 150);
  assert.equal((await reset)[0].code, "ECONNRESET");
  assert.equal((await (await server.open("/faults/ws/drop")).closed).code, 1006);
});

test("close closes with that code and reason", async () => {
  const codes = [1000, 1001, 1008, 1011, 1012, 1013, 3000, 4001, 4401, 4999];
  for (const code of codes) {
    const client = await server.open(`/faults/ws/close?code=${code}&reason=bye%20now`);
    assert.deepEqual(await client.closed, { code, reason: "bye now" });
  }
  const client = await server.open("/faults/ws/close?after=20");
  assert.deepEqual(await client.closed, { code: 1000, reason: "" });
  for (const code of [0, 999, 1005, 1006, 1015, 2000, 5000]) {
    await assert.rejects(server.open(`/faults/ws/close?code=${code}`), { status: 400 });
  }
});

test("the state is told", async () => {
  const state = await (await server.fetch("/faults")).json();
  assert.deepEqual(state.handshake, { mode: "none", remaining: null });
  assert.deepEqual(state.http, { mode: "none", remaining: null });
  assert.equal(state.muted, 0);
  assert.equal(state.connections["/ws"], 0);
});

test("handshakes outside /faults are answered as told, until told otherwise", async () => {
  const { handshake } = await server.fault("handshake?mode=500");
  assert.deepEqual(handshake, { mode: "500", remaining: null });
  for (const path of ["/ws", "/ws/logs"]) await assert.rejects(server.open(path), { status: 500 });
  await server.fault("handshake?mode=refuse");
  await assert.rejects(server.open("/ws"), { code: "ECONNRESET" });
  await server.fault("handshake?mode=hang");
  await assert.rejects(server.ws("/ws", { handshakeTimeout: 200 }).opened, /timed out/);
  await server.open("/faults/ws/echo");
  assert.equal((await server.health()).status, "ok");
  await server.fault("handshake?mode=none");
  await server.open("/ws");
});

test("a handshake fault may end by itself", async () => {
  const { handshake } = await server.fault("handshake?mode=500&for=1000");
  assert.ok(handshake.remaining > 0 && handshake.remaining <= 1000);
  await assert.rejects(server.open("/ws"), { status: 500 });
  await until(
    () =>
      server.open("/ws").then(
        () => true,
        () => false,
      ),
    "the handshake works again",
  );
});

test("WebSocket is blocked, and HTTP goes on", async () => {
  const live = await server.open("/ws");
  await server.fault("handshake?mode=refuse");
  await server.fault("drop");
  assert.equal((await live.closed).code, 1006);
  await assert.rejects(server.open("/ws"), { code: "ECONNRESET" });
  for (const path of ["/ws", "/api/translate"]) {
    assert.equal((await server.fetch(path, { method: "HEAD" })).status, 204);
    assert.equal((await ping(path)).status, 200);
  }
  const state = await (await server.fetch("/faults")).json();
  assert.deepEqual(state.handshake, { mode: "refuse", remaining: null });
  assert.deepEqual(state.http, { mode: "none", remaining: null });
  assert.equal(state.connections["/ws"], 0);
});

test("messages by HTTP are answered as told, and WebSocket goes on", async () => {
  const live = await server.open("/ws");
  for (const path of ["/ws", "/api/translate"]) {
    for (const status of [500, 503]) {
      assert.equal((await server.fault(`http?mode=${status}`)).http.mode, String(status));
      const answer = await ping(path);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("retry-after"), status === 503 ? "1" : null);
      assert.equal((await answer.json()).type, "error");
    }
    await server.fault("http?mode=refuse");
    await assert.rejects(ping(path), ({ cause }) => /reset|closed/i.test(cause.message));
    await assert.rejects(server.fetch(path, { method: "HEAD" }));
    await server.fault("http?mode=hang");
    await assert.rejects(ping(path, AbortSignal.timeout(200)), { name: "TimeoutError" });
    assert.equal((await server.fetch(path, { method: "OPTIONS" })).status, 204);
    await (await server.open("/ws")).settled();
  }
  await live.settled();
  await server.fault("http?mode=none");
  assert.equal((await ping("/ws")).status, 200);
});

test("a lost answer is to something that was carried out", async () => {
  const live = await server.open("/ws");
  await server.fault("http?mode=lose");
  assert.equal((await server.fetch("/ws", { method: "HEAD" })).status, 204);
  const body = '{"type":"chat","text":"lost"}';
  await assert.rejects(server.fetch("/ws", { method: "POST", body }));
  assert.equal((await live.json("chat")).text, "lost");
});

test("no connection is kept, so that no browser repeats what broke", async (t) => {
  const plain = await start();
  t.after(() => plain.stop());
  for (const path of ["/health", "/ws", "/"]) {
    const method = path === "/ws" ? "POST" : "GET";
    const [here, there] = [
      await server.fetch(path, { method }),
      await plain.fetch(path, { method }),
    ];
    assert.equal(here.headers.get("connection"), "close");
    assert.notEqual(there.headers.get("connection"), "close");
  }
});

test("an HTTP fault may end by itself", async () => {
  const { http } = await server.fault("http?mode=500&for=1000");
  assert.ok(http.remaining > 0 && http.remaining <= 1000);
  assert.equal((await ping("/ws")).status, 500);
  await until(async () => (await ping("/ws")).status === 200, "HTTP works again");
});

test("live connections are dropped, all or those of one endpoint", async () => {
  const [chat, video] = [await server.open("/ws"), await server.open("/ws/video")];
  await server.fault("drop?endpoint=/ws");
  assert.equal((await chat.closed).code, 1006);
  await video.settled();
  await server.fault("drop");
  assert.equal((await video.closed).code, 1006);
  await server.open("/ws");
});

test("live connections are closed with a code, all or those of one endpoint", async () => {
  const [chat, echo] = [await server.open("/ws"), await server.open("/faults/ws/echo")];
  await server.fault("close?code=4010&reason=so%20there&endpoint=/ws");
  assert.deepEqual(await chat.closed, { code: 4010, reason: "so there" });
  await server.fault("close");
  assert.equal((await echo.closed).code, 1000);
  assert.equal((await server.fetch("/faults/close?code=1006", { method: "POST" })).status, 400);
});

test("live connections are muted for a while, and lose nothing", async () => {
  const [chat, other] = [await server.open("/ws"), await server.open("/ws/video")];
  await chat.settled();
  const started = Date.now();
  const { muted } = await server.fault("mute?for=1500&endpoint=/ws");
  assert.equal(muted, 1);
  const answer = chat.settled();
  await other.settled();
  assert.ok(Date.now() - started < 1500, "others are not muted");
  await answer;
  assert.ok(Date.now() - started >= 1500, "the muted one was");
  assert.equal((await (await server.fetch("/faults")).json()).muted, 0);
});

test("a mute can be ended, and a muted connection dropped", async () => {
  const [first, second] = [await server.open("/ws"), await server.open("/ws/pico")];
  await server.fault("mute?for=60000");
  const answer = first.settled();
  await server.fault("mute?for=0&endpoint=/ws");
  await answer;
  await server.fault("drop?endpoint=/ws/pico");
  assert.equal((await second.closed).code, 1006);
});

test("faults are no errors of the server", async () => {
  await server.fault("drop");
  await until(async () => (await server.health()).total === 0);
  assert.equal((await server.health()).errors, 0);
});

test("questions that make no sense are refused", async () => {
  for (const path of [
    "handshake",
    "handshake?mode=odd",
    "handshake?mode=lose",
    "http",
    "http?mode=odd",
    "mute",
    "mute?for=x",
    "restart?down=-1",
  ]) {
    assert.equal((await server.fetch(`/faults/${path}`, { method: "POST" })).status, 400, path);
  }
});

function ping(path, signal) {
  return server.fetch(path, { method: "POST", body: '{"type":"ping"}', signal });
}
