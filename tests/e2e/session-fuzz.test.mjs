// Sessions through chaos: nothing is lost, doubled, out of order or stuck, in neither direction.
//
// EVERLINE_SEEDS=7-9 runs those seeds. The same seed throws the same dice, though what they meet also
// depends on when the browser does what.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { startChaos } from "./harness/chaos.mjs";
import { makeDice } from "./harness/dice.mjs";
import { startServer } from "./harness/server.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

const [first, last] = (
  process.env.EVERLINE_SEEDS ?? (browserName === "firefox" ? "21-40" : "1-20")
).split("-");
const AT_ONCE = 10;
const DURATION = 1500;

// A server gives up a client for which five windows wait; no seed comes to that much.
const flags = ["--session-window", "50000", "--session-heartbeat", "200"];
const options = {
  ...soon,
  connectionTimeout: 500,
  fallback: { retryWebSocket: 100 },
  session: { window: 8000, wait: 500 },
};

for (let seed = Number(first); seed <= Number(last); seed += AT_ONCE) {
  const seeds = [];
  for (let it = seed; it < seed + AT_ONCE && it <= Number(last); it++) seeds.push(it);
  e2e(`seeds ${seeds.join(", ")}`, async ({ page }) => {
    const server = await startServer(flags);
    try {
      const results = await Promise.all(seeds.map((seed) => flood(page, server, seed)));
      const failed = results.filter(({ problems }) => problems.length > 0);
      assert.ok(failed.length === 0, JSON.stringify(failed, null, 1));
    } finally {
      await server.stop();
    }
  });
}

async function flood(page, server, seed) {
  const chaos = await startChaos(server.url, makeDice(seed));
  try {
    const flood = await page.evaluateHandle(
      async (url, options, seed) => {
        const { Flood } = await import("/harness/flood.mjs");
        return new Flood(url, options, seed);
      },
      `${chaos.url}session?app=counter&rate=50`,
      options,
      seed,
    );
    await flood.evaluate((flood, duration) => flood.run(duration), DURATION);
    chaos.heal();
    const result = await flood.evaluate((flood) => flood.finish());
    return { seed, ...result, fates: chaos.fates.map((fate) => JSON.stringify(fate)) };
  } finally {
    await chaos.stop();
  }
}
