// Builds the npm package into pkg/: the Rust core as WebAssembly, and the TypeScript face around it.

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { copyDeclarations } from "./lib/declarations.mjs";
import { alphabetFor, decoder, moduleOf, textOf } from "./lib/embed.mjs";
import { whenChanged } from "./lib/fingerprint.mjs";
import { asCommonModule, asScript } from "./lib/formats.mjs";
import { emptyFolder, isMain, root } from "./lib/project.mjs";
import { renaming, shortNames } from "./lib/short-names.mjs";
import { main, step } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

/** Each has a wasm module of its own: who uses one does not load the others. */
const parts = ["socket", "errors", "audio"];
// The face imports the glue from here, so this path does not follow CARGO_TARGET_DIR.
const glueOf = (part) => `target/npm-${part}`;
const glue = parts.map(glueOf);
/** What calls the modules. */
const callers = {
  socket: "src/npm/core.ts",
  errors: "src/npm/errors/core.ts",
  audio: "src/npm/audio/raw.ts",
};
/** Entry points that are folders as well, for what knows no "exports": Parcel, and old compilers. */
const folders = ["errors", "wasm"];
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
        for (const part of parts) {
          const output = ["--no-pack", "--no-gitignore", "--out-dir", glueOf(part)];
          const crate = ["--no-default-features", "--features", `npm-${part}`];
          const env = { CARGO_ENCODED_RUSTFLAGS: rustFlags(part).join("\x1f") };
          await run("wasm-pack", [...build, ...output, "--", ...crate], env);
        }
      },
      { expect: "up to a minute the first time" },
    ),
  );
}

/** Which sources the files of the package are made of: the name of each, and its bytes. */
export const sourcesFile = "target/pkg-sources.json";

async function buildPackage() {
  const typescript = ["src/npm", "src/browser", "tsconfig.json", "tsconfig.build.json"];
  const inputs = [...typescript, ...glue, ...tools];
  await whenChanged("pkg", { inputs, outputs: ["pkg", sourcesFile, ...folders] }, () =>
    step("npm package", async (run) => {
      const fresh = emptyFolder("target/pkg");
      emptyFolder(shortened);
      const plugins = [];
      for (const part of parts) plugins.push(...(await embeddedPart(part, run)));
      const contents = decoder(alphabet());
      plugins.push(embedded("virtual:everline-decode", () => ({ contents })));
      const [worklet] = await bundled({ worklet: "audio/worklet.ts" }, []);
      writeFileSync(join(fresh, "everline-worklet.js"), worklet.code);
      const sources = await bundle(fresh, [...plugins, embeddedWorklet(worklet.code)]);
      writeFileSync(join(root, sourcesFile), JSON.stringify(sources));
      copyFileSync(wasmOf("socket"), join(fresh, "everline_bg.wasm"));
      const declarations = emptyFolder("target/npm-types");
      await run("tsc", ["-p", "tsconfig.build.json", "--outDir", declarations]);
      const types = join(declarations, "npm");
      copyDeclarations({ entry: "index", name: "everline" }, types, fresh);
      copyDeclarations({ entry: "wasm", name: "wasm" }, types, fresh);
      copyDeclarations({ entry: "errors", name: "errors" }, types, fresh);
      writeFolders();
      // Last and at once: a page that is being served never sees half a package.
      rmSync(join(root, "pkg"), { recursive: true, force: true });
      renameSync(fresh, join(root, "pkg"));
    }),
  );
}

function writeFolders() {
  for (const name of folders) {
    const [main, module, types] = ["cjs", "js", "d.ts"].map((end) => `../pkg/${name}.${end}`);
    const manifest = JSON.stringify({ main, module, types, sideEffects: false }, undefined, 2);
    writeFileSync(join(emptyFolder(name), "package.json"), `${manifest}\n`);
  }
}

/** Writes the package's JavaScript, and answers what each file is made of. */
async function bundle(folder, plugins) {
  const files = [
    ...(await modules("everline", { everline: "index.ts", errors: "errors.ts" }, plugins)),
    ...(await modules("wasm", { wasm: "wasm.ts" }, [separateSocket(), ...plugins])),
  ];
  for (const [name, entry, global] of [
    ["everline", "index.ts", "Everline"],
    ["errors", "errors.ts", "EverlineErrors"],
  ]) {
    const [module] = await bundled({ [name]: entry }, plugins);
    const { code, sources } = module;
    files.push({ name: `${name}.cjs`, code: asCommonModule(code), sources });
    files.push({ name: `${name}.iife.js`, code: asScript(code, global), sources });
  }
  const [separate] = await bundled({ wasm: "wasm.ts" }, [separateSocket(), ...plugins]);
  files.push({ ...separate, name: "wasm.cjs", code: asCommonModule(separate.code) });
  for (const { name, code } of files) writeFileSync(join(folder, name), code);
  writeIntegrity(folder, files);
  return Object.fromEntries(files.map(({ name, sources }) => [name, sources]));
}

/** What a script tag's `integrity` has to be, for each file that is meant for one. */
function writeIntegrity(folder, files) {
  const scripts = files.filter(({ name }) => name.endsWith(".iife.js"));
  const hashes = scripts.map(({ name, code }) => [
    name,
    `sha384-${createHash("sha384").update(code).digest("base64")}`,
  ]);
  const text = JSON.stringify(Object.fromEntries(hashes), undefined, 2);
  writeFileSync(join(folder, "integrity.json"), `${text}\n`);
}

/**
 * The entries as modules which share others, one or more for each part: so a bundler can leave out the
 * parts that are not used.
 */
async function modules(name, entries, plugins) {
  const alone = { socket: "socket.ts", audio: "audio/exports.ts", errors: "errors/exports.ts" };
  const parts = Object.fromEntries(
    Object.entries(alone).map(([part, entry]) => [`alone-${part}`, entry]),
  );
  const all = await bundled({ ...entries, ...parts }, plugins, `${name}-[hash]`);
  return all.filter(({ name }) => !name.startsWith("alone-"));
}

/** The variable that holds an embedded module; the bundler takes it for a global one. */
function textName(part) {
  return `${part}Text`;
}

function wasmOf(part) {
  return join(root, shortened, `${part}.wasm`);
}

/** The esbuild plugins that bundle a part's glue, and its module if that is to be in the file. */
async function embeddedPart(part, run) {
  const long = join(root, glueOf(part), "everline_bg.wasm");
  const names = await run("wasm-opt", [long, "-o", wasmOf(part), ...renaming]);
  const { size } = statSync(wasmOf(part));
  const load = () => ({ contents: moduleOf(textName(part), size), resolveDir: root });
  return [
    shortNames(names, glueOf(part), callers[part]),
    embedded(`virtual:everline-${part}`, load),
  ];
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
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, join(root, "src/npm", entry)]),
    ),
    bundle: true,
    splitting: true,
    chunkNames,
    absWorkingDir: root,
    outdir: root,
    format: "esm",
    minify: true,
    target: "es2022",
    // Who reads a property may have effects, for all a bundler knows: it keeps what is made of these.
    define: { "Number.POSITIVE_INFINITY": "Infinity", "Number.NaN": "NaN" },
    plugins,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const name = basename(path);
      const code = await squeezed(text, !chunkNames);
      const texts = textsOf(code);
      const lengths = Object.entries(texts).map(([part, { length }]) => [
        `embedded ${part}`,
        length,
      ]);
      const sources = { ...sourcesOf(metafile.outputs[name]), ...Object.fromEntries(lengths) };
      return { name, code: withTexts(code, Object.values(texts)), sources };
    }),
  );
}

/** The sources of a file with the bytes that each has in it, before they are squeezed. */
function sourcesOf({ inputs }) {
  const sources = Object.entries(inputs).map(([path, { bytesInOutput }]) => [
    path.replace(/^virtual:everline-(\w+):.*/, "embedded $1"),
    bytesInOutput,
  ]);
  return Object.fromEntries(sources.filter(([, bytes]) => bytes > 0));
}

/**
 * Minified once more: half a kilobyte less, by shorter names and by what is only used once. Functions
 * stay where they are unless the file is complete: what other bundlers make of them is larger.
 */
async function squeezed(module, isComplete) {
  const { minify } = await import("terser");
  const { code } = await minify(module, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true, reduce_funcs: isComplete },
  });
  return code;
}

/** The statements with the texts of the modules that the code embeds, by part. */
function textsOf(code) {
  const embedded = parts.filter((part) => code.includes(textName(part)));
  const textFor = (part) => textOf(textName(part), readFileSync(wasmOf(part)), alphabet());
  return Object.fromEntries(embedded.map((part) => [part, textFor(part)]));
}

/**
 * Adds texts, all behind the code: gzip encodes blocks of some ten thousand characters, each by its own
 * statistics, and those of text and code have little in common.
 */
function withTexts(code, texts) {
  return code.replace(/export\s*\{[^}]*\};\s*$/, (exports) => texts.join("") + exports);
}

/** The characters for the bytes of all modules. */
function alphabet() {
  return alphabetFor(parts.map((part) => readFileSync(wasmOf(part))));
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

function rustFlags(part) {
  return [...withoutPaths(), lessInlining, ...(part === "audio" ? [vectors] : [])];
}

// A filter's products, four at a time: a quarter less time for the same bytes. Browsers have had these
// instructions since 2023; sockets do without them and so run in older ones.
const vectors = "-Ctarget-feature=+simd128";

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
