// close() in every state: one `close` event, nothing more is asked, and nothing stays connected
// (which `fallback` looks at in the end).

import assert from "node:assert/strict";
import { againOnHttp, atPeace, fallback, openOnHttp, types, wake } from "./harness/fallback.mjs";
import { openSocket } from "./harness/socket.mjs";
import { timePasses } from "./harness/time.mjs";

const hungPost = ({ method }) => (method === "POST" ? "hang" : "pass");

// Each brings a socket into a state; `last` are the events with which close() ends it, and
// `dropped` how many messages it reports.
const states = {
  "while the WebSocket connects": {
    into: async ({ proxy, open }) => {
      proxy.webSocket = "hang";
      const socket = await open();
      await proxy.upgrades.count(1);
      return socket;
    },
    last: ["error", "close"],
    close: { code: 1006, wasClean: false },
  },
  "between two attempts": {
    into: async ({ proxy, open }) => {
      proxy.webSocket = 503;
      proxy.http = "refuse";
      const socket = await open({}, { minReconnectionDelay: 5000, maxReconnectionDelay: 5000 });
      await socket.next("reconnecting");
      return socket;
    },
  },
  "while a HEAD of the check hangs": {
    into: async ({ proxy, open }) => {
      proxy.webSocket = 503;
      proxy.http = "hang";
      const socket = await open({}, {}, "kept");
      await socket.next("close");
      await proxy.request("HEAD");
      return socket;
    },
    queued: 1,
  },
  "while an empty POST of the check hangs": {
    into: async ({ proxy, open }) => {
      proxy.webSocket = 503;
      proxy.http = "hang";
      const socket = await open();
      await socket.next("close");
      await proxy.request("POST");
      return socket;
    },
  },
  "while a message in the check hangs": {
    into: async ({ proxy, open }) => {
      proxy.webSocket = 503;
      proxy.http = hungPost;
      const socket = await open({}, {}, "unconfirmed");
      await socket.next("close");
      await proxy.request("POST");
      return socket;
    },
    dropped: 1,
  },
  "on HTTP": { into: openOnHttp },
  "on HTTP, with a POST that hangs": {
    into: async (t) => {
      const socket = await openOnHttp(t);
      t.proxy.http = "hang";
      await socket.call("send", "unconfirmed");
      await socket.call("send", "kept");
      await t.proxy.requests.count(2);
      return socket;
    },
    dropped: 1,
    queued: 1,
  },
  "on HTTP, with a POST that hangs, idempotent": {
    into: async (t) => {
      const socket = await openOnHttp(t, { idempotent: true });
      t.proxy.http = hungPost;
      await socket.call("send", "kept");
      await t.proxy.requests.next(({ body }) => body.length > 0);
      return socket;
    },
    queued: 1,
  },
  "on HTTP, with an answer that has begun": {
    into: async (t) => {
      const socket = await openOnHttp(t);
      t.peer.http.answer = beginning;
      await socket.call("send", "delivered");
      await socket.next("message");
      return socket;
    },
  },
  "while HTTP waits to repeat": {
    into: async (t) => {
      const socket = await openOnHttp(t);
      t.proxy.http = { status: 503, headers: { "retry-after": "60" } };
      await socket.call("send", "kept");
      assert.equal((await socket.next("error")).error.status, 503);
      return socket;
    },
    queued: 1,
  },
  "while a background attempt hangs": {
    into: async (t) => {
      const socket = await openOnHttp(t);
      t.proxy.webSocket = "hang";
      await wake(t.page);
      await t.proxy.upgrades.count(2);
      return socket;
    },
  },
  "while a WebSocket is on proof": {
    into: async (t) => {
      t.peer.echo = false;
      const socket = await openOnHttp(t);
      t.proxy.webSocket = "pass";
      await wake(t.page);
      await t.peer.connection();
      return socket;
    },
  },
  "between the proof and the end of a POST": {
    into: async (t) => {
      t.peer.echo = false;
      const socket = await openOnHttp(t);
      t.proxy.http = "hang";
      await socket.call("send", "unconfirmed");
      await t.proxy.requests.count(2);
      t.proxy.webSocket = "pass";
      await wake(t.page);
      (await t.peer.connection()).send("welcome");
      await socket.next("message");
      return socket;
    },
    dropped: 1,
  },
};

for (const [name, { into, last = ["close"], dropped = 0, queued = 0, close }] of Object.entries(
  states,
))
  fallback(`close() ${name}`, async (t) => {
    const { page, proxy } = t;
    const socket = await into(t);
    const before = (await types(socket)).length;
    const requests = proxy.requests.entries.length;
    const upgrades = proxy.upgrades.entries.length;
    const atOnce = await socket.run((socket) => {
      socket.close(4002, "enough");
      socket.close(4003, "too late");
      return [socket.readyState, socket.status];
    });
    assert.deepEqual(atOnce, [2, "closing"]);
    const { code, reason, wasClean, readyState, status, transport } = await socket.next("close");
    const expected = close ?? { code: 4002, wasClean: true };
    assert.deepEqual({ code, wasClean }, expected);
    if (code === 4002) assert.equal(reason, "enough");
    assert.deepEqual([readyState, status, transport], [3, "closed", null]);
    await atPeace(proxy);
    await timePasses(page);
    await wake(page);
    const after = await openSocket(page, `${t.peer.url}after`);
    await after.next("open");
    const events = (await types(socket)).slice(before);
    assert.deepEqual(
      events.filter((type) => type !== "dropped"),
      last,
    );
    const told = (await socket.events()).filter(({ type }) => type === "dropped");
    const count = dropped ? [{ count: dropped, cause: "unconfirmed" }] : [];
    assert.deepEqual(
      told.map(({ detail }) => detail),
      count,
    );
    assert.equal((await socket.call("stats")).queued, queued);
    assert.equal((await socket.call("drainQueuedMessages")).length, queued);
    assert.equal(proxy.requests.entries.length, requests);
    assert.equal(proxy.upgrades.entries.length, upgrades);
  });

fallback("close() aborts the request, which the server sees", async (t) => {
  const { peer } = t;
  const socket = await openOnHttp(t);
  peer.http.answer = beginning;
  await socket.call("send", "ask");
  await socket.next("message");
  await socket.call("close");
  await peer.http.requests.entries.at(-1).aborted;
});

fallback("reconnect() on HTTP is a WebSocket again", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t);
  proxy.http = "hang";
  await socket.call("send", "unconfirmed");
  await socket.call("send", "kept");
  await proxy.requests.count(2);
  proxy.webSocket = "pass";
  await socket.call("reconnect");
  await socket.next("open");
  assert.equal(await socket.get("transport"), "websocket");
  assert.deepEqual(await peer.received.count(1), ["kept"]);
  const dropped = (await socket.events()).filter(({ type }) => type === "dropped");
  assert.deepEqual(
    dropped.map(({ detail }) => detail),
    [{ count: 1, cause: "unconfirmed" }],
  );
});

fallback("reconnect() after close() on HTTP falls again", async (t) => {
  const socket = await openOnHttp(t);
  await socket.call("close");
  await socket.next("close");
  await socket.call("reconnect");
  await againOnHttp(socket);
});

/** An answer of which only one line comes. */
function beginning() {
  return {
    headers: { "content-type": "application/x-ndjson" },
    body: (async function* () {
      yield "1\n";
      await new Promise(() => {});
    })(),
  };
}
