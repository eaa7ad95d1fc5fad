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
import { inTime, PATIENCE } from "./end.mjs";
import { startPeer } from "./peer.mjs";
import { startSite } from "./site.mjs";

const TIME_LIMIT = 120_000;

// One browser and one site for all tests of a file, started by the first.
let sharedBrowser;
let sharedSite;

/**
 * Runs `work({ page, peer, site, browser })` in the blank page. It fails as well if anything in the
 * page threw and nothing caught it.
 */
export function e2e(name, work) {
  test(name, { timeout: TIME_LIMIT }, async () => {
    sharedBrowser ??= launchBrowser();
    sharedSite ??= startSite();
    const [browser, site] = await Promise.all([sharedBrowser, sharedSite]);
    const page = await openPage(browser, site.url);
    const peer = await startPeer();
    try {
      await work({ page, peer, site, browser });
      assert.deepEqual(await uncaughtErrors(page), [], "uncaught in the page");
    } finally {
      await inTime(peer.stop(), "the peer to stop").finally(() => closePage(page, browser));
    }
  });
}

async function closePage(page, browser) {
  try {
    await inTime(page.browserContext().close(), "the page to close");
  } catch (error) {
    // It would hang in the next test, too, which gets a new one.
    if ((await sharedBrowser) === browser) sharedBrowser = undefined;
    await browser.close();
    throw error;
  }
}

after(async () => {
  try {
    const [browser, site] = await Promise.allSettled([sharedBrowser, sharedSite]);
    await browser.value?.close();
    await inTime(site.value?.close(), "the site to close");
  } finally {
    endProcess();
  }
});

/** Ends this process even if a test that failed has left something open. */
function endProcess() {
  setTimeout(() => {
    console.error(`still open after all tests: ${process.getActiveResourcesInfo()}`);
    process.exit(1);
  }, PATIENCE).unref();
  // Without this, Node would wait for each handle to be freed.
  process.on("exit", () => process.exit());
}
