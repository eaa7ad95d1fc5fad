// The back/forward cache: a page that is put away lets go of its connection, and has it again at
// once when it is shown.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserName, launchBrowser, openPage } from "./harness/browser.mjs";
import { startPeer } from "./harness/peer.mjs";
import { startSite } from "./harness/site.mjs";
import { openSocket } from "./harness/socket.mjs";

// Firefox, as it is driven here, keeps no page with an open WebSocket in its cache.
const options = { skip: browserName === "firefox" };
let browser;
let site;
let peer;

before(async () => {
  if (options.skip) return;
  browser = await launchBrowser({ without: ["--disable-back-forward-cache"] });
  site = await startSite();
  peer = await startPeer();
});

after(async () => {
  await browser?.close();
  await site?.close();
  await peer?.stop();
});

test("back to a page that was put away", options, async () => {
  const page = await openPage(browser, site.url);
  await page.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => {
      globalThis.wasPersisted = persisted;
    });
  });
  const patient = { minReconnectionDelay: 600_000, maxReconnectionDelay: 600_000, jitter: "none" };
  const socket = await openSocket(page, peer.url, [], patient);
  await socket.next("open");
  const first = await peer.connection();
  await page.goto(site.add("/elsewhere", "<p>elsewhere"));
  assert.deepEqual(await first.closed, { code: 1000, reason: "page hidden" });

  await page.goBack();
  assert.equal(await page.evaluate(() => globalThis.wasPersisted), true);
  await socket.next("open");
  const events = (await socket.events()).map(({ type, code, detail }) => [
    type,
    code ?? detail?.cause ?? null,
  ]);
  assert.deepEqual(events, [
    ["open", null],
    ["close", 1000],
    ["reconnecting", "page"],
    ["open", null],
  ]);
  await socket.call("send", "back again");
  assert.equal(await (await peer.connection()).messages.next(), "back again");
});
