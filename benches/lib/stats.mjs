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

/** `{ median, q1, q3, rounds }` */
export function summary(values) {
  return {
    median: median(values),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
    rounds: values.length,
  };
}

/** The same of each round's value over what another had in the same round. */
export function ratio(values, others) {
  return summary(values.map((value, round) => value / others[round]));
}
