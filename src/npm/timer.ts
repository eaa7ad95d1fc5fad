/** The longest delay: browsers keep it in 31 bits, and run what is longer at once (HTML standard, "timers"). */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Runs `work` in so many ms, or as late as can be: it has to look whether it is time. */
export function runIn(ms: number, work: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(work, Math.min(ms, LONGEST_DELAY));
}
