// `e2e(name, test)`: a test with a blank page, and a site and a peer of its own, which it stops afterwards.
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
import { Journal } from "./journal.mjs";
import { startPeer } from "./peer.mjs";
import { startSite } from "./site.mjs";

const TIME_LIMIT = 120_000;

// One browser for all tests of a file, started by the first.
let sharedBrowser;
// The page that a test has left, if no other test has taken it: half of a short test's cost is to open one.
// What is of an earlier test is not found again, because each has a site on an address of its own.
let leftPage;
const retired = new WeakSet();

/**
 * Runs `work({ page, peer, site, browser })` in the blank page. It fails as well if anything in the
 * page threw and nothing caught it.
 */
export function e2e(name, work) {
  test(name, { timeout: TIME_LIMIT }, async () => {
    sharedBrowser ??= launchBrowser();
    const browser = await sharedBrowser;
    const site = await startSite();
    const page = await pageAt(site.url, browser);
    const peer = await startPeer();
    let isLeft = false;
    try {
      await work({ page, peer, site, browser });
      assert.deepEqual(await uncaughtErrors(page), [], "uncaught in the page");
      isLeft = !retired.has(page);
    } finally {
      await inTime(Promise.all([peer.stop(), site.close()]), "the servers to stop").finally(() =>
        isLeft && !leftPage ? leave(page) : closePage(page, browser),
      );
    }
  });
}

/** Has the page closed after its test, which changes more of it than its documents. */
export function retire(page) {
  retired.add(page);
}

function leave(page) {
  leftPage = page;
}

async function pageAt(url, browser) {
  const page = leftPage;
  leftPage = undefined;
  if (!page) return openPage(browser, url);
  // Browsers slow down the timers of pages that are not in front.
  await page.bringToFront();
  await page.goto(url);
  // Firefox complains of the connections that went with the earlier test's document.
  page.log = new Journal("console");
  return page;
}

async function closePage(page, browser) {
  try {
    await inTime(page.browserContext().close(), "the page to close");
  } catch (error) {
    // It would hang in the next test, too, which gets a new one.
    if ((await sharedBrowser) === browser) {
      sharedBrowser = undefined;
      leftPage = undefined;
    }
    await browser.close();
    throw error;
  }
}

after(async () => {
  try {
    const browser = await sharedBrowser?.catch(() => {});
    await browser?.close();
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
