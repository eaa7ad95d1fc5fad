// What bounds a session: the window, the outbox behind it, and the largest message.

import assert from "node:assert/strict";
import { control, greeted, messagesOn, scripted } from "./harness/scripted.mjs";
import { heard, posts, sendAll, session } from "./harness/session.mjs";

const kB = "x".repeat(1000);

for (const [whose, window, win] of [
  ["the page's", 3500, 1 << 20],
  ["the server's", 1 << 20, 3500],
])
  scripted(`${whose} window is full: the rest waits for an ack`, async ({ peer, open }) => {
    const socket = await open({ window });
    const { connection } = await greeted(peer, { win });
    await socket.next("open");
    const accepted = await sendAll(socket, [kB, kB, kB, kB, kB]);
    assert.deepEqual(accepted, [true, true, true, false, false]);
    const { bufferedAmount, queued } = await socket.run((socket) => ({
      bufferedAmount: socket.bufferedAmount,
      queued: socket.stats().queued,
    }));
    assert.deepEqual([bufferedAmount, queued], [5000, 2]);
    connection.send("proof that it was read");
    await socket.next("message");
    assert.equal(messagesOn(connection).length, 3);
    connection.send(control("a", 1));
    await connection.messages.count(5);
    assert.equal(messagesOn(connection).length, 4);
    connection.send(control("a", 4));
    await connection.messages.count(6);
  });

scripted("one message is always allowed, however large", async ({ peer, open }) => {
  const socket = await open({ window: 10 });
  const { connection } = await greeted(peer);
  await socket.next("open");
  assert.deepEqual(await sendAll(socket, [kB, "waits"]), [true, false]);
  await connection.messages.count(2);
  connection.send(control("a", 1));
  await connection.messages.count(3);
  assert.deepEqual(messagesOn(connection), [kB, "waits"]);
});

for (const [overflow, arrived] of [
  ["drop-oldest", ["1", "2", "5", "6"]],
  ["drop-newest", ["1", "2", "3", "4"]],
])
  scripted(`a full window and ${overflow}: only what has no number`, async ({ peer, open }) => {
    const socket = await open({ window: 150 }, { overflow, maxEnqueuedMessages: 2 });
    const { connection } = await greeted(peer);
    await socket.next("open");
    await sendAll(socket, ["1", "2", "3", "4", "5", "6"]);
    for (let dropped = 0; dropped < 2; ) {
      const { detail } = await socket.next("dropped");
      assert.equal(detail.cause, "overflow");
      dropped += detail.count;
    }
    connection.terminate();
    const again = await greeted(peer, { recv: 1 });
    again.connection.send(control("a", 2));
    await again.connection.messages.count(4);
    assert.deepEqual(
      [...messagesOn(connection).slice(0, 1), ...messagesOn(again.connection)],
      arrived,
    );
  });

scripted("above `max` send() throws, and nothing has a number", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer, { max: 10 });
  await socket.next("open");
  const thrown = await socket.run((socket) =>
    ["x".repeat(11), "€".repeat(4), new Uint8Array(11), new Blob(["x".repeat(11)])].map(
      (message) => {
        try {
          return socket.send(message);
        } catch (error) {
          return error.constructor.name;
        }
      },
    ),
  );
  assert.deepEqual(thrown, Array(4).fill("RangeError"));
  await sendAll(socket, ["x".repeat(10)]);
  await connection.messages.count(2);
  assert.deepEqual(messagesOn(connection), ["x".repeat(10)]);
  assert.equal(await socket.get("bufferedAmount"), 10);
});

scripted("what is above `max` and waited for the welcome is dropped", async ({ peer, open }) => {
  const socket = await open();
  await sendAll(socket, ["1", "x".repeat(11), "2"]);
  const { connection } = await greeted(peer, { max: 10 });
  assert.deepEqual((await socket.next("dropped")).detail, { count: 1, cause: "rejected" });
  await connection.messages.count(3);
  assert.deepEqual(messagesOn(connection), ["1", "2"]);
});

session(
  "a window full of messages by HTTP, one batch after the other",
  async ({ proxy, open }) => {
    proxy.webSocket = 503;
    const socket = await open();
    const texts = Array.from({ length: 100 }, (_, number) => `${number}`.padEnd(1000));
    await sendAll(socket, texts);
    assert.deepEqual(await heard(socket, 100), texts);
    const largest = Math.max(...posts(proxy, "send").map(({ body }) => body.length));
    assert.ok(largest < 11_000, `${largest} bytes`);
  },
  ["--session-window", "10000"],
);
