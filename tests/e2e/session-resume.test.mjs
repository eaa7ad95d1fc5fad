// A session's carrier is lost, and the next goes on: nothing is missing, nothing comes twice.

import assert from "node:assert/strict";
import { types } from "./harness/fallback.mjs";
import { numbered, startSending, stopSending } from "./harness/numbers.mjs";
import { control, greeted, messagesOn, said, scripted } from "./harness/scripted.mjs";
import { heard, sendAll, session } from "./harness/session.mjs";

scripted("each side repeats what the other does not have", async ({ peer, open }) => {
  const socket = await open();
  const first = await greeted(peer);
  await socket.next("open");
  await sendAll(socket, ["one", "two", "three"]);
  await first.connection.messages.count(4);
  first.connection.send("A");
  first.connection.send("B");
  assert.equal((await socket.next("message")).data, "A");
  assert.equal((await socket.next("message")).data, "B");
  first.connection.terminate();
  assert.equal((await socket.next("close")).code, 1006);
  await sendAll(socket, ["four"]);
  const { connection, hello } = await greeted(peer, { recv: 2, seq: 2 });
  const { id, key, att } = first.hello;
  assert.deepEqual(hello, { v: 1, id, key, recv: 2, att: hello.att, mode: "ws" });
  assert.ok(hello.att > att);
  connection.send("B");
  connection.send("C");
  assert.equal((await socket.next("message")).data, "C");
  await connection.messages.count(3);
  assert.deepEqual(messagesOn(connection), ["three", "four"]);
  const { replayed, duplicates, messagesReceived } = await socket.call("stats");
  assert.deepEqual([replayed, duplicates, messagesReceived], [1, 1, 3]);
});

scripted("the server says which message is the next", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer);
  await socket.next("open");
  for (const text of ["1", "2"]) connection.send(text);
  connection.send(control("s", 2));
  for (const text of ["2", "3"]) connection.send(text);
  connection.send(control("s", 4));
  connection.send("4");
  assert.deepEqual(await heard(socket, 4), ["1", "2", "3", "4"]);
  connection.send(control("p", 0));
  assert.equal(await said(connection, "a"), 4);
});

scripted("an ack of more than was ever sent, and a gap, are against the rules", async (t) => {
  const { peer, open } = t;
  for (const frames of [[control("a", 1)], [control("s", 2), "2"], [control("p", 7)]]) {
    const socket = await open();
    const { connection } = await greeted(peer);
    await socket.next("open");
    for (const frame of frames) connection.send(frame);
    assert.equal((await connection.closed).code, 4400);
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
  }
});

session("messages cross five cuts, once and in order", async ({ page, proxy, open }) => {
  const socket = await open();
  await startSending(socket);
  for (let cuts = 1; cuts <= 5; cuts++) {
    await socket.next("open");
    await heard(socket, 30 * cuts);
    proxy.cut();
    await socket.next("close");
  }
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
  // Chromium tells a reset by `close` alone.
  const told = (await types(socket)).filter((type) => type !== "error");
  assert.deepEqual(new Set(told), new Set(["open", "close", "reconnecting"]));
  assert.equal((await socket.call("stats")).drops, 5);
});

session("reconnect() changes the carrier and keeps the session", async (t) => {
  const { page, proxy, open } = t;
  const socket = await open();
  await socket.next("open");
  await startSending(socket);
  for (let times = 1; times <= 3; times++) {
    await heard(socket, 20 * times);
    await socket.call("reconnect");
    await socket.next("open");
  }
  const sent = await stopSending(page);
  assert.deepEqual(await heard(socket, sent), numbered(sent));
  const names = proxy.upgrades.entries.map(({ url }) => url);
  assert.equal(names.length, 4);
  assert.equal(new Set(names).size, 1);
});

session("an ack that is lost: what arrived is not sent again", async ({ proxy, open }) => {
  const socket = await open();
  await socket.next("open");
  const [line] = proxy.upgrades.entries;
  line.stall("down");
  await sendAll(socket, ["1", "2", "3"]);
  await line.lost.next((chunk) => chunk.includes("3"), "the last echo");
  proxy.cut();
  assert.deepEqual(await heard(socket, 3), ["1", "2", "3"]);
  assert.equal(await socket.get("bufferedAmount"), 0);
  assert.equal((await socket.call("stats")).replayed, 0);
});

session("a handler that throws has the message all the same", async ({ page, proxy, open }) => {
  const socket = await open();
  await socket.next("open");
  await socket.run((socket) => {
    globalThis.handled = [];
    socket.onmessage = ({ data }) => {
      handled.push(data);
      throw new Error(`cannot take ${data}`);
    };
  });
  await sendAll(socket, ["1", "2"]);
  await heard(socket, 2);
  proxy.cut();
  await socket.next("open");
  await sendAll(socket, ["3"]);
  await heard(socket, 3);
  assert.deepEqual(await page.evaluate(() => handled), ["1", "2", "3"]);
  assert.equal((await page.evaluate(() => globalThis.uncaught.splice(0))).length, 3);
});

for (const [own, repeated] of [
  [false, [1, 2, 3]],
  [true, [9, 9, 9]],
])
  scripted(`a buffer that is changed after send(), own: ${own}`, async ({ peer, open }) => {
    const socket = await open();
    const first = await greeted(peer);
    await socket.next("open");
    await socket.run((socket, own) => {
      const bytes = new Uint8Array([1, 2, 3]);
      socket.send(bytes, { own });
      bytes.fill(9);
    }, own);
    await first.connection.messages.count(2);
    assert.deepEqual([...messagesOn(first.connection)[0]], [1, 2, 3]);
    first.connection.terminate();
    const { connection } = await greeted(peer);
    await connection.messages.count(2);
    assert.deepEqual([...messagesOn(connection)[0]], repeated);
  });
