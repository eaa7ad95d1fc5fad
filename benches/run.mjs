// Measures: all benches, or those that are named. `--quick` tries them with the fewest rounds, and keeps
// nothing.
//
// A bench is `benches/NAME/bench.mjs` (its NAME is in lib/results.mjs), whose default export is
//
//   {
//     title: "Received messages",
//     question: "What does a message cost …?",      // a sentence or two, Markdown
//     needs: ["browsers", "server"],                 // what has to be there before `run`
//     async run({ quick, log }) → data,              // plain JSON, kept in results/NAME.json
//     report(data, { versions, machine }) → {
//       aims: [{ aim, figure, met }],                // lines of the summary; `met` is a boolean
//       tables: [{ caption, rows }],                 // rows: objects, whose keys are the headings
//       text,                                        // Markdown: the method, and the reasons
//       plots: [{ file: "NAME-x.svg", alt, svg }],
//     },
//   }
//
// `report` is a function of its arguments alone, and the module imports nothing from node_modules at its
// top: the report is composed without them (report.mjs), also by a test.
//
// In lib/: stats.mjs (medians, quartiles, ratios of pairs), paired.mjs (rounds in turns), peers.mjs (the
// peers as bundles of one shape), pages.mjs (browsers), table.mjs (numbers as text), plot.mjs (bars and lines).

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../scripts/build.mjs";
import { fingerprint } from "../scripts/lib/fingerprint.mjs";
import { Failure, main, seconds, step } from "../scripts/lib/step.mjs";
import { setup } from "../scripts/setup.mjs";
import { machine, versions } from "./lib/machine.mjs";
import { benches, folder, keep, load } from "./lib/results.mjs";
import { sectionOf, writeReport } from "./report.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const quick = args.includes("--quick");
  const names = chosen(args.filter((arg) => arg !== "--quick"));
  const all = await Promise.all(names.map(load));
  const needs = new Set(all.flatMap((bench) => bench.needs ?? []));
  await setup({ browsers: needs.has("browsers") });
  await installPeers();
  await build();
  if (needs.has("server")) await buildServer();
  for (const [at, name] of names.entries()) await measure(name, all[at], quick);
  if (!quick) await writeReport();
});

function chosen(names) {
  const known = benches();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names.length > 0 ? names : known;
  throw new Failure(`No such bench: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
}

async function measure(name, bench, quick) {
  console.log(`\n=== ${name}: ${bench.title} ===`);
  const start = performance.now();
  const data = await bench.run({ quick, log: (line) => console.log(`  ${line}`) });
  const result = {
    bench: name,
    command: `npm run bench -- ${name}`,
    machine: machine(),
    versions: versions(),
    data,
  };
  console.log(sectionOf(bench, result).text);
  if (!quick) keep(result);
  console.log(`${name}: ${seconds(performance.now() - start)}`);
}

/** The packages of benches/package.json, which nothing else needs. */
async function installPeers() {
  const stamp = join(folder, "node_modules", ".everline-lock");
  const lock = fingerprint(["benches/package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  const args = ["ci", "--ignore-scripts", "--prefer-offline", "--prefix", "benches"];
  await step("The peers", (run) => run("npm", args));
  writeFileSync(stamp, lock);
}

/** As people run it: `target/release/examples/server`. */
function buildServer() {
  const args = ["build", "--release", "--example", "server"];
  return step("Reference server", (run) => run("cargo", args), {
    expect: "up to five minutes the first time",
  });
}
