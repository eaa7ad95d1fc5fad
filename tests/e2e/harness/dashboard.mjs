// `dashboard(name, test)`: the dashboard, served by the reference server, fed by the simulator, with
// all its lines open.

import assert from "node:assert/strict";
import { openPage } from "./browser.mjs";
import { live } from "./live.mjs";

/** Runs `work({ page, server, browser })` in the dashboard of a server with these flags. */
export function dashboard(name, work, flags) {
  live(
    name,
    async ({ page, server, browser }) => {
      await page.goto(server.url);
      await untilTrue(page, () => document.querySelectorAll("[data-endpoint]").length === 5);
      await untilOpen(page);
      await work({ page, server, browser });
    },
    // Half as many pictures as usual: to make those costs as much as the page itself.
    { flags, simulator: ["--fps", "6"] },
  );
}

/** Runs `work(page)` in a further page with the dashboard, as somebody else has it. */
export async function withAnother({ browser, server }, work) {
  const page = await openPage(browser, server.url);
  try {
    await work(page);
  } finally {
    await page.browserContext().close();
  }
}

/** Presses a fault's button as a mouse would, wherever the page is scrolled to. */
export function press(page, fault) {
  return page.click(`[data-fault="${fault}"]`);
}

/** Writes to the chat. */
export async function say(page, text) {
  await page.type("#chat-text", text);
  await page.keyboard.press("Enter");
}

/** Waits until the chat, or another line, goes over this transport; "" is none. */
export function untilOver(page, transport, endpoint = "/ws") {
  const isOver = (endpoint, transport) =>
    document.querySelector(`[data-endpoint='${endpoint}']`).dataset.transport === transport;
  return untilTrue(page, isOver, endpoint, transport);
}

/**
 * Has the lines that were on HTTP look for a WebSocket now, and waits for it: a browser may finish
 * what is under way behind a page that is left meanwhile.
 */
export async function untilBack(page) {
  for (const endpoint of ["/ws", "/session"]) {
    await page.click(`[data-endpoint='${endpoint}'] .again`);
    await untilOver(page, "websocket", endpoint);
  }
  await untilOpen(page);
}

/** Waits until the session's numbers have gone on both ways: none is lost, or wrong otherwise. */
export async function assertCounting(page) {
  const before = await tallies(page);
  const haveGrown = (before) =>
    ["down", "up"].every((row, index) => {
      const cell = document.querySelector(`#session-${row} [data-slot='arrived']`);
      return Number(cell.textContent.replace(",", "")) > before[index] + 10;
    });
  const arrived = before.map(([arrived]) => arrived);
  await untilTrue(page, haveGrown, arrived);
  const wrong = (await tallies(page)).map(([, ...wrong]) => wrong);
  const none = [0, 0, 0];
  assert.deepEqual(wrong, [none, none], "lost, twice, out of order: to the page, to the server");
}

/** What the session's table says: a row each way, of what arrived, was lost, twice, out of order. */
function tallies(page) {
  return page.evaluate(() =>
    ["down", "up"].map((row) =>
      [...document.querySelectorAll(`#session-${row} [data-slot]`)].map(({ textContent }) =>
        Number(textContent.replace(",", "")),
      ),
    ),
  );
}

/** What the cards of the lines say: `{ endpoint, status, attempts, opens }` each. */
export function cards(page) {
  return page.$$eval("[data-endpoint]", (cards) =>
    cards.map(({ dataset: { endpoint, status, attempts, opens } }) => ({
      endpoint,
      status,
      attempts: Number(attempts),
      opens: Number(opens),
    })),
  );
}

/** Waits until every line is open, and has been opened anew since `cards` gave `before`. */
export function untilOpen(page, before = []) {
  const areOpen = (before) =>
    [...document.querySelectorAll("[data-endpoint]")].every(
      ({ dataset: { status, opens } }, index) =>
        status === "open" && Number(opens) > (before[index]?.opens ?? 0),
    );
  return untilTrue(page, areOpen, before);
}

/** Waits until an element contains a text. */
export function untilText(page, selector, text) {
  const isSaid = (selector, text) => document.querySelector(selector).textContent.includes(text);
  return untilTrue(page, isSaid, selector, text);
}

/** Firefox puts off connections to a host where others have just failed, by up to a minute. */
const PATIENCE = 100_000;

/** Waits until `condition` is true in the page; it is asked whenever the page changes. */
export function untilTrue(page, condition, ...args) {
  return page.waitForFunction(condition, { polling: "mutation", timeout: PATIENCE }, ...args);
}
