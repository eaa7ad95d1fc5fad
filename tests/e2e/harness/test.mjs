// `e2e(name, test)`: a test with a page of its own and a peer of its own, cleaned up afterwards.
//
//   e2e("an echo", async ({ page, peer }) => {
//     const socket = await openSocket(page, peer.url);
//     await socket.next("open");
//     await socket.call("send", "hello");
//     assert.equal((await socket.next("message")).data, "hello");
//   });

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launchBrowser, openPage, uncaughtErrors } from "./browser.mjs";
import { startPeer } from "./peer.mjs";
import { startSite } from "./site.mjs";

const TIME_LIMIT = 120_000;

// One browser and one site for all tests of a file, started by the first.
let shared;

/**
 * Runs `work({ page, peer, site, browser })` in the blank page. It fails as well if anything in the
 * page threw and nothing caught it.
 */
export function e2e(name, work) {
  test(name, { timeout: TIME_LIMIT }, async () => {
    shared ??= Promise.all([launchBrowser(), startSite()]);
    const [browser, site] = await shared;
    const page = await openPage(browser, site.url);
    const peer = await startPeer();
    try {
      await work({ page, peer, site, browser });
      assert.deepEqual(await uncaughtErrors(page), [], "uncaught in the page");
    } finally {
      await peer.stop();
      await page.browserContext().close();
    }
  });
}

after(async () => {
  if (!shared) return;
  const [browser, site] = await shared;
  await browser.close();
  await site.close();
});
