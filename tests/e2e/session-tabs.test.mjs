// Many tabs of one site by HTTP/1.1, where a browser has six connections to a host for all of them.

import assert from "node:assert/strict";
import { heard, sendAll, session } from "./harness/session.mjs";
import { openSocket } from "./harness/socket.mjs";
import { retire } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

session("seven tabs by HTTP: all of them are served", async ({ page, proxy, site }) => {
  retire(page);
  proxy.webSocket = 503;
  const pages = [page];
  while (pages.length < 7) {
    const tab = await page.browserContext().newPage();
    await tab.goto(site.url);
    await tab.waitForFunction("globalThis.sockets");
    pages.push(tab);
  }
  const options = { ...soon, session: true };
  const sockets = await Promise.all(
    pages.map((tab) => openSocket(tab, `${proxy.url}session`, [], options)),
  );
  for (let round = 1; round <= 2; round++) {
    await Promise.all(sockets.map((socket, tab) => sendAll(socket, [`${tab}.${round}`])));
    for (const [tab, socket] of sockets.entries()) {
      const texts = Array.from({ length: round }, (_, index) => `${tab}.${index + 1}`);
      assert.deepEqual(await heard(socket, round), texts);
    }
  }
  for (const tab of pages.slice(1)) await tab.close();
});
