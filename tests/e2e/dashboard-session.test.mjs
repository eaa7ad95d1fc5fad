// The dashboard's session: its numbers go on both ways, over any carrier, and are counted honestly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ReportedTally, Tally } from "../../examples/dashboard/tally.js";
import {
  assertCounting,
  dashboard,
  press,
  untilBack,
  untilOver,
  untilText,
} from "./harness/dashboard.mjs";

dashboard("nothing is lost over HTTP, where answers get lost, nor back", async ({ page }) => {
  await assertCounting(page);
  await press(page, "block-websocket");
  await untilOver(page, "http", "/session");
  await untilText(page, "#session-transport", "HTTP");
  await assertCounting(page);
  for (const fault of ["lose", "refuse"]) {
    await page.select("#fault-http", fault);
    await press(page, "drop");
    await untilOver(page, "", "/session");
    await page.select("#fault-http", "none");
    await assertCounting(page);
  }
  await page.select("#fault-http", "buffer");
  await press(page, "drop");
  await assertCounting(page);
  await press(page, "block-websocket");
  await untilText(page, "#fault-state", "done");
  await untilBack(page);
  await untilText(page, "#session-transport", "WebSocket");
  await assertCounting(page);
  await untilText(page, "#session-verdict", "Nothing lost, nothing twice");
  assert.equal(await figure(page, "resets"), 0);
});

dashboard("a session that the server forgot is told, and counted anew", async ({ page }) => {
  await assertCounting(page);
  await press(page, "forget");
  await untilText(page, "#session-resets", "1");
  await untilText(page, "#session-reset", "new session");
  await untilText(page, "#journal", "new session");
  await assertCounting(page);
  await untilText(page, "#session-verdict", "Right within every session");
  await untilBack(page);
});

test("what is lost, comes twice or out of order is counted", () => {
  const tally = new Tally();
  for (const n of [1, 2, 2, 5, 4]) tally.check(n);
  tally.restart();
  for (const n of [2, 3]) tally.check(n);
  const { arrived, lost, twice, disordered } = tally;
  assert.deepEqual({ arrived, lost, twice, disordered }, counts(7, 2, 1, 1));
});

test("what the server counts is added up over its sessions", () => {
  const tally = new ReportedTally();
  const report = { received: 0, first: null, gaps: 0, duplicates: 0, disordered: 0 };
  tally.report(report);
  assert.deepEqual({ ...tally }, counts(0, 0, 0, 0));
  tally.report({ ...report, received: 5, first: 2, duplicates: 1, disordered: 1 });
  assert.deepEqual({ ...tally }, counts(5, 1, 1, 1), "1 did not come");
  tally.restart(8);
  tally.report({ ...report, received: 3, first: 9, gaps: 1 });
  assert.deepEqual({ ...tally }, counts(8, 3, 1, 1), "nor 8");
  tally.restart(Number.NaN);
  tally.report({ ...report, received: 1, first: 20 });
  assert.deepEqual({ ...tally }, counts(9, 3, 1, 1), "nobody knows what was the next");
});

function counts(arrived, lost, twice, disordered) {
  return { arrived, lost, twice, disordered };
}

/** A number of the session's panel. */
function figure(page, name) {
  return page.$eval(`#session-${name}`, ({ textContent }) => Number(textContent));
}
