// What a page downloads, entry by entry, against the limits of size-budget.json.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { isMain, root } from "./lib/project.mjs";
import { Failure, main } from "./lib/step.mjs";
import { printTable } from "./lib/table.mjs";
import { setup } from "./setup.mjs";

/** Prints the table; throws if an entry exceeds its limit. Needs a build. */
export function size() {
  const budget = JSON.parse(readFileSync(new URL("size-budget.json", import.meta.url), "utf8"));
  const entries = Object.entries(budget).map(([entry, limit]) => ({ ...measure(entry), limit }));
  printTable(entries);
  const tooLarge = entries.filter(({ gzip, limit }) => gzip > limit);
  if (tooLarge.length === 0) return;
  const excess = tooLarge.map(({ entry, gzip, limit }) => `${entry} by ${gzip - limit} bytes`);
  throw new Failure(`Over the size budget (gzip): ${excess.join(", ")}`);
}

/** `entry` names the files that are downloaded together. */
function measure(entry) {
  const files = entry.split(" + ").map((file) => readFileSync(join(root, "pkg", file)));
  const total = (compress) => files.reduce((sum, file) => sum + compress(file).length, 0);
  return {
    entry,
    minified: total((file) => file),
    gzip: total((file) => gzipSync(file, { level: 9 })),
    brotli: total((file) => brotliCompressSync(file)),
  };
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await build();
    size();
  });
}
