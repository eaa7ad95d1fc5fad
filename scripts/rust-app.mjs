// Builds examples/rust-app into target/rust-app, as its README says but for debugging: in a third of the
// time. What it depends on is compiled once for all checkouts.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { whenChanged } from "./lib/fingerprint.mjs";
import { cacheDir, isMain, root } from "./lib/project.mjs";
import { main, step } from "./lib/step.mjs";
import { setup } from "./setup.mjs";

const app = "examples/rust-app";
const output = "target/rust-app";

/** For whatever cargo does with it. */
export const appManifest = ["--manifest-path", join(app, "Cargo.toml")];
export const appEnv = { CARGO_TARGET_DIR: join(cacheDir, "rust-app"), CARGO_INCREMENTAL: "0" };

/** Builds it if something changed. The set-up must be done. */
export async function buildApp() {
  const sources = readdirSync(join(root, "src")).filter((name) => name !== "npm");
  const crate = ["Cargo.toml", ...sources.map((name) => join("src", name))];
  const own = ["Cargo.toml", "Cargo.lock", "src"].map((name) => join(app, name));
  const inputs = [...crate, ...own, "scripts/rust-app.mjs"];
  await whenChanged("rust-app", { inputs, outputs: [output] }, () =>
    step(
      "Rust app",
      (run) => {
        const build = ["build", app, "--dev", "--target", "web", "--mode", "no-install"];
        const to = ["--no-pack", "--no-typescript", "--out-dir", join(root, output)];
        return run("wasm-pack", [...build, ...to, "--", "--locked"], appEnv);
      },
      { expect: "a minute the first time" },
    ),
  );
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup();
    await buildApp();
  });
}
