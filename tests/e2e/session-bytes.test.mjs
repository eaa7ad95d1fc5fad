// A WebSocket cut at any byte of hello, welcome and messages: everything arrives, once and in order.

import assert from "node:assert/strict";
import { startByteProxy } from "./harness/bytes.mjs";
import { startServer } from "./harness/server.mjs";
import { heard } from "./harness/session.mjs";
import { adoptSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

/** From the first byte behind the upgrade on; up, a hello is longer than a welcome is down. */
const LAST = { up: 260, down: 180 };
const STEP = 4;
const AT_ONCE = 10;

const texts = ["1", "ž🐎漢", "\u0001a3", "", "5".repeat(40)];

for (const direction of ["up", "down"])
  e2e(`cut at any byte on the way ${direction}`, async ({ page }) => {
    const server = await startServer();
    try {
      for (let at = 0; at < LAST[direction]; at += STEP * AT_ONCE) {
        const cuts = Array.from({ length: AT_ONCE }, (_, index) => at + index * STEP);
        await Promise.all(cuts.map((cutAt) => cutOnce(page, server, direction, cutAt)));
      }
    } finally {
      await server.stop();
    }
  });

async function cutOnce(page, server, direction, cutAt) {
  const cut = { [direction]: { cutAt, behindFirst: true } };
  const proxy = await startByteProxy(server.url, () => (proxy.fates.length === 0 ? cut : {}));
  try {
    const make = (url, options, texts) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], options);
      for (const text of texts) socket.send(text);
      return socket;
    };
    // HTTP would be faster than a second WebSocket.
    const fallback = { url: "http://127.0.0.1:9/" };
    const options = { ...soon, session: true, fallback };
    const socket = await adoptSocket(page, make, `${proxy.url}session`, options, texts);
    assert.deepEqual(await heard(socket, texts.length), texts, `cut at ${cutAt}`);
    await socket.call("close");
    assert.deepEqual(await heard(socket, texts.length), texts, `cut at ${cutAt}`);
  } finally {
    await proxy.stop();
  }
}
