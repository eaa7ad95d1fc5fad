// A session and its page's life: reloaded, duplicated, gone.

import assert from "node:assert/strict";
import { greeted, messagesOn, scripted } from "./harness/scripted.mjs";
import { heard, sendAll, session } from "./harness/session.mjs";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { soon } from "./harness/time.mjs";

const keeping = { persist: true };

async function reload(page) {
  await page.reload();
  await page.waitForFunction("globalThis.sockets");
}

scripted("persist: the next page goes on, with all that was on its way", async (t) => {
  const { page, peer, open } = t;
  const socket = await open({ ...keeping, window: 210 });
  const first = await greeted(peer);
  await socket.next("open");
  await socket.run((socket) => {
    const bytes = new Uint8Array([0, 255]);
    for (const message of ["1", "2", bytes, "\u0001waits"]) socket.send(message);
  });
  await first.connection.messages.count(3);
  first.connection.send("A");
  await socket.next("message");
  await reload(page);

  const after = await open({ ...keeping, window: 210 });
  // For a tab that is duplicated now.
  const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  assert.ok(!stored.includes(first.hello.key));
  const { connection, hello } = await greeted(peer, { recv: 1, seq: 1 });
  const { id, key, att } = first.hello;
  assert.deepEqual(hello, { v: 1, id, key, recv: 1, att: hello.att, mode: "ws" });
  assert.ok(hello.att > att);
  connection.send("A");
  connection.send("B");
  await connection.messages.count(4);
  assert.deepEqual(messagesOn(connection), ["2", Buffer.from([0, 255]), "\u0001=\u0001waits"]);
  assert.deepEqual(await heard(after, 1), ["B"]);
});

session("persist: reloaded in full traffic, nothing is missing or doubled", async (t) => {
  const { page, proxy } = t;
  const make = (url, options) => {
    const socket = new Everline.ReconnectingWebSocket(url, [], options);
    socket.addEventListener("message", ({ data }) => {
      sessionStorage.heard = `${sessionStorage.heard ?? ""}${data} `;
    });
    return socket;
  };
  const open = () => adoptSocket(page, make, `${proxy.url}session`, { ...soon, session: keeping });
  const all = [];
  for (const state of ["while it connects", "open", "open"]) {
    const socket = await open();
    if (state === "open") await socket.next("open");
    const texts = Array.from({ length: 50 }, (_, number) => `${all.length + number}`);
    await sendAll(socket, texts);
    all.push(...texts);
    await reload(page);
  }
  await open();
  const isComplete = (count) => sessionStorage.heard?.split(" ").length > count;
  await page.waitForFunction(isComplete, {}, all.length);
  const heard = await page.evaluate(() => sessionStorage.heard.trim().split(" "));
  assert.deepEqual(heard, all);
});

scripted("without persist the next page begins a session of its own", async (t) => {
  const { page, peer, open } = t;
  await open();
  const first = await greeted(peer);
  await reload(page);
  await open();
  const { hello } = await greeted(peer);
  assert.notEqual(hello.id, first.hello.id);
  assert.equal(hello.new, true);
});

scripted("persist with a Blob that waits: nothing is kept", async ({ page, peer, open }) => {
  const socket = await open(keeping);
  const first = await greeted(peer);
  await socket.next("open");
  await socket.run((socket) => socket.send(new Blob(["not yet there"])));
  await first.connection.messages.count(2);
  await reload(page);
  await open(keeping);
  const { hello } = await greeted(peer);
  assert.notEqual(hello.id, first.hello.id);
});

scripted("two sockets of a page with one URL keep a session each", async ({ page, peer, open }) => {
  const ids = [];
  for (let count = 0; count < 2; count++) {
    await open(keeping);
    ids.push((await greeted(peer)).hello.id);
  }
  await reload(page);
  const again = [];
  for (let count = 0; count < 3; count++) {
    await open(keeping);
    again.push((await greeted(peer)).hello.id);
  }
  assert.deepEqual([...ids].sort(), again.filter((id) => ids.includes(id)).sort());
  assert.equal(new Set(again).size, 3);
});

scripted("a duplicated tab has a session of its own", async ({ page, peer, open }) => {
  await open(keeping);
  const first = await greeted(peer);
  await reload(page);
  const socket = await open(keeping);
  const second = await greeted(peer);
  assert.equal(second.hello.id, first.hello.id);
  await socket.next("open");
  const [copy] = await Promise.all([
    new Promise((resolve) => page.once("popup", resolve)),
    page.evaluate(() => void window.open(location.href)),
  ]);
  await copy.waitForFunction("globalThis.sockets");
  const other = await openSocket(copy, peer.url, [], { ...soon, session: keeping });
  const third = await greeted(peer);
  assert.notEqual(third.hello.id, first.hello.id);
  await other.next("open");
  for (const [whose, { connection }] of [
    [socket, second],
    [other, third],
  ]) {
    connection.send("for one");
    assert.equal((await whose.next("message")).data, "for one");
  }
  assert.deepEqual(await sendAll(socket, ["1"]), [true]);
  await copy.close();
});
