// `dashboard(name, test)`: the dashboard, served by the reference server, fed by the simulator, with
// all its lines open.

import { live } from "./live.mjs";

/** Runs `work({ page, server })` in the dashboard. */
export function dashboard(name, work) {
  live(
    name,
    async ({ page, server }) => {
      await page.goto(server.url);
      await untilTrue(page, () => document.querySelectorAll("[data-endpoint]").length === 4);
      await untilOpen(page);
      await work({ page, server });
    },
    { simulator: [] },
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

/** Waits until `condition` is true in the page; it is asked whenever the page changes. */
export function untilTrue(page, condition, ...args) {
  return page.waitForFunction(condition, { polling: "mutation", timeout: 40_000 }, ...args);
}
