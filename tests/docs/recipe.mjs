// The code of docs/RECIPES.md as it stands there, to be run: only the servers' addresses are others, and
// what would take too long.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { blocks, root } from "./documents.mjs";

const all = blocks("docs/RECIPES.md");
const consumers = join(root, "tests/package");
const everline = join(root, "pkg/everline.js");

/** Imports a recipe in Node, by the name of its file; `changes` maps what is written there to other text. */
export async function importRecipe(name, changes) {
  // Beside the packages, where they are found.
  const outfile = join(consumers, "node_modules/.recipes", `${name}.mjs`);
  await build({ ...options(name, changes), platform: "node", packages: "external", outfile });
  return import(`${pathToFileURL(outfile)}?${performance.now()}`);
}

/** A module for browsers that exports what the recipe does, and what else it is told to. */
export async function bundleRecipe(name, changes, exports = "") {
  const settings = { platform: "browser", define: { "process.env.NODE_ENV": '"development"' } };
  const bundle = { ...options(name, changes, exports), ...settings, write: false };
  const { outputFiles } = await build(bundle);
  return outputFiles[0].text;
}

function options(name, changes, exports = "") {
  return {
    stdin: { contents: `export * from "./${name}";\n${exports}`, resolveDir: consumers },
    plugins: [recipes(changes)],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    logLevel: "error",
  };
}

function recipes(changes) {
  return {
    name: "recipes",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^everline$/ }, () => ({ path: everline }));
      onResolve({ filter: /^\.\// }, ({ path, namespace, importer }) => {
        if (namespace !== "recipes" && importer !== "<stdin>") return undefined;
        return { path: path.slice(2), namespace: "recipes" };
      });
      onLoad({ filter: /.*/, namespace: "recipes" }, ({ path }) => {
        const { text, language } = all.find(({ name }) => name === path);
        let contents = text;
        for (const [written, real] of Object.entries(changes)) {
          contents = contents.replaceAll(written, real);
        }
        return { contents, loader: language, resolveDir: consumers };
      });
    },
  };
}
