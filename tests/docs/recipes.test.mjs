// The recipes for frameworks, tokens and JSON, as they stand in docs/RECIPES.md, run through lost
// connections. Those for protocol libraries are in tests/protocols.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Journal } from "../e2e/harness/journal.mjs";
import { startPeer } from "../e2e/harness/peer.mjs";
import { e2e } from "../e2e/harness/test.mjs";
import { load } from "../package/load.mjs";
import { bundleRecipe, importRecipe } from "./recipe.mjs";
import "../protocols/websocket.mjs";

const limit = { timeout: 120_000 };

e2e("React: a component lives through a loss, and leaves nothing behind", async (world) => {
  const { page, peer, site } = world;
  peer.echo = false;
  const exports = `
    import { createElement, StrictMode } from "react";
    import { Chat } from "./chat";
    import { createRoot } from "react-dom/client";
    export function mount(place) {
      const root = createRoot(place);
      root.render(createElement(StrictMode, null, createElement(Chat)));
      return () => root.unmount();
    }`;
  const code = await bundleRecipe("chat", { "wss://example.com/": peer.url }, exports);
  const address = site.add("/chat.js", code, { "content-type": "text/javascript" });
  await page.evaluate(async (address) => {
    const { mount } = await import(address);
    globalThis.unmount = mount(document.body.appendChild(document.createElement("main")));
  }, address);
  const shows = (text) =>
    page.waitForFunction((text) => document.body.innerText.includes(text), {}, text);

  await shows("open");
  await page.click("button");
  await peer.received.count(1);
  // Strict mode has made two, and closed one of them, perhaps before it was open.
  const first = peer.connections.entries.find(({ messages }) => messages.entries.length > 0);
  first.send("first line");
  await shows("first line");

  const before = peer.connections.entries.length;
  first.terminate();
  await peer.connections.count(before + 1);
  await shows("open");
  const second = peer.connections.entries.at(-1);
  second.send("second line");
  await shows("second line");
  await page.evaluate(() => globalThis.unmount());
  await second.closed;
});

test(
  "Svelte: a store connects with its first subscriber, and closes after its last",
  limit,
  async () => {
    const peer = await startPeer();
    try {
      const { live } = await importRecipe("live", {});
      const store = live(peer.url);
      const seen = new Journal("values");
      assert.equal(peer.handshakes.entries.length, 0);
      const stop = store.subscribe(({ status, data }) => seen.push(`${status} ${data?.word}`));
      await seen.next((value) => value === "open undefined");
      store.send({ word: "one" });
      await seen.next((value) => value === "open one");
      const first = await peer.connection();
      first.terminate();
      await seen.next((value) => value === "waiting one");
      store.send({ word: "two" });
      await seen.next((value) => value === "open two");
      const second = await peer.connection();
      stop();
      await second.closed;
      assert.equal(peer.connections.entries.length, 2);
      assert.equal(seen.entries.at(-1), "open two");
    } finally {
      await peer.stop();
    }
  },
);

test("Vue: a composable follows its URL, and closes with its scope", limit, async () => {
  const { effectScope, ref, watch } = await load("vue");
  const peer = await startPeer();
  const scope = effectScope();
  try {
    const { useSocket } = await importRecipe("socket", {});
    const url = ref(peer.url);
    const heard = new Journal("messages");
    const seen = new Journal("statuses");
    const { socket, status } = scope.run(() => {
      const used = useSocket(url, ({ data }) => heard.push(data));
      watch(used.status, (status) => seen.push(status), { flush: "sync" });
      return used;
    });
    await seen.next((status) => status === "open");
    socket.value.send("hello");
    await heard.next((data) => data === "hello");
    const first = await peer.connection();
    first.terminate();
    await seen.next((status) => status === "waiting");
    const second = await peer.connection();
    await seen.next((status) => status === "open");
    url.value = `${peer.url}other`;
    await second.closed;
    const third = await peer.connection();
    assert.equal(third.url, "/other");
    await seen.next((status) => status === "open");
    scope.stop();
    await third.closed;
    assert.equal(status.value, "open");
  } finally {
    scope.stop();
    await peer.stop();
  }
});

test(
  "tokens: one that expired is replaced, one that is refused again is the end",
  limit,
  async () => {
    const peer = await startPeer();
    let asked = 0;
    globalThis.signIn = async () => `token-${++asked}`;
    const shown = new Journal("shown");
    globalThis.show = (cause) => shown.push(cause);
    try {
      const { socket } = await importRecipe("signed-in", { "wss://example.com/": peer.url });
      const first = await peer.connection();
      assert.equal(first.url, "/live?token=token-1");
      first.close(1011);
      const second = await peer.connection();
      assert.equal(second.url, "/live?token=token-1");
      second.close(4401);
      const third = await peer.connection();
      assert.equal(third.url, "/live?token=token-2");
      third.close(4401);
      assert.equal(await shown.next(), "final-code");
      assert.equal(socket.status, "failed");
    } finally {
      await peer.stop();
    }
  },
);

test("JSON: typed, checked, and said again after a loss", limit, async () => {
  const peer = await startPeer();
  peer.echo = false;
  const { prices } = await importRecipe("prices", { "wss://example.com/": peer.url });
  try {
    const heard = new Journal("prices");
    prices.onJson((price) => heard.push(price));
    const first = await peer.connection();
    assert.equal(await first.messages.next(), '{"type":"watch","name":"tea"}');
    first.send('{"name":"tea","price":3.5,"more":1}');
    assert.deepEqual(await heard.next(), { name: "tea", price: 3.5 });
    first.terminate();
    const second = await peer.connection();
    assert.equal(await second.messages.next(), '{"type":"watch","name":"tea"}');
    prices.close();
    await once(prices, "close");
  } finally {
    prices.close();
    await peer.stop();
  }
});
