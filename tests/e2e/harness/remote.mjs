// Something that lives in a page and has a journal of its events, as seen from a test.

export class Remote {
  #page;
  #list;
  #number;

  /** The page has it in a global array of the name `list`. */
  constructor(page, list, number) {
    this.#page = page;
    this.#list = list;
    this.#number = number;
  }

  /** The next event of a type, as a plain object. */
  next(type) {
    return this.run(
      ({ journal }, type) => journal.next((event) => event.type === type, `"${type}"`),
      type,
    );
  }

  /** Reads a property. */
  get(name) {
    return this.run((it, name) => it[name], name);
  }

  /** Calls a method with plain values. */
  call(method, ...args) {
    return this.#page.evaluate(
      (list, number, method, args) => globalThis[list][number][method](...args),
      this.#list,
      this.#number,
      method,
      args,
    );
  }

  /** Runs a function in the page with it as the first argument. */
  run(work, ...args) {
    const it = `${this.#list}[${this.#number}]`;
    return this.#page.evaluate(`(${work})(${it}, ...${JSON.stringify(args)})`);
  }
}
