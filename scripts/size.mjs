// What a page downloads for each part of the package, against the limits of size-budget.json.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { isMain, root } from "./lib/project.mjs";
import { Failure, main } from "./lib/step.mjs";
import { printTable } from "./lib/table.mjs";
import { setup } from "./setup.mjs";

/** Prints the table; throws if a part exceeds its limit. Needs a build. */
export async function size() {
  const budget = JSON.parse(readFileSync(new URL("size-budget.json", import.meta.url), "utf8"));
  const parts = [];
  for (const [part, limit] of Object.entries(budget))
    parts.push({ ...(await measure(part)), limit });
  printTable(parts);
  const tooLarge = parts.filter(({ gzip, limit }) => gzip > limit);
  if (tooLarge.length === 0) return;
  const excess = tooLarge.map(({ part, gzip, limit }) => `${part} by ${gzip - limit} bytes`);
  throw new Failure(`Over the size budget (gzip): ${excess.join(", ")}`);
}

/** `part` names what is downloaded together: files, or with braces what a bundler makes of an import. */
async function measure(part) {
  const files = await Promise.all(part.split(" + ").map(contentOf));
  const total = (compress) => files.reduce((sum, file) => sum + compress(file).length, 0);
  return {
    part,
    minified: total((file) => file),
    gzip: total((file) => gzipSync(file, { level: 9 })),
    brotli: total((file) => brotliCompressSync(file)),
  };
}

async function contentOf(name) {
  const [, imported, file] = /^(\{.+\}) from (.+)$/.exec(name) ?? [];
  if (!imported) return readFileSync(join(root, "pkg", name));
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    // An export is surely used.
    stdin: { contents: `export ${imported} from "./pkg/${file}"`, resolveDir: root },
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await build();
    await size();
  });
}
