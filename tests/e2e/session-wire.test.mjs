// What a session says on the wire: hello and welcome, messages as they are, acks, and the end.

import assert from "node:assert/strict";
import {
  control,
  greeted,
  MARK,
  messagesOn,
  said,
  scripted,
  welcome,
} from "./harness/scripted.mjs";
import { openSocket } from "./harness/socket.mjs";

scripted("the first connection", async ({ peer, open }) => {
  const socket = await open({}, {}, ["chat", "super"]);
  const connection = await peer.connection();
  const { id, key, ...hello } = await said(connection, "h");
  assert.deepEqual(hello, {
    ...{ v: 1, new: true, recv: 0, att: 1, mode: "ws" },
    protocols: ["chat", "super"],
  });
  for (const random of [id, key]) assert.match(random, /^[\w-]{22,128}$/);
  assert.notEqual(id, key);
  const [{ url, protocols }] = peer.handshakes.entries;
  assert.equal(url, `/?sid=${id}`);
  assert.deepEqual(protocols, ["resume.v1"]);
  assert.equal(await socket.get("readyState"), 0);
  connection.send(welcome({ protocol: "chat" }));
  const { readyState, status, transport } = await socket.next("open");
  assert.deepEqual([readyState, status, transport], [1, "open", "websocket"]);
  assert.equal(await socket.get("protocol"), "chat");
  assert.equal(await socket.get("url"), peer.url);
  assert.deepEqual(messagesOn(connection), []);
});

scripted("sid takes its place in the query", async ({ page, peer }) => {
  await openSocket(page, `${peer.url}room?a=1&sid=mine&b=2`, [], { session: true });
  const { hello } = await greeted(peer);
  const { searchParams, pathname } = new URL(peer.handshakes.entries[0].url, peer.url);
  const query = [...searchParams].sort();
  assert.equal(pathname, "/room");
  assert.deepEqual(
    query,
    [
      ["a", "1"],
      ["b", "2"],
      ["sid", hello.id],
    ].sort(),
  );
});

scripted("before the welcome nothing is sent; then messages as they are", async (t) => {
  const { peer, open } = t;
  const socket = await open();
  const connection = await peer.connection();
  await said(connection, "h");
  const accepted = await socket.run((socket) => {
    const bytes = new Uint8Array([0, 255]);
    const messages = ["early", "", "\u0001a7", bytes, bytes.buffer, new Blob([bytes])];
    return [...messages.map((message) => socket.send(message)), socket.bufferedAmount];
  });
  assert.deepEqual(accepted, [...Array(6).fill(false), 14]);
  connection.send(welcome());
  await socket.next("open");
  assert.equal(await socket.call("send", "late"), true);
  await connection.messages.count(8);
  const bytes = Buffer.from([0, 255]);
  const expected = ["early", "", `${MARK}=${MARK}a7`, bytes, bytes, bytes, "late"];
  assert.deepEqual(messagesOn(connection), expected);
  assert.equal(await socket.get("bufferedAmount"), 18);
  connection.send(control("a", 7));
  connection.send("after the ack");
  await socket.next("message");
  assert.equal(await socket.get("bufferedAmount"), 0);
});

scripted("messages from the server as they are, and none is a control frame", async (t) => {
  const { peer, open } = t;
  const socket = await open();
  await socket.run((socket) => {
    socket.binaryType = "arraybuffer";
  });
  const { connection } = await greeted(peer);
  for (const frame of ["text", "", `${MARK}=${MARK}a7`, Buffer.from([1, 97])]) {
    connection.send(frame);
  }
  for (const data of ["text", "", `${MARK}a7`]) {
    assert.equal((await socket.next("message")).data, data);
  }
  assert.deepEqual((await socket.next("message")).bytes, [1, 97]);
  assert.equal((await socket.call("stats")).messagesReceived, 4);
});

scripted("acks: after a second, at once for 64 KiB, and in the answer to a ping", async (t) => {
  const { peer, open } = t;
  await open();
  const { connection } = await greeted(peer);
  const began = performance.now();
  for (const text of ["1", "2", "3"]) connection.send(text);
  assert.equal(await said(connection, "a"), 3);
  const passed = performance.now() - began;
  assert.ok(passed > 900 && passed < 3000, `after ${passed} ms`);
  connection.send("4");
  connection.send(control("p", 0));
  assert.equal(await said(connection, "a"), 4);
  const large = performance.now();
  connection.send("x".repeat(70_000));
  assert.equal(await said(connection, "a"), 5);
  assert.ok(performance.now() - large < 900);
});

scripted("close() says why, and then closes the WebSocket", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer);
  await socket.next("open");
  await socket.call("send", "the last word");
  await socket.call("close", 4001, "bye");
  assert.deepEqual(await connection.closed, { code: 4001, reason: "bye" });
  assert.deepEqual(messagesOn(connection), [
    "the last word",
    control("x", { code: 4001, reason: "bye" }),
  ]);
  const { code, reason, wasClean } = await socket.next("close");
  assert.deepEqual([code, reason, wasClean], [4001, "bye", true]);
});

scripted("close() without a code says 1000", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer);
  await socket.next("open");
  await socket.call("close");
  assert.equal((await said(connection, "x")).code, 1000);
});

scripted("after close() reconnect() begins another session", async ({ peer, open }) => {
  const socket = await open();
  const first = await greeted(peer);
  await socket.next("open");
  await socket.call("close");
  await socket.next("close");
  await socket.call("reconnect");
  const { hello } = await greeted(peer);
  assert.notEqual(hello.id, first.hello.id);
  assert.deepEqual([hello.new, hello.recv, hello.att], [true, 0, 1]);
  await socket.next("open");
});

scripted("the server's application closes: final", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer);
  await socket.next("open");
  connection.send("and this was all");
  connection.send(control("x", { code: 1000, reason: "done" }));
  connection.close(1000, "done");
  assert.equal((await socket.next("message")).data, "and this was all");
  const { code, reason } = await socket.next("close");
  assert.deepEqual([code, reason], [1000, "done"]);
  assert.equal((await socket.next("failed")).detail.cause, "final-code");
});
