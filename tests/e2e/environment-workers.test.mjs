// Workers of both kinds, by both ways of loading.

import assert from "node:assert/strict";
import { e2e } from "./harness/test.mjs";

const javascript = { "content-type": "text/javascript" };
const loads = {
  classic: "importScripts('/pkg/everline.iife.js'); const { ReconnectingWebSocket } = Everline;",
  module: "import { ReconnectingWebSocket } from '/pkg/everline.js';",
};

/** Connects where it is told to, loses the connection once, and tells what it saw. */
function talk(port) {
  port.onmessage = ({ data: url }) => {
    const seen = [];
    const socket = new ReconnectingWebSocket(url, [], { minReconnectionDelay: 100 });
    socket.onopen = () => socket.send(seen.length === 0 ? "drop me" : "hello");
    socket.onclose = ({ code }) => seen.push(code);
    socket.onmessage = ({ data, target }) => {
      if (data !== "hello") return;
      port.postMessage([...seen, data, target.url === url]);
    };
  };
}

const kinds = {
  dedicated: {
    body: `${talk} talk(self);`,
    start: (src, type) => {
      globalThis.port = new Worker(src, { type });
    },
  },
  shared: {
    body: `${talk} onconnect = ({ ports: [port] }) => talk(port);`,
    start: (src, type) => {
      globalThis.port = new SharedWorker(src, { type }).port;
    },
  },
};

for (const [kind, { body, start }] of Object.entries(kinds))
  for (const [type, load] of Object.entries(loads))
    e2e(`a ${kind} ${type} worker`, async ({ page, peer, site }) => {
      const src = site.add(`/${kind}-${type}.js`, `${load}\n${body}`, javascript);
      await page.evaluate(start, src, type);
      const answered = page.evaluate((url) => {
        port.postMessage(url);
        return new Promise((resolve, reject) => {
          port.onmessage = ({ data }) => resolve(data);
          port.onerror = ({ message }) => reject(new Error(message));
        });
      }, peer.url);
      const first = await peer.connection();
      assert.equal(await first.messages.next(), "drop me");
      first.close(4000);
      assert.deepEqual(await answered, [4000, "hello", true]);
    });

e2e("a worker that is terminated takes its connection with it", async ({ page, peer, site }) => {
  const src = site.add("/terminated.js", `${loads.classic}\n${kinds.dedicated.body}`, javascript);
  await page.evaluate(kinds.dedicated.start, src, "classic");
  await page.evaluate((url) => port.postMessage(url), peer.url);
  const connection = await peer.connection();
  await connection.messages.next();
  await page.evaluate(() => port.terminate());
  const { code } = await connection.closed;
  assert.ok(code === 1001 || code === 1006, `code ${code}`);
  assert.equal(peer.handshakes.entries.length, 1);
});
