// `live(name, test)`: like `e2e`, with a reference server of the test's own, and in the end nothing
// may be left behind: no connection, no error in its log, none in the page's console.

import assert from "node:assert/strict";
import { run, until } from "../../server/server.mjs";
import { uncaughtErrors } from "./browser.mjs";
import { startServer } from "./server.mjs";
import { e2e } from "./test.mjs";

/**
 * Runs `work({ server, page, site, browser })`; `flags` are the server's, and `simulator` those for
 * one that feeds it.
 */
export function live(name, work, { flags, simulator } = {}) {
  e2e(name, async ({ page, site, browser }) => {
    const server = await startServer(flags);
    const devices = simulator && run("simulator", ["--server", server.url, ...simulator]);
    try {
      await devices?.logged(/\/ws\/esp32cam: connected/);
      await devices?.logged(/\/ws\/pico: connected/);
      await work({ server, page, site, browser });
      assert.deepEqual(await uncaughtErrors(page), [], "uncaught in the page");
      assert.deepEqual(consoleErrors(page), []);
      await page.goto("about:blank");
      await devices?.stop();
      await assertAtPeace(server);
    } finally {
      await devices?.stop();
      await server.stop();
    }
  });
}

/** The address of a server's WebSocket route. */
export function route(server, path) {
  return server.url.replace("http", "ws") + path;
}

/** Nobody is connected any more, and nothing went wrong for the server. */
export async function assertAtPeace(server) {
  await until(async () => (await server.health()).total === 0, "all connections to be over");
  assert.equal((await server.health()).errors, 0);
  assertNoErrors(server.logs);
}

/** Nothing in a server's log that its sockets must never do. */
export function assertNoErrors(logs) {
  const wrong = logs.filter((line) => /ERROR|receive after|send after/.test(line));
  assert.deepEqual(wrong, []);
}

/** The errors in a page's console, without those by which the browser itself reports the network. */
function consoleErrors(page) {
  const network =
    /^WebSocket connection to '.*' failed|^Failed to load resource: net::|can.t establish a connection|was interrupted while the page was loading/;
  return page.log.entries.filter(({ type, text }) => type === "error" && !network.test(text));
}
