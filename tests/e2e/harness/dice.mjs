// Chance that a test can have again: the same throws for the same seed. Used by the tests and inside
// their pages.

/** Throws of mulberry32. */
export function makeDice(seed) {
  let state = seed;
  const throwOne = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** A whole number from 0 to `limit` - 1. */
    below: (limit) => Math.floor(throwOne() * limit),
    chance: (probability) => throwOne() < probability,
    pick: (list) => list[Math.floor(throwOne() * list.length)],
  };
}
