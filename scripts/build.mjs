// Builds the npm package into pkg/: the Rust core as WebAssembly, and the TypeScript face around it.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { copyDeclarations } from "./lib/declarations.mjs";
import { moduleOf } from "./lib/embed.mjs";
import { whenChanged } from "./lib/fingerprint.mjs";
import { asCommonModule, asScript } from "./lib/formats.mjs";
import { isMain, root } from "./lib/project.mjs";
import { renaming, shortNames } from "./lib/short-names.mjs";
import { main, step } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

// The face imports the glue from here, so this path does not follow CARGO_TARGET_DIR.
const glue = "target/npm";
const tools = ["scripts/build.mjs", "scripts/lib", "package-lock.json"];

/** Builds what changed. The set-up must be done. */
export async function build() {
  await buildWasm();
  await buildPackage();
}

/** The WebAssembly core and its JavaScript glue, with types. */
export async function buildWasm() {
  const rust = readdirSync(join(root, "src")).filter((name) => name !== "npm");
  const sources = rust.map((name) => join("src", name));
  const inputs = ["Cargo.toml", "Cargo.lock", ...sources, ...tools];
  await whenChanged("wasm", { inputs, outputs: [glue] }, () =>
    step(
      "WebAssembly core",
      (run) => {
        const build = ["build", "--release", "--target", "web", "--mode", "no-install"];
        const output = ["--no-pack", "--no-gitignore", "--out-dir", glue];
        const crate = ["--no-default-features", "--features", "npm"];
        const env = { CARGO_ENCODED_RUSTFLAGS: rustFlags().join("\x1f") };
        return run("wasm-pack", [...build, ...output, "--", ...crate], env);
      },
      { expect: "up to a minute the first time" },
    ),
  );
}

async function buildPackage() {
  const inputs = ["src/npm", "src/browser", glue, "tsconfig.json", "tsconfig.build.json", ...tools];
  await whenChanged("pkg", { inputs, outputs: ["pkg"] }, () =>
    step("npm package", async (run) => {
      const fresh = emptyFolder("target/pkg");
      const wasm = join(fresh, "everline_bg.wasm");
      const names = await run("wasm-opt", [`${glue}/everline_bg.wasm`, "-o", wasm, ...renaming]);
      await bundle(fresh, [shortNames(names), embeddedWasm(wasm)]);
      const declarations = emptyFolder("target/npm-types");
      await run("tsc", ["-p", "tsconfig.build.json", "--outDir", declarations]);
      const types = join(declarations, "npm");
      copyDeclarations({ entry: "index", name: "everline", common: true }, types, fresh);
      copyDeclarations({ entry: "wasm", name: "wasm", common: false }, types, fresh);
      // Last and at once: a page that is being served never sees half a package.
      rmSync(join(root, "pkg"), { recursive: true, force: true });
      renameSync(fresh, join(root, "pkg"));
    }),
  );
}

async function bundle(folder, plugins) {
  const write = (name, code) => writeFileSync(join(folder, name), code);
  const module = await bundled("index.ts", plugins);
  write("everline.js", module);
  write("everline.cjs", asCommonModule(module));
  write("everline.iife.js", asScript(module, "Everline"));
  write("wasm.js", await bundled("wasm.ts", plugins));
}

async function bundled(entry, plugins) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(root, "src/npm", entry)],
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    plugins,
    write: false,
    logLevel: "silent",
  });
  // It finds shorter names, and what is only used once: half a kilobyte less.
  const { minify } = await import("terser");
  const { code } = await minify(outputFiles[0].text, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true },
  });
  return code;
}

/** `import bytes from "virtual:everline-wasm"` is a function that returns the core's bytes. */
function embeddedWasm(file) {
  const name = "virtual:everline-wasm";
  return {
    name,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: file, namespace: name }));
      build.onLoad({ filter: /./, namespace: name }, () => ({
        contents: moduleOf(readFileSync(file)),
      }));
    },
  };
}

function emptyFolder(path) {
  const folder = join(root, path);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
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
