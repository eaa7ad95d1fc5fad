// Runs the test suites: all of them, or those named on the command line.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, buildWasm } from "./build.mjs";
import { findBrowser } from "./lib/browsers.mjs";
import { count } from "./lib/count.mjs";
import { emptyFolder, root } from "./lib/project.mjs";
import { Failure, main, seconds } from "./lib/step.mjs";
import { printTable } from "./lib/table.mjs";
import { appEnv, appManifest, buildApp } from "./rust-app.mjs";
import { setup } from "./setup.mjs";
import { size } from "./size.mjs";

const wasm = ["--target", "wasm32-unknown-unknown"];
const npm = ["--no-default-features", "--features", "npm-socket,npm-audio,npm-errors"];
const browserTests = ["--test", "browser", "--features", "json"];
const deny = ["--", "-D", "warnings"];
const docWarnings = { RUSTDOCFLAGS: "-D warnings" };
const compileOnly = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "true" };
// What a third engine is asked: whether the core does there what it does in the others.
const webkitTests = [
  "audio-stream",
  "close-codes",
  "closing",
  "failed-attempts",
  "fallback-fall",
  "fallback-return",
  "listeners",
  "platform-events",
  "reconnect",
  "session-resume",
];
const nothing = { passed: 0, failed: 0 };

const suites = {
  format: () =>
    each(
      () => count("cargo", ["fmt", "--check"]),
      () => count("cargo", ["fmt", "--check", ...appManifest]),
      () => count("biome", ["check", "--linter-enabled=false"]),
    ),
  lints: () =>
    each(
      () => count("cargo", ["clippy", "--all-targets", "--features", "json", ...deny]),
      () => count("cargo", ["clippy", ...wasm, ...npm, ...deny]),
      () => count("cargo", ["clippy", ...wasm, "--lib", ...browserTests, ...deny]),
      () => count("biome", ["lint", "--error-on-warnings"]),
    ),
  types: () =>
    each(
      () => succeeds(buildWasm),
      () => count("tsc", ["-p", "tsconfig.json"]),
      () => count("cargo", ["doc", "--no-deps", "--features", "json"], docWarnings),
      () => count("cargo", ["doc", "--no-deps", ...wasm, "--features", "json"], docWarnings),
    ),
  native: () =>
    each(
      () => count("cargo", ["test", "--no-fail-fast", "--features", "json"]),
      // Examples that need a browser are only compiled: nothing here could run them.
      () => count("cargo", ["test", "--doc", ...wasm, "--features", "json"], compileOnly),
    ),
  codec: () => nodeTests("codec"),
  build: () => succeeds(build),
  size: () =>
    withPackage(() =>
      each(
        () => nodeTests("size"),
        () => succeeds(size),
      ),
    ),
  server: () => withServer(() => nodeTests("server")),
  package: () => withPackage(() => nodeTests("package")),
  protocols: () => withPackage(() => nodeTests("protocols")),
  docs: () => withPackage(() => nodeTests("docs")),
  browser: () =>
    withServer(() =>
      each(
        () => wasmTests("--chrome", { CHROMEDRIVER: findBrowser("chromedriver") }),
        () => wasmTests("--firefox"),
      ),
    ),
  "rust-app": () =>
    withApp(() =>
      withServer(() =>
        each(
          () => count("cargo", ["clippy", ...appManifest, ...wasm, "--locked", ...deny], appEnv),
          () => nodeTests("rust-app"),
        ),
      ),
    ),
  e2e: () =>
    withPackage(() =>
      withServer(() =>
        each(
          () => nodeTests("e2e", { BROWSER: "chrome" }),
          () => nodeTests("e2e", { BROWSER: "firefox" }),
        ),
      ),
    ),
  webkit: () =>
    withPackage(() => withServer(() => nodeTests("e2e", { BROWSER: "webkit" }, webkitTests))),
};

await main(async () => {
  const names = chosenSuites(process.argv.slice(2));
  await setup({
    lints: names.some((name) => ["format", "lints"].includes(name)),
    browsers: names.some((name) =>
      ["browser", "e2e", "package", "protocols", "docs", "rust-app"].includes(name),
    ),
    webkit: names.includes("webkit"),
    speech: names.some((name) => ["server", "e2e"].includes(name)),
    consumers: names.some((name) => ["package", "protocols", "docs"].includes(name)),
  });
  const results = [];
  for (const name of names) results.push(await runSuite(name));
  report(results);
});

function chosenSuites(names) {
  const unknown = names.filter((name) => !(name in suites));
  // WebKitGTK is made for Linux only.
  const all = Object.keys(suites).filter(
    (name) => name !== "webkit" || process.platform === "linux",
  );
  if (unknown.length === 0) return names.length > 0 ? names : all;
  const known = Object.keys(suites).join(", ");
  throw new Failure(`No such suite: ${unknown.join(", ")}. There are: ${known}`);
}

async function runSuite(name) {
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  // Whatever goes wrong in one suite, the others run.
  const { passed, failed } = await suites[name]().catch(failure);
  return { suite: name, passed, failed, time: seconds(performance.now() - start) };
}

function report(results) {
  printTable(results);
  const { passed, failed } = results.reduce(add, nothing);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function add(one, other) {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed };
}

async function each(...checks) {
  let total = nothing;
  for (const check of checks) total = add(total, await check());
  return total;
}

/** Counts a function as one test that passes unless it throws. */
async function succeeds(work) {
  try {
    await work();
    return { passed: 1, failed: 0 };
  } catch (error) {
    return failure(error);
  }
}

function failure(error) {
  console.error(error instanceof Failure ? error.message : error);
  return { passed: 0, failed: 1 };
}

/** Runs tests that need pkg/; without it they are one failure. */
async function withPackage(tests) {
  const { failed } = await succeeds(build);
  return failed > 0 ? { passed: 0, failed } : tests();
}

/** Runs tests that need examples/rust-app built. */
async function withApp(tests) {
  const { failed } = await succeeds(buildApp);
  return failed > 0 ? { passed: 0, failed } : tests();
}

/** Runs tests that start the example programs. */
async function withServer(tests) {
  const examples = ["--example", "server", "--example", "simulator"];
  const { failed } = await count("cargo", ["build", ...examples]);
  return failed > 0 ? { passed: 0, failed } : tests();
}

/** Runs the tests of a folder, or those of these names. */
async function nodeTests(folder, env, names) {
  const files = readdirSync(join(root, "tests", folder), { withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith(".test.mjs"))
    .filter((file) => names?.includes(file.name.replace(".test.mjs", "")) ?? true)
    .map((file) => join(root, "tests", folder, file.name));
  if (files.length === 0) throw new Failure(`No tests in tests/${folder}`);
  // Each test has a limit of its own; this is for all of a process. Three at once were no faster on two
  // processors, and tests with short time limits ran out of them.
  const limits = ["--test-timeout=3600000", "--test-concurrency=2"];
  return count(
    "node",
    ["--test", "--test-reporter=spec", ...limits, ...together(folder, files, env?.BROWSER)],
    env,
  );
}

/**
 * Files that are tested in one process share what is started once in each, above all a browser: Firefox
 * takes as long to start as ten short tests. Neighbours in the alphabet are alike, and as slow: they go to
 * different processes.
 */
function together(folder, files, browser) {
  // An even number, so that none runs alone in the end.
  const processes = browser ? 2 * Math.ceil(files.length / 26) : Math.ceil(files.length / 6);
  const target = emptyFolder(`target/tests/${folder}`);
  return Array.from({ length: processes }, (_, process) => {
    const path = join(target, `${process}.mjs`);
    const own = files.filter((_, index) => index % processes === process);
    writeFileSync(path, own.map((file) => `await import(${JSON.stringify(file)});\n`).join(""));
    return path;
  });
}

async function wasmTests(browser, env) {
  const { start } = await import("../tests/server/server.mjs");
  const server = await start(["--faults"]);
  try {
    const args = ["test", "--headless", browser, "--mode", "no-install", "--", ...browserTests];
    // Compiled into the tests: a page in a browser has no environment.
    return await count("wasm-pack", args, { ...env, EVERLINE_SERVER: server.url });
  } finally {
    await server.stop();
  }
}
