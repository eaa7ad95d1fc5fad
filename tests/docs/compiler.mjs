// The TypeScript compiler, strictly, as a project with all packages would run it.

import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../../scripts/lib/project.mjs";
import { root } from "./documents.mjs";

/** Makes a folder for code; gives its path. There `everline` is the package that the folder is part of. */
export function project(path) {
  const folder = emptyFolder(path);
  symlinkSync(join(root, "tests/package/node_modules"), join(folder, "node_modules"), "dir");
  return folder;
}

/** What the compiler complains about in the code of a folder, in lines. */
export function complaints(folder) {
  const compilerOptions = {
    ...{ noEmit: true, strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
    ...{ allowJs: true, checkJs: true, jsx: "react-jsx", types: [] },
    ...{ target: "ES2022", module: "ESNext", moduleResolution: "Bundler" },
    lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = join(root, "node_modules/.bin/tsc");
  const { stdout, error } = spawnSync(tsc, ["-p", folder], { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  return stdout.split("\n").filter(Boolean);
}
