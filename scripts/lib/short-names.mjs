// Gives what passes between the WebAssembly module and its glue short names. wasm-bindgen's carry
// hashes, which do not compress: about a tenth of the download.

import { readFileSync } from "node:fs";

/**
 * The wasm-opt arguments that rename imports and exports, and print what they did as JSON.
 * The target features must be named, for their section was stripped before.
 */
export const renaming = [
  "--enable-bulk-memory",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
  "--enable-simd",
  "--enable-mutable-globals",
  "--enable-multivalue",
  "--minify-imports-and-exports-and-modules",
];

/** How the glue still takes what it took in earlier versions, with a warning as long as the rest. */
const oldArguments =
  /if \(module !== undefined\) \{\s+if \(Object\..*?\n {4}\}(?=\s+const imports)/s;

/** An esbuild plugin that applies the names that wasm-opt printed to the glue in a folder. */
export function shortNames(printed, folder) {
  const { imports, exports } = JSON.parse(printed);
  const importNames = new Map(imports.map(([, name, short]) => [name, short]));
  const exportNames = new Map(exports);
  // All imports have one name of a module.
  const glueModule = imports[0]?.[0];
  return {
    name: "short-names",
    setup(build) {
      build.onLoad({ filter: new RegExp(`${folder}/everline\\.js$`) }, ({ path }) => ({
        contents: readFileSync(path, "utf8")
          .replace(`"${glueModule}":`, "a:")
          .replace(
            /^( +)(\w+)(?=: function)/gm,
            (_, indent, name) => indent + short(importNames, name),
          )
          .replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${short(exportNames, name)}`)
          .replace(oldArguments, "({ module } = module);"),
      }));
    },
  };
}

function short(names, name) {
  if (!names.has(name)) throw new Error(`the glue uses ${name}, which the module does not have`);
  return names.get(name);
}
