// A `ReconnectingWebSocket` that lives in a page, as seen from a test.

import { Remote } from "./remote.mjs";

/** Opens one in the page. Options must be plain values; for functions use `adoptSocket`. */
export async function openSocket(page, url, protocols = [], options = {}) {
  const number = await page.evaluate(
    (...args) => globalThis.openSocket(...args),
    url,
    protocols,
    options,
  );
  return new RemoteSocket(page, number);
}

/** Opens one by a function that runs in the page and returns it; `args` are handed over. */
export async function adoptSocket(page, make, ...args) {
  const number = await page.evaluate(`watchSocket((${make})(...${JSON.stringify(args)}))`);
  return new RemoteSocket(page, number);
}

class RemoteSocket extends Remote {
  constructor(page, number) {
    super(page, "sockets", number);
  }

  /** All events so far, oldest first. Each has also `readyState` and `status`, as `next` gives them. */
  events() {
    return this.run(({ journal }) => journal.entries);
  }
}
