// F5: the page goes in the middle of everything, and is back at once.

import assert from "node:assert/strict";
import { live, route } from "./harness/live.mjs";

const REFRESHES = 100;
const LONGEST = 1000;
const PATHS = ["/ws", "/ws/video", "/ws/logs"];

live(
  `${REFRESHES} refreshes: no error, no leak, connected within a second each time`,
  async ({ server, page, site }) => {
    await page.goto(site.add("/dashboard", dashboard(server)));
    const times = [];
    for (let count = 0; count < REFRESHES; count++) {
      await page.reload();
      times.push(...(await page.evaluate(() => globalThis.opened)));
    }
    assert.equal(times.length, REFRESHES * PATHS.length);
    const longest = Math.max(...times);
    assert.ok(longest <= LONGEST, `${longest} ms from new to open`);
  },
  { simulator: ["--fps", "30"] },
);

live(
  "refreshes that do not wait for the connection leave none behind",
  async ({ server, page, site }) => {
    await page.goto(site.add("/dashboard", dashboard(server)));
    for (let count = 0; count < 20; count++) await page.reload({ waitUntil: "domcontentloaded" });
    await page.evaluate(() => globalThis.opened);
    assert.ok((await server.health()).total >= PATHS.length);
  },
);

/** A page that opens its sockets as it loads; `opened` are the times from `new` to `open`. */
function dashboard(server) {
  const urls = PATHS.map((path) => route(server, path));
  return `<!doctype html>
    <meta charset="utf-8">
    <title>Refreshed</title>
    <link rel="icon" href="data:,">
    <script src="/pkg/everline.iife.js"></script>
    <script>
      const connect = (url) => new Promise((resolve) => {
        const start = performance.now();
        const socket = new Everline.ReconnectingWebSocket(url);
        socket.onopen = () => {
          resolve(performance.now() - start);
          socket.send('{"type":"ping"}');
        };
      });
      globalThis.opened = Promise.all(${JSON.stringify(urls)}.map(connect));
    </script>`;
}
