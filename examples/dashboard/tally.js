/** Numbers that should come once each and in order: what was lost, came twice, or out of order. */
export class Tally {
  arrived = 0;
  twice = 0;
  disordered = 0;
  #last = 0;
  #missing = new Set();
  #gone = 0;

  check(n) {
    this.arrived += 1;
    if (n > this.#last) {
      for (let skipped = this.#last + 1; skipped < n; skipped += 1) this.#missing.add(skipped);
      this.#last = n;
    } else if (this.#missing.delete(n)) this.disordered += 1;
    else this.twice += 1;
  }

  get lost() {
    return this.#gone + this.#missing.size;
  }

  /** The next number is 1 again. */
  restart() {
    this.#gone = this.lost;
    this.#missing.clear();
    this.#last = 0;
  }
}

/** The same, as somebody else counts it and reports it. */
export class ReportedTally {
  #past = { arrived: 0, lost: 0, twice: 0, disordered: 0 };
  #now = this.#past;
  /** The number that their count has to begin with; NaN: nobody knows. */
  #start = 1;

  report({ received, first, gaps, duplicates, disordered }) {
    const early = Math.max(0, (first ?? this.#start) - this.#start) || 0;
    const said = { arrived: received, lost: early + gaps, twice: duplicates, disordered };
    const sum = ([name, value]) => [name, value + this.#past[name]];
    this.#now = Object.fromEntries(Object.entries(said).map(sum));
    Object.assign(this, this.#now);
  }

  /** They begin a new count, with this number. */
  restart(start) {
    this.#past = this.#now;
    this.#start = start;
  }
}
