// What a page downloads for each entry point of the package, against what was accepted before.

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "./build.mjs";
import { growth } from "./lib/growth.mjs";
import { isMain } from "./lib/project.mjs";
import { measure } from "./lib/sizes.mjs";
import { Failure, main } from "./lib/step.mjs";
import { printTable } from "./lib/table.mjs";
import { setup } from "./setup.mjs";

/** The sizes that were accepted last, by `npm run size -- --accept`. */
const acceptedFile = new URL("size-budget.json", import.meta.url);

/** Prints the table; throws if an entry point grew too much. Needs a build. */
export async function size() {
  const measured = await measure();
  const accepted = JSON.parse(readFileSync(acceptedFile, "utf8"));
  printTable(measured.map((sizes) => row(sizes, accepted)));
  const grown = growth(measured, accepted);
  if (grown.length === 0) return;
  const accept = "If it is worth it: npm run size -- --accept";
  throw new Failure(`Grown by more than 1 %:\n  ${grown.join("\n  ")}\n${accept}`);
}

function row({ entry, minified, gzip, brotli, aim }, accepted) {
  const old = accepted.find((sizes) => sizes.entry === entry)?.gzip ?? 0;
  return { entry, minified, gzip, brotli, accepted: old, aim: aim ?? "" };
}

async function accept() {
  const measured = await measure();
  // The aims are not a matter of acceptance.
  const sizes = measured.map(({ aim, ...sizes }) => sizes);
  writeFileSync(acceptedFile, `${JSON.stringify(sizes, undefined, 2)}\n`);
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await build();
    if (process.argv.includes("--accept")) await accept();
    await size();
  });
}
