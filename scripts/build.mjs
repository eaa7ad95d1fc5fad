// Builds the npm package into pkg/: the Rust core as WebAssembly, and the TypeScript face around it.

import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { copyDeclarations } from "./lib/declarations.mjs";
import { decoder, moduleOf } from "./lib/embed.mjs";
import { whenChanged } from "./lib/fingerprint.mjs";
import { asCommonModule, asScript } from "./lib/formats.mjs";
import { emptyFolder, isMain, root } from "./lib/project.mjs";
import { renaming, shortNames } from "./lib/short-names.mjs";
import { main, step } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

/** Each has a wasm module of its own: who uses one does not load the others. */
const parts = ["socket", "audio", "errors"];
// The face imports the glue from here, so this path does not follow CARGO_TARGET_DIR.
const glueOf = (part) => `target/npm-${part}`;
const glue = parts.map(glueOf);
/** Where the modules are whose imports and exports have short names. */
const shortened = "target/npm-short";
const tools = ["scripts/build.mjs", "scripts/lib", "package-lock.json"];

/** Builds what changed. The set-up must be done. */
export async function build() {
  await buildWasm();
  await buildPackage();
}

/** The WebAssembly modules and their JavaScript glue, with types. */
export async function buildWasm() {
  const rust = readdirSync(join(root, "src")).filter((name) => name !== "npm");
  const sources = rust.map((name) => join("src", name));
  const inputs = ["Cargo.toml", "Cargo.lock", ...sources, ...tools];
  await whenChanged("wasm", { inputs, outputs: glue }, () =>
    step(
      "WebAssembly",
      async (run) => {
        const build = ["build", "--release", "--target", "web", "--mode", "no-install"];
        const env = { CARGO_ENCODED_RUSTFLAGS: rustFlags().join("\x1f") };
        for (const part of parts) {
          const output = ["--no-pack", "--no-gitignore", "--out-dir", glueOf(part)];
          const crate = ["--no-default-features", "--features", `npm-${part}`];
          await run("wasm-pack", [...build, ...output, "--", ...crate], env);
        }
      },
      { expect: "up to a minute the first time" },
    ),
  );
}

async function buildPackage() {
  const typescript = ["src/npm", "src/browser", "tsconfig.json", "tsconfig.build.json"];
  const inputs = [...typescript, ...glue, ...tools];
  await whenChanged("pkg", { inputs, outputs: ["pkg"] }, () =>
    step("npm package", async (run) => {
      const fresh = emptyFolder("target/pkg");
      emptyFolder(shortened);
      const plugins = [embedded("virtual:everline-decode", () => ({ contents: decoder }))];
      for (const part of parts) plugins.push(...(await embeddedPart(part, run)));
      const [worklet] = await bundled({ worklet: "audio/worklet.ts" }, []);
      writeFileSync(join(fresh, "everline-worklet.js"), worklet.code);
      await bundle(fresh, [...plugins, embeddedWorklet(worklet.code)]);
      copyFileSync(wasmOf("socket"), join(fresh, "everline_bg.wasm"));
      const declarations = emptyFolder("target/npm-types");
      await run("tsc", ["-p", "tsconfig.build.json", "--outDir", declarations]);
      const types = join(declarations, "npm");
      copyDeclarations({ entry: "index", name: "everline", common: true }, types, fresh);
      copyDeclarations({ entry: "wasm", name: "wasm", common: false }, types, fresh);
      copyDeclarations({ entry: "errors", name: "errors", common: true }, types, fresh);
      // Last and at once: a page that is being served never sees half a package.
      rmSync(join(root, "pkg"), { recursive: true, force: true });
      renameSync(fresh, join(root, "pkg"));
    }),
  );
}

async function bundle(folder, plugins) {
  await writeModules(folder, "everline", { everline: "index.ts", errors: "errors.ts" }, plugins);
  await writeModules(folder, "wasm", { wasm: "wasm.ts" }, [separateSocket(), ...plugins]);
  for (const [name, entry, global] of [
    ["everline", "index.ts", "Everline"],
    ["errors", "errors.ts", "EverlineErrors"],
  ]) {
    const [module] = await bundled({ [name]: entry }, plugins);
    writeFileSync(join(folder, `${name}.cjs`), asCommonModule(module.code));
    writeFileSync(join(folder, `${name}.iife.js`), asScript(module.code, global));
  }
}

/**
 * Writes the entries as modules which share others, one or more for each part: so a bundler can leave out
 * the parts that are not used.
 */
async function writeModules(folder, name, entries, plugins) {
  const alone = { socket: "socket.ts", audio: "audio/exports.ts", errors: "errors/exports.ts" };
  const parts = Object.fromEntries(
    Object.entries(alone).map(([part, entry]) => [`alone-${part}`, entry]),
  );
  const modules = await bundled({ ...entries, ...parts }, plugins, `${name}-[hash]`);
  for (const { name, code } of modules) {
    if (!name.startsWith("alone-")) writeFileSync(join(folder, name), code);
  }
}

function wasmOf(part) {
  return join(root, shortened, `${part}.wasm`);
}

/** The esbuild plugins that bundle a part's glue, and its module if that is to be in the file. */
async function embeddedPart(part, run) {
  const long = join(root, glueOf(part), "everline_bg.wasm");
  const names = await run("wasm-opt", [long, "-o", wasmOf(part), ...renaming]);
  const load = () => ({ contents: moduleOf(readFileSync(wasmOf(part))), resolveDir: root });
  return [shortNames(names, glueOf(part)), embedded(`virtual:everline-${part}`, load)];
}

/** The sockets' module is a file beside the others. */
function separateSocket() {
  const path = join(root, "src/npm/separate.ts");
  return {
    name: "separate-socket",
    setup: (build) => build.onResolve({ filter: /\/embedded\.js$/ }, () => ({ path })),
  };
}

/** The minified modules of these entries, which share what several of them need. */
async function bundled(entries, plugins, chunkNames) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, join(root, "src/npm", entry)]),
    ),
    bundle: true,
    splitting: true,
    chunkNames,
    outdir: root,
    format: "esm",
    minify: true,
    target: "es2022",
    plugins,
    write: false,
    logLevel: "silent",
  });
  return Promise.all(
    outputFiles.map(async ({ path, text }) => ({
      name: basename(path),
      code: await squeezed(text),
    })),
  );
}

/** Minified once more: half a kilobyte less, by shorter names and by what is only used once. */
async function squeezed(module) {
  const { minify } = await import("terser");
  const { code } = await minify(module, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true },
  });
  return code;
}

/** `import code from "virtual:everline-worklet"` is the recorder's source. */
function embeddedWorklet(code) {
  return embedded("virtual:everline-worklet", () => ({ contents: code, loader: "text" }));
}

/** Loads the module of this name by `load`. */
function embedded(name, load) {
  return {
    name,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }));
      build.onLoad({ filter: /./, namespace: name }, load);
    },
  };
}

function rustFlags() {
  return [...withoutPaths(), lessInlining];
}

// The code is optimised for speed (Cargo.toml), which LLVM mostly takes as a call to copy functions
// into their callers. With this number only the tiny ones are, which is less than half as much.
const lessInlining = "-Cllvm-args=-inline-threshold=40";

// The same bytes from every checkout and every machine: no path of either gets into the module.
function withoutPaths() {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const crates = existsSync(registry) ? readdirSync(registry) : [];
  const folders = [root, ...crates.map((name) => join(registry, name))];
  return folders.map((folder) => `--remap-path-prefix=${folder}=`);
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await build();
  });
}
