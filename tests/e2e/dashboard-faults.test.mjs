// Every fault that the dashboard's buttons cause: all lines come back, the session's numbers go on
// without a mistake, and nothing written is lost.

import assert from "node:assert/strict";
import { describe } from "node:test";
import {
  assertCounting,
  cards,
  dashboard,
  press,
  say,
  untilOpen,
  untilOver,
  untilText,
} from "./harness/dashboard.mjs";

// Mostly waiting, so several at once.
describe("each fault", { concurrency: 4 }, () => {
  for (const fault of ["hang", "500", "refuse", "mute", "restart", "crash", "drop", "close"])
    dashboard(`all lines come back after ${fault}`, async ({ page }) => {
      const before = await cards(page);
      await press(page, fault);
      await untilOpen(page, before);
      await untilText(page, "#summary", "All 5 lines open again");
      await assertCounting(page);
    });
});

dashboard(
  "chat written while the line is down waits in sight, and arrives in order",
  async ({ page }) => {
    await page.evaluate(recordArrivals);
    await page.select("#fault-http", "refuse");
    await untilText(page, "#fault-state", "HTTP requests are refused");
    await press(page, "500");
    await untilOver(page, "");
    const written = ["first", "second", "third", "fourth"];
    for (const text of written) await say(page, text);
    const messages = await page.$$eval("#chat-log li", (items) =>
      items.map((item) => [item.dataset.state, item.querySelector("span").textContent]),
    );
    assert.deepEqual(
      messages,
      written.map((text) => ["waiting", text]),
    );
    await untilText(page, "#chat-state", "4 waiting");

    await press(page, "unblock");
    await untilText(page, "#chat-state", "Nothing waits");
    assert.deepEqual(await page.evaluate(() => globalThis.arrivals), written);
    // Chromium may finish a handshake behind a page that is left in the middle of it.
    await untilOpen(page);
  },
);

/** Runs in the page: notes the messages in the order in which they are seen coming back. */
function recordArrivals() {
  globalThis.arrivals = [];
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes.filter(({ target }) => target.dataset.state === "sent"))
      globalThis.arrivals.push(target.querySelector("span").textContent);
  });
  const attributeFilter = ["data-state"];
  observer.observe(document.querySelector("#chat-log"), { subtree: true, attributeFilter });
}
