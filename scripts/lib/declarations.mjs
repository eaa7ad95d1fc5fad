// Copies the .d.ts files that an entry point of the package reaches; the compiler wrote more.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const relativeImport = /(?<=from |import\()"(\.[^"]+)\.js"/g;

/** Publishes `entry` as `name`; also as .d.cts, for code that requires it. */
export function copyDeclarations({ entry, name }, source, destination) {
  for (const file of reachable(entry, source)) {
    const text = readFileSync(join(source, `${file}.d.ts`), "utf8");
    const path = join(destination, file === entry ? name : file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.d.ts`, text);
    writeFileSync(`${path}.d.cts`, text.replace(relativeImport, '"$1.cjs"'));
  }
}

function reachable(entry, folder) {
  const found = new Set([entry]);
  for (const file of found) {
    const text = readFileSync(join(folder, `${file}.d.ts`), "utf8");
    for (const [, specifier] of text.matchAll(relativeImport)) {
      const target = normalize(join(dirname(file), specifier));
      if (target.startsWith(".."))
        throw new Error(`${file} needs ${target}, which is not published`);
      found.add(target);
    }
  }
  return found;
}
