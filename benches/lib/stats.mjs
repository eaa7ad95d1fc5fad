// What many rounds come to: the median, and the quartiles as its spread.

/** The value below which the `share` of the values lies, between two of them if need be. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place % 1);
}

export function median(values) {
  return quantile(values, 0.5);
}

/** `{ median, q1, q3, low, high, rounds }`; the true median lies from `low` to `high` (95 %). */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const out = outside(values.length);
  return {
    median: median(values),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
    low: sorted[out],
    high: sorted.at(-1 - out),
    rounds: values.length,
  };
}

/** How many of so many values, at each end, the median is further in than with 95 %: a coin's, thrown as often. */
function outside(rounds) {
  let [count, tail, term] = [0, 0, 0.5 ** rounds];
  while (tail + term <= 0.025) {
    tail += term;
    term *= (rounds - count) / (count + 1);
    count++;
  }
  return Math.max(0, count - 1);
}

/**
 * Whether a ratio is at most so large: "met", "missed", or "no difference" where it is larger, but no more than
 * chance makes it.
 */
export function atMost({ median, low }, most) {
  if (median <= most) return "met";
  return low <= most ? "no difference" : "missed";
}

/** Whether it is at least so large. */
export function atLeast({ median, high }, least) {
  if (median >= least) return "met";
  return high >= least ? "no difference" : "missed";
}

/** The same of each round's value over what another had in the same round. */
export function ratio(values, others) {
  return summary(values.map((value, round) => value / others[round]));
}
