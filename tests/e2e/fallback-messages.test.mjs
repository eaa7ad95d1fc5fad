// Messages over HTTP: whatever is sent and answered arrives as it was, and nothing is asked before.

import assert from "node:assert/strict";
import { fallback, openOnHttp, types } from "./harness/fallback.mjs";
import { silence } from "./harness/posts.mjs";

const texts = {
  ASCII: "hello",
  "a NUL": "\u0000 \u0000",
  "line ends": "a\r\nb\n\n",
  "a byte order mark": "\uFEFFhello",
  emoji: "👩‍👩‍👧‍👦 é 漢",
  JSON: '{"a":[1,2]}',
  "a long text": "0123456789é".repeat(20_000),
};

fallback("texts stay what they were, and nothing is asked before", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t);
  for (const [name, text] of Object.entries(texts)) {
    await socket.call("send", text);
    assert.equal((await socket.next("message")).data, text, name);
    assert.equal(peer.received.entries.at(-1), text, name);
    const { headers } = proxy.posts.at(-1);
    assert.equal(headers["content-type"], "text/plain;charset=UTF-8");
    assert.equal(headers.accept, "application/x-ndjson, */*");
  }
  assert.ok(proxy.requests.entries.every(({ method }) => method === "POST"));
});

fallback("lone surrogates become U+FFFD, as on a WebSocket", async (t) => {
  const socket = await openOnHttp(t);
  await socket.run((socket) => socket.send("a\uD800b\uDC00"));
  assert.equal((await socket.next("message")).data, "a\uFFFDb\uFFFD");
});

fallback("no heartbeat goes over HTTP, and silence there is no death", async (t) => {
  const { peer, proxy } = t;
  const heartbeat = { interval: 50, timeout: 50, message: "ping" };
  const socket = await openOnHttp(t, { poll: 100 }, { heartbeat });
  await proxy.requests.count(5);
  await socket.call("send", "hello");
  assert.equal((await socket.next("message")).data, "hello");
  assert.deepEqual(peer.received.entries, ["hello"]);
  assert.deepEqual(await types(socket), ["error", "close", "transportchange", "open"]);
});

fallback("an empty text arrives", async (t) => {
  const { peer } = t;
  const socket = await openOnHttp(t);
  await socket.call("send", "");
  await socket.call("send", "the next");
  await socket.next("message");
  assert.deepEqual(peer.received.entries, ["", "the next"]);
});

const binaries = {
  "an ArrayBuffer": () => new Uint8Array([0, 255, 10, 13]).buffer,
  "a view": () => new Uint8Array([9, 0, 255, 10, 13, 9]).subarray(1, 5),
  "a DataView": () => new DataView(new Uint8Array([9, 0, 255, 10, 13, 9]).buffer, 1, 4),
  "a Blob": () => new Blob([new Uint8Array([0, 255, 10, 13])]),
  "a Blob with a type": () => new Blob([new Uint8Array([0, 255, 10, 13])], { type: "audio/wav" }),
};

fallback("binary messages stay what they were, and nothing is asked before", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t);
  await socket.run((socket) => {
    socket.binaryType = "arraybuffer";
  });
  for (const [name, make] of Object.entries(binaries)) {
    await socket.run(`(socket) => void socket.send((${make})())`);
    assert.deepEqual((await socket.next("message")).bytes, [0, 255, 10, 13], name);
    assert.deepEqual([...peer.received.entries.at(-1)], [0, 255, 10, 13], name);
    assert.equal(proxy.posts.at(-1).headers["content-type"], undefined, name);
  }
  assert.ok(proxy.requests.entries.every(({ method }) => method === "POST"));
});

fallback("binaryType blob, also when it changes", async (t) => {
  const socket = await openOnHttp(t);
  const seen = await socket.run(async (socket) => {
    const answer = () =>
      new Promise((resolve) =>
        socket.addEventListener("message", ({ data }) => resolve(data), { once: true }),
      );
    const seen = [];
    for (const binaryType of ["blob", "arraybuffer", "blob"]) {
      socket.binaryType = binaryType;
      const data = answer();
      socket.send(new Uint8Array([1, 2]));
      const answered = await data;
      const bytes = answered instanceof Blob ? await answered.arrayBuffer() : answered;
      seen.push([answered.constructor.name, ...new Uint8Array(bytes)]);
    }
    return seen;
  });
  assert.deepEqual(seen, [
    ["Blob", 1, 2],
    ["ArrayBuffer", 1, 2],
    ["Blob", 1, 2],
  ]);
});

fallback("a message event is the platform's", async (t) => {
  const socket = await openOnHttp(t);
  const seen = await socket.run(
    (socket) =>
      new Promise((resolve) => {
        socket.onmessage = (event) => {
          const { data, origin, lastEventId, target } = event;
          resolve([event instanceof MessageEvent, data, origin, lastEventId, target === socket]);
        };
        socket.send("hello");
      }),
  );
  assert.deepEqual(seen, [true, "hello", new URL(t.proxy.url).origin, "", true]);
});

const kinds = {
  "text/plain": ["é漢👋\uFEFF"],
  "application/json": ['{"text":"é漢👋"}'],
  "application/problem+json": ['{"text":"é漢👋"}'],
  "application/x-ndjson": ['{"text":"é"}', '"漢"', '"👋"'],
};

for (const [type, messages] of Object.entries(kinds))
  fallback(`an answer split at every byte: ${type}`, async (t) => {
    const { proxy, peer } = t;
    const socket = await openOnHttp(t);
    // The last line may go without its end.
    peer.http.answer = () => ({ headers: { "content-type": type }, body: messages.join("\n") });
    proxy.http = "split";
    await socket.call("send", "ask");
    for (const message of messages) assert.equal((await socket.next("message")).data, message);
    peer.http.answer = () => ({ headers: { "content-type": "text/plain" }, body: "that was all" });
    await socket.call("send", "ask");
    assert.equal((await socket.next("message")).data, "that was all");
  });

fallback("lines arrive as they come, and each starts the timeout anew", async (t) => {
  const { peer } = t;
  const socket = await openOnHttp(t, {}, { connectionTimeout: 1000 });
  let next;
  const heard = () => new Promise((resolve) => (next = resolve));
  peer.http.answer = () => ({
    headers: { "content-type": "application/x-ndjson" },
    body: (async function* () {
      // Each line is written when the page has heard the one before it.
      for (let line = 0; line < 5; line++) {
        const answered = heard();
        yield `{"line":${line}}\n`;
        await answered;
      }
    })(),
  });
  await socket.call("send", "ask");
  for (let line = 0; line < 5; line++) {
    assert.equal((await socket.next("message")).data, `{"line":${line}}`);
    assert.equal(await socket.get("bufferedAmount"), 3, "still in flight");
    next();
  }
  peer.http.answer = () => ({});
  assert.deepEqual((await socket.events()).filter(({ type }) => type === "error").length, 1);
});

fallback("a stream whose lines stop is given up, and the message was delivered", async (t) => {
  const { peer } = t;
  const socket = await openOnHttp(t, {}, { connectionTimeout: 500 });
  peer.http.answer = () => ({
    headers: { "content-type": "application/x-ndjson" },
    body: (async function* () {
      yield "1\n2";
      await new Promise(() => {});
    })(),
  });
  await socket.call("send", "ask");
  assert.equal((await socket.next("message")).data, "1");
  const { error } = await socket.next("error");
  assert.equal(error.kind, "timeout");
  peer.http.answer = () => ({ headers: { "content-type": "text/plain" }, body: "next" });
  await socket.call("send", "ask again");
  assert.equal((await socket.next("message")).data, "next");
  assert.deepEqual(peer.received.entries, ["ask", "ask again"]);
});

fallback("no answer is no message", async (t) => {
  const { peer } = t;
  const socket = await openOnHttp(t);
  const answers = [
    { status: 204 },
    { status: 200, body: "" },
    { status: 200, headers: { "content-type": "application/json" }, body: "" },
    { status: 202, headers: { "content-type": "text/plain" }, body: "said" },
  ];
  peer.http.answer = () => answers.shift();
  for (let count = 0; count < 4; count++) await socket.call("send", "ask");
  assert.equal((await socket.next("message")).data, "said");
  assert.equal((await socket.call("stats")).messagesReceived, 1);
});

fallback("send() and bufferedAmount tell what waits and what is in flight", async (t) => {
  const { proxy } = t;
  const socket = await openOnHttp(t);
  proxy.http = "hang";
  const seen = await socket.run((socket) => [
    socket.bufferedAmount,
    socket.send("€"),
    socket.send(new Uint8Array(10)),
    socket.bufferedAmount,
    socket.stats().queued,
  ]);
  assert.deepEqual(seen.slice(0, 4), [0, true, false, 13]);
  await socket.call("close");
});

fallback("one request at a time, in order", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t);
  let live = 0;
  proxy.http = () => {
    live = Math.max(live, proxy.live.length);
    return "pass";
  };
  const sent = Array.from({ length: 30 }, (_, number) => `${number}`);
  await socket.run((socket, sent) => sent.forEach((text) => void socket.send(text)), sent);
  assert.deepEqual(await peer.received.count(30), sent);
  for (const text of sent) assert.equal((await socket.next("message")).data, text);
  const { messagesSent, messagesReceived, roundTripTime } = await socket.call("stats");
  assert.deepEqual([messagesSent, messagesReceived], [30, 30]);
  assert.ok(roundTripTime > 0 && roundTripTime < 5000, roundTripTime);
  assert.ok(live <= 2, `${live} at once`);
});

for (const [overflow, arrived, dropped] of [
  ["drop-newest", ["in flight", "1", "2"], 3],
  ["drop-oldest", ["in flight", "4", "5"], 3],
  ["error", ["in flight", "1", "2"], 0],
])
  fallback(`the limits hold while a request hangs: ${overflow}`, async (t) => {
    const { proxy, peer } = t;
    for (const limit of [{ maxEnqueuedMessages: 3 }, { maxEnqueuedBytes: 11 }]) {
      const before = peer.received.entries.length;
      // Or the check would be answered like the messages before it, by one message more.
      peer.http.answer = silence;
      const socket = await openOnHttp(t, {}, { ...limit, overflow });
      let release;
      const released = new Promise((resolve) => {
        release = resolve;
      });
      peer.http.answer = () => ({
        headers: { "content-type": "text/plain" },
        body: (async function* () {
          await released;
          yield "answer";
        })(),
      });
      const thrown = await socket.run((socket) => {
        const thrown = [];
        for (const text of ["in flight", "1", "2", "3", "4", "5"]) {
          try {
            socket.send(text);
          } catch (error) {
            thrown.push(error.name);
          }
        }
        return thrown;
      });
      assert.deepEqual(thrown, overflow === "error" ? Array(3).fill("QuotaExceededError") : []);
      assert.equal(await socket.get("bufferedAmount"), 11);
      assert.equal((await socket.call("stats")).dropped, dropped);
      release();
      await peer.received.count(before + 3);
      assert.deepEqual(peer.received.entries.slice(before), arrived);
      for (let answers = 0; answers < 3; answers++) await socket.next("message");
      assert.equal(await socket.get("bufferedAmount"), 0);
      assert.equal(proxy.webSocket, 503);
    }
  });

fallback("what waits too long behind a request that hangs expires", async (t) => {
  const { proxy } = t;
  const socket = await openOnHttp(t, {}, { messageTtl: 200 });
  proxy.http = "hang";
  await socket.call("send", "in flight");
  await socket.call("send", "waits");
  assert.deepEqual((await socket.next("dropped")).detail, { count: 1, cause: "expired" });
  assert.equal(await socket.get("bufferedAmount"), 9);
});
