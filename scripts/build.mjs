// Builds the npm package into pkg/: the Rust core as WebAssembly, and the TypeScript face around it.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { copyDeclarations } from "./lib/declarations.mjs";
import { whenChanged } from "./lib/fingerprint.mjs";
import { isMain, root } from "./lib/project.mjs";
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
  const inputs = ["src/npm", glue, "tsconfig.json", "tsconfig.build.json", ...tools];
  await whenChanged("pkg", { inputs, outputs: ["pkg"] }, () =>
    step("npm package", async (run) => {
      const types = join(root, "target/npm-types");
      rmSync(types, { recursive: true, force: true });
      await run("tsc", ["-p", "tsconfig.build.json", "--outDir", types]);
      const fresh = join(root, "target/pkg");
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      await bundle(fresh);
      copyDeclarations({ "index.d.ts": "everline.d.ts", "wasm.d.ts": "wasm.d.ts" }, types, fresh);
      cpSync(join(root, glue, "everline_bg.wasm"), join(fresh, "everline_bg.wasm"));
      rmSync(join(root, "pkg"), { recursive: true, force: true });
      cpSync(fresh, join(root, "pkg"), { recursive: true });
    }),
  );
}

async function bundle(folder) {
  const esbuild = await import("esbuild");
  const entries = [
    { file: "everline.js", entry: "index.ts", format: "esm" },
    { file: "everline.cjs", entry: "index.ts", format: "cjs" },
    { file: "everline.iife.js", entry: "index.ts", format: "iife", globalName: "Everline" },
    { file: "wasm.js", entry: "wasm.ts", format: "esm" },
  ];
  for (const { file, entry, ...options } of entries) {
    await esbuild.build({
      ...options,
      entryPoints: [join(root, "src/npm", entry)],
      outfile: join(folder, file),
      bundle: true,
      minify: true,
      target: "es2022",
      plugins: [embeddedWasm],
      logLevel: "silent",
    });
  }
}

/** `import bytes from "virtual:everline-wasm"` is a function that decodes the core's bytes. */
const embeddedWasm = {
  name: "embedded-wasm",
  setup(build) {
    build.onResolve({ filter: /^virtual:everline-wasm$/ }, ({ path }) => ({
      path,
      namespace: "embedded-wasm",
    }));
    build.onLoad({ filter: /.*/, namespace: "embedded-wasm" }, () => {
      const base64 = readFileSync(join(root, glue, "everline_bg.wasm")).toString("base64");
      return {
        contents:
          `const base64 = "${base64}";` +
          "export default () => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));",
      };
    });
  },
};

// The same bytes from every checkout and every machine: no path of either gets into the module.
function rustFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  return [`--remap-path-prefix=${root}=/`, `--remap-path-prefix=${cargoHome}=/cargo`];
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await build();
  });
}
