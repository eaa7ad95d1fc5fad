// Sockets that the page has dropped: the standard's rule decides whether they live on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserName, launchBrowser, openPage } from "./harness/browser.mjs";
import { startPeer } from "./harness/peer.mjs";
import { startSite } from "./harness/site.mjs";

// Only Chromium lets a page ask for a collection.
const options = { skip: browserName === "firefox" };
let browser;
let site;

before(async () => {
  if (options.skip) return;
  browser = await launchBrowser({ args: ["--js-flags=--expose-gc"] });
  site = await startSite();
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** A page with a peer; `collect(until)` collects garbage until the promise is done. */
function withGarbage(name, work) {
  test(name, options, async () => {
    const peer = await startPeer();
    const page = await openPage(browser, site.url);
    const collect = async (end) => {
      let isOver = false;
      end.then(() => {
        isOver = true;
      });
      while (!isOver) await page.evaluate(() => gc({ type: "major", execution: "async" }));
      return end;
    };
    try {
      await work({ page, peer, collect });
    } finally {
      await page.browserContext().close();
      await peer.stop();
    }
  });
}

withGarbage("an open socket that nobody listens to closes", async ({ page, peer, collect }) => {
  await page.evaluate((url) => {
    new Everline.ReconnectingWebSocket(url);
  }, peer.url);
  const { closed } = await peer.connection();
  assert.equal((await collect(closed)).code, 1005);
  assert.equal(peer.handshakes.entries.length, 1);
});

withGarbage("so does one whose listeners have all been removed", async (t) => {
  const { page, peer, collect } = t;
  await page.evaluate((url) => {
    const socket = new Everline.ReconnectingWebSocket(url);
    const listener = () => {};
    socket.onmessage = listener;
    socket.onmessage = null;
    socket.addEventListener("close", listener);
    socket.removeEventListener("close", listener);
    socket.addEventListener("open", listener, { once: true });
  }, peer.url);
  const { closed } = await peer.connection();
  assert.equal((await collect(closed)).code, 1005);
});

withGarbage("one that is connecting gives up", async ({ page, peer, collect }) => {
  peer.handshake = "hang";
  await page.evaluate((url) => {
    new Everline.ReconnectingWebSocket(url);
  }, peer.url);
  const { gone } = await peer.handshakes.next();
  await collect(gone);
});

withGarbage("one that waits tries no more", async ({ page, peer, collect }) => {
  peer.handshake = 503;
  await page.evaluate((url) => {
    globalThis.collected = new Promise((resolve) => {
      globalThis.registry = new FinalizationRegistry(resolve);
      const socket = new Everline.ReconnectingWebSocket(url, [], { minReconnectionDelay: 100 });
      globalThis.registry.register(socket, "collected");
    });
  }, peer.url);
  await peer.handshakes.next();
  await collect(page.evaluate(() => globalThis.collected));
  // Whatever was to come would come before another socket has lost four attempts with longer delays.
  const before = peer.handshakes.entries.length;
  await page.evaluate((url) => {
    const options = { minReconnectionDelay: 150, jitter: "none", maxRetries: 3 };
    const socket = new Everline.ReconnectingWebSocket(`${url}other`, [], options);
    return new Promise((resolve) => socket.addEventListener("failed", () => resolve()));
  }, peer.url);
  const later = peer.handshakes.entries.slice(before).filter(({ url }) => url === "/");
  assert.deepEqual(later, []);
});

withGarbage("one whose messages are heard lives", async ({ page, peer, collect }) => {
  await page.evaluate((url) => {
    globalThis.heard = [];
    new Everline.ReconnectingWebSocket(url).onmessage = ({ data }) => heard.push(data);
  }, peer.url);
  const connection = await peer.connection();
  for (let round = 0; round < 5; round++) await collect(Promise.resolve());
  connection.send("hello");
  await page.waitForFunction(() => heard.length === 1);
  connection.terminate();
  // And it comes back, still unknown to anybody but its listener.
  const next = await peer.connection();
  for (let round = 0; round < 5; round++) await collect(Promise.resolve());
  next.send("again");
  await page.waitForFunction(() => heard.length === 2);
  assert.deepEqual(await page.evaluate(() => heard), ["hello", "again"]);
});

withGarbage("one that has closed for good is free", async ({ page, peer, collect }) => {
  await page.evaluate((url) => {
    globalThis.collected = new Promise((resolve) => {
      globalThis.registry = new FinalizationRegistry(resolve);
      const socket = new Everline.ReconnectingWebSocket(url);
      globalThis.registry.register(socket, "collected");
      socket.onmessage = () => {};
      socket.onopen = () => socket.close();
      socket.onclose = () => {};
    });
  }, peer.url);
  await (await peer.connection()).closed;
  assert.equal(await collect(page.evaluate(() => globalThis.collected)), "collected");
});
