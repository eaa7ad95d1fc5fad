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

/** How the glue starts a module, be it bytes, and with a warning as long as the rest by old arguments. */
const initSync = /^function initSync\(.*?^\}/ms;

/** The same for a compiled module. Only numbers cross the border, so its table of others stays empty. */
const start = `function initSync({ module }) {
    wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
    return wasm;
}`;
const tableEntries = /^ +(const table = |table\.).*\n/gm;

/**
 * An esbuild plugin that applies the names that wasm-opt printed to the glue in a folder, and to the
 * source that calls the module past it, as `wasm`.
 */
export function shortNames(printed, folder, caller) {
  const { imports, exports } = JSON.parse(printed);
  const importNames = new Map(imports.map(([, name, short]) => [name, short]));
  const exportNames = new Map(exports);
  // All imports have one name of a module.
  const glueModule = imports[0]?.[0];
  return {
    name: "short-names",
    setup(build) {
      const renamed = (source) =>
        source.replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${short(exportNames, name)}`);
      build.onLoad({ filter: new RegExp(`${folder}/everline\\.js$`) }, ({ path }) => {
        const glue = readFileSync(path, "utf8")
          .replace(`"${glueModule}":`, "a:")
          .replace(
            /^( +)(\w+)(?=: function)/gm,
            (_, indent, name) => indent + short(importNames, name),
          )
          .replace(initSync, start)
          .replace(tableEntries, "")
          .replaceAll("__proto__: null,", "");
        return { contents: renamed(glue) };
      });
      build.onLoad({ filter: new RegExp(`${caller}$`) }, ({ path }) => ({
        contents: renamed(readFileSync(path, "utf8")),
        loader: "ts",
      }));
    },
  };
}

function short(names, name) {
  if (!names.has(name)) throw new Error(`the glue uses ${name}, which the module does not have`);
  return names.get(name);
}
