// What a page downloads for each entry point of the package in pkg/, and what it consists of.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { sourcesFile } from "../build.mjs";
import { root } from "./project.mjs";

/**
 * What is downloaded together: files, or with braces what a bundler makes of an import; and the most
 * bytes of gzip that the design allows for it, if it says so.
 */
const entries = {
  "{ ReconnectingWebSocket } from everline.js": 20_000,
  "{ ReconnectingWebSocket, init } from wasm.js + everline_bg.wasm": 20_000,
  "{ AudioBatcher, audioServers } from everline.js": undefined,
  "{ installErrorFilter, isExtensionError, explain } from errors.js": 10_000,
  "everline.iife.js": 30_000,
  "everline.cjs": 30_000,
};

/** Measures all entry points; needs a build. `parts` are bytes before compression. */
export async function measure() {
  const sources = JSON.parse(readFileSync(join(root, sourcesFile), "utf8"));
  const sizes = [];
  for (const [entry, aim] of Object.entries(entries)) {
    const files = await Promise.all(entry.split(" + ").map(contentOf));
    const total = (compress) =>
      files.reduce((sum, { content }) => sum + compress(content).length, 0);
    const names = files.flatMap(({ names }) => names);
    sizes.push({
      entry,
      minified: total((content) => content),
      gzip: total((content) => gzipSync(content, { level: 9 })),
      brotli: total((content) => brotliCompressSync(content)),
      aim,
      parts: Object.assign({}, ...names.map((name) => sources[name] ?? whole(name))),
    });
  }
  return sizes;
}

/** A file that is its own source. */
function whole(name) {
  return { [name]: readFileSync(join(root, "pkg", name)).length };
}

/** What is downloaded, and the names of the package's files that it comes from. */
async function contentOf(name) {
  const [, imported, file] = /^(\{.+\}) from (.+)$/.exec(name) ?? [];
  if (!imported) return { content: readFileSync(join(root, "pkg", name)), names: [name] };
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    // An export is surely used.
    stdin: { contents: `export ${imported} from "./pkg/${file}"`, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  const names = used.map((path) => basename(path)).filter((name) => name !== "<stdin>");
  return { content: outputFiles[0].contents, names };
}
