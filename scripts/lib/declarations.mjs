// Copies the .d.ts files that the package's entry points reach, and a .d.cts beside each .d.ts of
// the entry that can be required.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const relativeImport = /(?<=from |import\()"(\.[^"]+)\.js"/g;

/** `entries` maps the compiler's file names to the published ones. */
export function copyDeclarations(entries, source, destination) {
  for (const file of reachable(Object.keys(entries), source)) {
    const text = readFileSync(join(source, file), "utf8");
    const name = entries[file] ?? file;
    writeFileSync(join(destination, name), text);
    const common = text.replace(relativeImport, '"$1.cjs"');
    writeFileSync(join(destination, name.replace(/\.d\.ts$/, ".d.cts")), common);
  }
}

function reachable(entries, folder) {
  const found = new Set(entries);
  for (const file of found) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, specifier] of text.matchAll(relativeImport)) {
      const target = normalize(join(dirname(file), `${specifier}.d.ts`));
      if (target.startsWith(".."))
        throw new Error(`${file} needs ${target}, which is not published`);
      found.add(target);
    }
  }
  return found;
}
