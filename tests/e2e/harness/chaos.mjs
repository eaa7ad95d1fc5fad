// What goes wrong in a network, by chance: fates for the connections of a byte proxy. Upgrades are
// blocked for a while, requests repeated, anything is refused, delayed, stalled, collected, or cut at
// any byte.

import { startByteProxy } from "./bytes.mjs";

/** No more repeats of an attach than this: a client that meets three takes them for a theft. */
const REPEATED_ATTACHES = 2;
/** Hellos, welcomes and some messages: a cut is as likely before them as within. */
const SOON = 1500;

/** Starts a proxy before `target` that does what the dice say, until it is healed. */
export function startChaos(target, dice) {
  let blocked = { fate: {}, until: 0 };
  let repeatedAttaches = 0;

  function fateOfUpgrade() {
    if (performance.now() < blocked.until) return blocked.fate;
    const obstacle = dice.pick([
      { refuse: true },
      { status: 503 },
      { up: { stallAt: 0 } },
      { down: { stallAt: 0 } },
      // The first chunk is the 101.
      { down: { stallAt: 1 } },
    ]);
    if (dice.chance(0.3)) {
      blocked = { fate: obstacle, until: performance.now() + 200 + dice.below(1300) };
      return obstacle;
    }
    return dice.chance(0.15) ? obstacle : someTrouble();
  }

  function fateOfRequest() {
    if (dice.chance(0.1)) return dice.pick([{ refuse: true }, { status: 503 }]);
    if (dice.chance(0.15)) return { down: { collect: true }, delay: dice.below(30) };
    return dice.chance(0.4) ? { delay: dice.below(30) } : someTrouble();
  }

  /** Something on the way, once more or fewer bytes have passed. */
  function someTrouble() {
    const at = () => dice.below(dice.pick([SOON, 20 * SOON]));
    const delay = dice.pick([0, 0, dice.below(10), dice.below(60)]);
    const gently = dice.chance(0.3);
    return dice.pick([
      { delay, up: { cutAt: at(), gently } },
      { delay, down: { cutAt: at(), gently } },
      { delay, cutAfter: dice.below(800) },
      { delay, down: { stallAt: at() } },
      { delay, up: { stallAt: at() } },
    ]);
  }

  function repeat() {
    const after = dice.chance(0.3) ? dice.below(500) : undefined;
    const isWanted = (body) =>
      body.includes('"mode":"send"') || ++repeatedAttaches <= REPEATED_ATTACHES;
    return after && { after, isWanted };
  }

  return startByteProxy(target, (isUpgrade) =>
    isUpgrade ? fateOfUpgrade() : { ...fateOfRequest(), repeat: repeat() },
  );
}
