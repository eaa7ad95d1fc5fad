// Contestants measured in turns, so that whatever the machine does meanwhile, it does to all of them.

/**
 * Calls `measure(name, round)` for each name in each round, and gives `{ name: values }`, one value a
 * round. In each round another one begins. The `warmUp` rounds before do not count.
 */
export async function paired(names, { rounds, warmUp = 1 }, measure) {
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    const first = (round + warmUp) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const value = await measure(name, round);
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}
