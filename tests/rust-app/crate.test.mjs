// The crate as cargo packs it for Rust users.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { appEnv } from "../../scripts/rust-app.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const wasm = ["--target", "wasm32-unknown-unknown"];

/** What it prints, as lines. */
async function cargo(...args) {
  const { stdout } = await run("cargo", args, { cwd: root, env: { ...process.env, ...appEnv } });
  return stdout.trim().split("\n");
}

/** The packages that everline is built with; `-e normal` leaves out those for tests. */
async function dependencies(...features) {
  const plain = ["--prefix", "none", "--format", "{lib}", "-e", "normal"];
  const names = await cargo("tree", ...plain, "--no-default-features", ...features);
  return new Set(names.map((name) => name.replace(" (*)", "")));
}

test("what is packed is what it needs, and nothing else", async () => {
  const files = await cargo("package", "--list", "--allow-dirty");
  const expected =
    /^(Cargo\.(toml(\.orig)?|lock)|\.cargo_vcs_info\.json|README\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE)|src\/[\w/]+\.rs|src\/browser\/\w+\.js)$/;
  assert.deepEqual(
    files.filter((path) => !expected.test(path)),
    [],
  );
});

test("it compiles from the package, for a browser", { timeout: 600_000 }, async () => {
  await cargo("package", "--allow-dirty", ...wasm, "--features", "json");
});

test("what Rust users may want weighs nothing in the npm package", async () => {
  const features = ["--features", "npm-socket,npm-audio,npm-errors"];
  const names = await dependencies(...wasm, ...features);
  assert.ok(names.has("wasm_bindgen"));
  const unwanted = /^(futures|serde|gloo|js_sys|web_sys|wasm_bindgen_futures)/;
  assert.deepEqual(
    [...names].filter((name) => unwanted.test(name)),
    [],
  );
});

test("outside a browser it depends on nothing", async () => {
  assert.deepEqual(await dependencies(), new Set(["everline"]));
});
