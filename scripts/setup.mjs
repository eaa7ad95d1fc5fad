// Prepares a machine that has nothing but Rust (by rustup) and Node.
// Every step first looks whether it is already done, so a second run takes no time.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./lib/browsers.mjs";
import { fingerprint } from "./lib/fingerprint.mjs";
import {
  geckodriver,
  pocketsphinx,
  recordings,
  root,
  usePinnedTools,
  wasmBindgen,
  wasmPack,
} from "./lib/project.mjs";
import { Failure, step } from "./lib/step.mjs";

/** Programs that the tests drive, and the Debian packages that have them. */
const both = { chrome: "chromium", chromedriver: "chromium-driver", firefox: "firefox-esr" };
const webkitGtk = { webkit: "webkit2gtk-driver", xvfb: "xvfb" };

/**
 * Sets up what a build needs; on demand also what linting, driving `browsers` (Chromium and Firefox) and
 * `webkit`, speech, and projects that use the package (`consumers`) need.
 */
export async function setup({
  lints = false,
  browsers = false,
  webkit = false,
  speech = false,
  consumers = false,
} = {}) {
  checkNode();
  await nodeModules("npm packages", ".");
  if (consumers) await nodeModules("npm packages of the consumers", "tests/package");
  await rustTarget();
  if (lints) await rustLints();
  const tools = [wasmBindgen, wasmPack, ...(browsers ? [geckodriver] : [])];
  for (const tool of tools) await rustTool(tool);
  if (browsers) await installBrowsers(both);
  if (webkit) await installBrowsers(webkitGtk);
  if (speech) {
    await installRecogniser();
    await installVoice();
  }
  usePinnedTools();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return;
  throw new Failure(`Node 20.11 or newer is needed; this is ${process.versions.node}`);
}

async function nodeModules(title, folder) {
  const stamp = join(root, folder, "node_modules", ".everline-lock");
  const lock = fingerprint([join(folder, "package-lock.json")]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // Not `npm ci`: it refuses where a registry lacks an optional package for some other platform.
  const install = ["install", "--no-save", "--ignore-scripts", "--prefer-offline"];
  await step(title, (run) => run("npm", [...install, "--prefix", folder]));
  writeFileSync(stamp, lock);
}

async function rustTarget() {
  const sysroot = output("rustc", ["--print", "sysroot"]);
  if (!sysroot) throw new Failure("Rust is missing: install it with rustup, see https://rustup.rs");
  const target = "wasm32-unknown-unknown";
  if (existsSync(join(sysroot, "lib", "rustlib", target))) return;
  await step(`Rust target ${target}`, (run) => run("rustup", ["target", "add", target]));
}

async function rustLints() {
  for (const [component, command] of [
    ["clippy", "cargo-clippy"],
    ["rustfmt", "cargo-fmt"],
  ]) {
    if (output(command, ["--version"])) continue;
    await step(`Rust component ${component}`, (run) =>
      run("rustup", ["component", "add", component]),
    );
  }
}

async function rustTool({ name, version, folder }) {
  if (existsSync(join(folder, ".crates2.json"))) return;
  await step(
    `${name} ${version}`,
    // Without --locked: the lock files published with these tools name crates that were withdrawn.
    (run) => run("cargo", ["install", `${name}@${version}`, "--root", folder]),
    { expect: "compiling once for all checkouts, 1 to 4 minutes" },
  );
}

async function installBrowsers(packages) {
  const missing = () => Object.keys(packages).filter((name) => !findBrowser(name));
  await debianPackages("Browsers", () => missing().map((name) => packages[name]));
  if (missing().length === 0) return;
  throw new Failure(
    `The tests drive real browsers, and this machine lacks: ${missing().join(", ")}.\n` +
      `Install them; on Debian: apt-get install ${Object.values(packages).join(" ")}.\n` +
      `They are searched on PATH; ${Object.keys(packages).join(", ").toUpperCase()} may name them instead.`,
  );
}

async function installRecogniser() {
  const { name, version, folder } = pocketsphinx;
  // Compiled for one version of Python, it has to be the one that is there.
  const env = { ...process.env, PYTHONPATH: folder };
  if (existsSync(folder) && succeeds("python3", ["-c", `import ${name}`], { env })) return;
  const hasPip = () => succeeds("python3", ["-m", "pip", "--version"]);
  await debianPackages("Python", () => (hasPip() ? [] : ["python3-pip"]));
  if (!hasPip()) {
    throw new Failure(
      "The tests recognise speech by a Python program: install Python 3.9 or newer with pip; " +
        "on Debian: apt-get install python3-pip.",
    );
  }
  const unfinished = `${folder}.unfinished`;
  const options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--target", unfinished];
  const requirements = ["-r", join("scripts", "lib", `${name}.txt`)];
  await step(`${name} ${version}`, async (run) => {
    rmSync(unfinished, { recursive: true, force: true });
    await run("python3", ["-m", "pip", "install", ...options, ...requirements]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  });
}

async function installVoice() {
  const packages = { flite: "/usr/bin/flite", "pocketsphinx-testdata": recordings };
  const missing = () => Object.keys(packages).filter((name) => !existsSync(packages[name]));
  await debianPackages("Voice", missing);
  if (missing().length === 0) return;
  throw new Failure(
    `The tests speak, and play recorded speech; this machine lacks: ${missing().join(", ")}.\n` +
      "On Debian: apt-get install flite pocketsphinx-testdata.",
  );
}

/** Installs what is missing, where that is possible without asking. */
async function debianPackages(title, missing) {
  const names = missing();
  if (names.length === 0 || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  const install = ["install", "-y", "--no-install-recommends"];
  await step(
    `${title}: ${names.join(", ")}`,
    async (run) => {
      await run("apt-get", ["update"]);
      await run("apt-get", [...install, ...names], { DEBIAN_FRONTEND: "noninteractive" });
    },
    { expect: "downloading, about a minute" },
  );
}

function succeeds(command, args, options) {
  return spawnSync(command, args, { stdio: "ignore", ...options }).status === 0;
}

function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
