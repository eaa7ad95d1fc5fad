// The panel of errors: what was kept away and why, and what is ours.

import assert from "node:assert/strict";
import { dashboard, untilText } from "./harness/dashboard.mjs";

dashboard(
  "an extension's error and a normal close are suppressed, ours is kept",
  async ({ page }) => {
    for (const [pretended, text] of [
      ["extension", "1 suppressed, 0 kept"],
      ["close", "2 suppressed, 0 kept"],
      ["ours", "2 suppressed, 1 kept"],
    ]) {
      await page.click(`[data-pretend="${pretended}"]`);
      await untilText(page, "#errors-state", text);
    }
    const lines = await page.$$eval("#errors li", (lines) =>
      lines.map(({ dataset, textContent }) => [dataset.verdict, textContent]),
    );
    assert.deepEqual(
      lines.map(([verdict]) => verdict),
      ["kept", "suppressed", "suppressed"],
    );
    assert.match(lines[0][1], /Failed to fetch a frame is ours/);
    assert.match(lines[2][1], /x is null .*chrome-extension:\/\/aaaaaaaabbbbbbbbccccccccdddddddd/);
    // Ours was thrown on purpose; and Chromium calls the tests' own listener before the filter.
    const uncaught = await page.evaluate(() => globalThis.uncaught.splice(0));
    assert.ok(uncaught.at(-1).includes("Failed to fetch"));
    await page.log.next(({ type, text }) => type === "error" && text.includes("Failed to fetch"));
    page.log.entries.splice(0);
  },
);
