// A `ReconnectingWebSocket` that lives in a page, as seen from a test.

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

class RemoteSocket {
  #page;
  #number;

  constructor(page, number) {
    this.#page = page;
    this.#number = number;
  }

  /** The next event of a type, as a plain object that also has `readyState` and `status`. */
  next(type) {
    const wait = (number, type) =>
      sockets[number].journal.next((event) => event.type === type, `"${type}"`);
    return this.#page.evaluate(wait, this.#number, type);
  }

  /** All events so far, oldest first. */
  events() {
    return this.#page.evaluate((number) => sockets[number].journal.entries, this.#number);
  }

  /** Reads a property. */
  get(name) {
    return this.#page.evaluate((number, name) => sockets[number][name], this.#number, name);
  }

  /** Calls a method with plain values. */
  call(method, ...args) {
    return this.#page.evaluate(
      (number, method, args) => sockets[number][method](...args),
      this.#number,
      method,
      args,
    );
  }

  /** Runs a function in the page with the socket as its first argument. */
  run(work, ...args) {
    return this.#page.evaluate(`(${work})(sockets[${this.#number}], ...${JSON.stringify(args)})`);
  }
}
