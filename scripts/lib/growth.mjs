/** How much an entry may grow beyond what was accepted. */
const TOLERANCE = 0.01;

/**
 * Compares what is downloaded with what was accepted, and answers a sentence for each entry that grew
 * by more than one percent, with the names of what grew in it. Both are lists as `measure` makes them.
 */
export function growth(measured, accepted) {
  const before = new Map(accepted.map((sizes) => [sizes.entry, sizes]));
  return measured.flatMap((sizes) => {
    const old = before.get(sizes.entry);
    if (!old) return [`${sizes.entry} is new`];
    const grown = ["gzip", "brotli"].filter((way) => sizes[way] > old[way] * (1 + TOLERANCE));
    if (grown.length === 0) return [];
    const amounts = grown.map((way) => amount(way, sizes[way], old[way]));
    return [`${sizes.entry}: ${amounts.join(", ")}: ${grownParts(sizes.parts, old.parts)}`];
  });
}

function amount(way, size, old) {
  return `+${size - old} bytes ${way} (${((size / old - 1) * 100).toFixed(1)} %)`;
}

/** The parts that grew, most first, in bytes before compression. */
function grownParts(parts, old) {
  const grown = Object.entries(parts)
    .map(([name, bytes]) => ({ name, more: bytes - (old[name] ?? 0) }))
    .filter(({ more }) => more > 0)
    .sort((one, other) => other.more - one.more);
  if (grown.length === 0) return "no part is longer, but they compress less";
  return grown.map(({ name, more }) => `${name} +${more}`).join(", ");
}
