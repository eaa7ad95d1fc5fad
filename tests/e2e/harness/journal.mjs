// A record of what happened that can be awaited. Used by the tests and inside their pages.

const PATIENCE = 20_000;

export class Journal {
  /** Everything that was recorded, oldest first. */
  entries = [];
  #name;
  #read = 0;
  #waiting = new Set();

  constructor(name) {
    this.#name = name;
  }

  push(entry) {
    this.entries.push(entry);
    for (const look of [...this.#waiting]) look();
  }

  /**
   * Resolves to the first entry that matches and comes after the last one that `next` gave;
   * those in between are passed over. It may be recorded already or yet to come.
   */
  async next(matches = () => true, what = "an entry") {
    const position = await this.#until(() => {
      const at = this.entries.findIndex((entry, index) => index >= this.#read && matches(entry));
      return at < 0 ? undefined : at;
    }, what);
    this.#read = position + 1;
    return this.entries[position];
  }

  /** Resolves once there are so many entries. */
  async count(number) {
    await this.#until(() => (this.entries.length < number ? undefined : true), `${number} entries`);
    return this.entries;
  }

  #until(find, what) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const seen = JSON.stringify(this.entries.slice(-20));
        reject(new Error(`${this.#name}: in vain waited for ${what}; the last were ${seen}`));
      }, PATIENCE);
      this.#waiting.add(look);
      look();
    });
  }
}
