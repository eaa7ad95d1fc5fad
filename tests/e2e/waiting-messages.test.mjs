// What is sent while nothing is open: it waits, leaves in order, or is dropped as the options say.

import assert from "node:assert/strict";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

e2e("send() tells whether it was sent, bufferedAmount what waits", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url) => {
      const socket = new Everline.ReconnectingWebSocket(url);
      globalThis.early = [socket.bufferedAmount, socket.send("€é"), socket.bufferedAmount];
      early.push(socket.send(new Uint8Array(10)), socket.send(new Blob(["abc"])));
      early.push(socket.bufferedAmount, socket.stats().queued, socket.stats().queuedBytes);
      return socket;
    },
    peer.url,
  );
  assert.deepEqual(await page.evaluate(() => early), [0, false, 5, false, false, 18, 3, 18]);
  await socket.next("open");
  assert.equal(await socket.call("send", "now"), true);
  const { messages } = await peer.connection();
  const [text, bytes, blob, now] = await messages.count(4);
  assert.deepEqual([text, bytes.length, blob.toString(), now], ["€é", 10, "abc", "now"]);
  for (let count = 0; count < 4; count++) await socket.next("message");
  assert.deepEqual(
    await socket.run((socket) => [socket.bufferedAmount, socket.stats().queued]),
    [0, 0],
  );
});

e2e("1,000 messages of every kind cross a loss in order", async ({ page, peer }) => {
  peer.echo = false;
  const socket = await openSocket(page, peer.url, [], soon);
  await socket.next("open");
  await socket.call("send", "before");
  const before = await peer.connection();
  await before.messages.next();
  await peer.stop();
  await socket.next("close");
  const sent = await socket.run((socket) => {
    const results = [];
    for (let number = 0; number < 1000; number++) {
      const text = `message ${number}`;
      const kinds = [text, new TextEncoder().encode(text), new Blob([text])];
      results.push(socket.send(kinds[number % 3]));
    }
    return results;
  });
  assert.deepEqual(new Set(sent), new Set([false]));
  await peer.start();
  await socket.next("open");
  const { messages } = await peer.connection();
  const arrived = (await messages.count(1000)).map(String);
  assert.deepEqual(
    arrived,
    Array.from({ length: 1000 }, (_, number) => `message ${number}`),
  );
});

e2e("a buffer that changes while it waits is sent as it was", async ({ page, peer }) => {
  peer.echo = false;
  await adoptSocket(
    page,
    (url) => {
      const socket = new Everline.ReconnectingWebSocket(url);
      const bytes = new Uint8Array([1, 2, 3, 4]);
      socket.send(bytes);
      socket.send(bytes.buffer);
      socket.send(bytes.subarray(1, 3));
      bytes.fill(9);
      return socket;
    },
    peer.url,
  );
  const { messages } = await peer.connection();
  const arrived = (await messages.count(3)).map((bytes) => [...bytes]);
  assert.deepEqual(arrived, [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [2, 3],
  ]);
});

for (const [flush, expected] of [
  ["before-open", ["waited 1", "waited 2", "in open", "later"]],
  ["after-open", ["in open", "waited 1", "waited 2", "later"]],
  ["manual", ["in open", "later"]],
])
  e2e(`flush "${flush}"`, async ({ page, peer }) => {
    peer.echo = false;
    const socket = await adoptSocket(
      page,
      (url, flush) => {
        const socket = new Everline.ReconnectingWebSocket(url, [], { flush });
        socket.addEventListener("open", () => socket.send("in open"));
        socket.send("waited 1");
        socket.send("waited 2");
        return socket;
      },
      peer.url,
      flush,
    );
    await socket.next("open");
    await socket.call("send", "later");
    const { messages } = await peer.connection();
    assert.deepEqual(await messages.count(expected.length), expected);
    const left = await socket.run((socket) => [
      socket.stats().queued,
      socket.drainQueuedMessages(),
      socket.stats().queued,
    ]);
    const waiting = flush === "manual" ? ["waited 1", "waited 2"] : [];
    assert.deepEqual(left, [waiting.length, waiting, 0]);
  });

e2e("drainQueuedMessages() takes back what waits, and it is not sent", async ({ page, peer }) => {
  peer.echo = false;
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], soon);
  await socket.next("reconnecting");
  const drained = await socket.run((socket) => {
    socket.send("text");
    socket.send(new Uint8Array([1, 2]));
    const messages = socket.drainQueuedMessages();
    return [messages[0], [...new Uint8Array(messages[1])], messages.length, socket.bufferedAmount];
  });
  assert.deepEqual(drained, ["text", [1, 2], 2, 0]);
  await socket.call("send", "kept");
  peer.handshake = "accept";
  const { messages } = await peer.connection();
  assert.deepEqual(await messages.count(1), ["kept"]);
});

for (const [overflow, expected, dropped] of [
  ["drop-newest", ["1", "2", "3"], 2],
  ["drop-oldest", ["3", "4", "5"], 2],
  ["error", ["1", "2", "3"], 0],
])
  e2e(`overflow "${overflow}", by number and by bytes`, async ({ page, peer }) => {
    peer.echo = false;
    const fill = (url, limit, overflow) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], { ...limit, overflow });
      globalThis.thrown = [];
      for (const message of ["1", "2", "3", "4", "5"]) {
        try {
          socket.send(message);
        } catch (error) {
          thrown.push(`${error instanceof DOMException} ${error.name}`);
        }
      }
      return socket;
    };
    for (const limit of [{ maxEnqueuedMessages: 3 }, { maxEnqueuedBytes: 3 }]) {
      const socket = await adoptSocket(page, fill, peer.url, limit, overflow);
      const thrown = overflow === "error" ? Array(2).fill("true QuotaExceededError") : [];
      assert.deepEqual(await page.evaluate(() => globalThis.thrown), thrown);
      // They are dropped before anybody can listen in the page's next task.
      assert.equal((await socket.call("stats")).dropped, dropped);
      const { messages } = await peer.connection();
      assert.deepEqual(await messages.count(3), expected);
    }
  });

e2e("what overflows is told by `dropped`", async ({ page, peer }) => {
  peer.handshake = 503;
  const options = { ...soon, maxEnqueuedBytes: 10, overflow: "drop-oldest" };
  const socket = await openSocket(page, peer.url, [], options);
  await socket.next("close");
  await socket.run((socket) => {
    for (let count = 0; count < 5; count++) socket.send("xx");
    socket.send("12345678");
  });
  const { detail } = await socket.next("dropped");
  assert.deepEqual(detail, { count: 4, cause: "overflow" });
  assert.equal((await socket.call("stats")).queuedBytes, 10);
});

e2e("messageTtl: what waits too long is dropped, and told", async ({ page, peer }) => {
  peer.echo = false;
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], { ...soon, messageTtl: 200 });
  await socket.next("close");
  await socket.call("send", "stale 1");
  await socket.call("send", "stale 2");
  let count = 0;
  while (count < 2) {
    const { detail } = await socket.next("dropped");
    assert.equal(detail.cause, "expired");
    count += detail.count;
  }
  const { dropped, queued } = await socket.call("stats");
  assert.deepEqual([dropped, queued], [2, 0]);
  peer.handshake = "accept";
  await socket.next("open");
  await socket.call("send", "fresh");
  const { messages } = await peer.connection();
  assert.deepEqual(await messages.count(1), ["fresh"]);
});

e2e("maxEnqueuedMessages 0: send() is the platform's", async ({ page, peer }) => {
  const options = { ...soon, maxEnqueuedMessages: 0 };
  const socket = await adoptSocket(
    page,
    (url, options) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], options);
      try {
        socket.send("too early");
      } catch (error) {
        globalThis.thrown = `${error instanceof DOMException} ${error.name}`;
      }
      return socket;
    },
    peer.url,
    options,
  );
  assert.equal(await page.evaluate(() => thrown), "true InvalidStateError");
  await socket.next("open");
  const returned = await socket.run((socket) => typeof socket.send("now"));
  assert.equal(returned, "undefined");
  const connection = await peer.connection();
  assert.deepEqual(await connection.messages.count(1), ["now"]);
  connection.close(1012);
  await socket.run(
    (socket) =>
      new Promise((resolve) => {
        if (socket.readyState === 3) resolve(socket.send("lost"));
        socket.addEventListener("close", () => resolve(socket.send("lost")));
      }),
  );
  await socket.next("close");
  await socket.next("open");
  await socket.call("send", "again");
  const { messages } = await peer.connection();
  assert.deepEqual(await messages.count(1), ["again"]);
  assert.deepEqual((await socket.call("stats")).dropped, 0);
});

e2e("what waits survives close() until reconnect()", async ({ page, peer }) => {
  peer.echo = false;
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.call("close");
  await socket.next("close");
  assert.equal(await socket.call("send", "for later"), false);
  await socket.call("reconnect");
  const [, { messages }] = await peer.connections.count(2);
  assert.deepEqual(await messages.count(1), ["for later"]);
});
