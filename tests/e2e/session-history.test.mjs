// A session and the back/forward cache: a page that is put away lets go of its carrier, and takes
// the session up again when it is shown.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserName, launchBrowser, openPage } from "./harness/browser.mjs";
import { startServer } from "./harness/server.mjs";
import { heard, sendAll } from "./harness/session.mjs";
import { startSite } from "./harness/site.mjs";
import { openSocket } from "./harness/socket.mjs";

// Firefox, as it is driven here, keeps no page with an open WebSocket in its cache.
const options = { skip: browserName === "firefox" };
let browser;
let site;
let server;

before(async () => {
  if (options.skip) return;
  browser = await launchBrowser({ without: ["--disable-back-forward-cache"] });
  site = await startSite();
  server = await startServer();
});

after(async () => {
  await browser?.close();
  await site?.close();
  await server?.stop();
});

test("put away and shown again: the same session, and nothing was lost", options, async () => {
  const page = await openPage(browser, site.url);
  await page.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => {
      globalThis.wasPersisted = persisted;
    });
    addEventListener("pagehide", () => globalThis.sockets[0].send("2"));
  });
  const url = `${server.url.replace("http", "ws")}/session?app=counter&rate=20`;
  const socket = await openSocket(page, url, [], { session: true });
  await sendAll(socket, ["1"]);
  await heard(socket, 5);
  await page.goto(site.add("/elsewhere", "<p>elsewhere"));
  await page.goBack();
  assert.equal(await page.evaluate(() => globalThis.wasPersisted), true);
  await socket.next("open");
  await socket.next("open");
  await sendAll(socket, ["3"]);
  const messages = await heard(socket, 40);
  const texts = messages.filter((text) => !text.startsWith("{"));
  assert.deepEqual(texts, ["1", "2", "3"]);
  const numbers = messages.filter((text) => text.startsWith("{")).map((it) => JSON.parse(it).n);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.equal((await server.health()).sessions, 1);
});
