// Runs sessions through chaos in both browsers: 1,000 seeds, or as many as the command line says.

import { build } from "./build.mjs";
import { count } from "./lib/count.mjs";
import { Failure, main } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const seeds = Number(process.argv[2] ?? 1000);
  if (!(seeds >= 2)) throw new Failure("How many seeds? npm run fuzz -- 1000");
  await setup({ browsers: true });
  await build();
  await count("cargo", ["build", "--example", "server"]);
  const half = Math.ceil(seeds / 2);
  let failures = 0;
  for (const [BROWSER, EVERLINE_SEEDS] of [
    ["chrome", `1-${half}`],
    ["firefox", `${half + 1}-${seeds}`],
  ]) {
    const args = ["--test", "--test-reporter=spec", "tests/e2e/session-fuzz.test.mjs"];
    const { failed } = await count("node", args, { BROWSER, EVERLINE_SEEDS });
    failures += failed;
  }
  if (failures > 0) throw new Failure("Some seeds failed; EVERLINE_SEEDS=7-7 runs one again");
  console.log(`${seeds} seeds: nothing lost, doubled, out of order or stuck`);
});
