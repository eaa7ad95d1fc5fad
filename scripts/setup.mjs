// Prepares a machine that has nothing but Rust (by rustup) and Node.
// Every step first looks whether it is already done, so a second run takes no time.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./lib/browsers.mjs";
import { fingerprint } from "./lib/fingerprint.mjs";
import { geckodriver, root, usePinnedTools, wasmBindgen, wasmPack } from "./lib/project.mjs";
import { Failure, step } from "./lib/step.mjs";

/** Sets up what a build needs, and on demand what linting and driving browsers need as well. */
export async function setup({ lints = false, browsers = false } = {}) {
  checkNode();
  await nodeModules();
  await rustTarget();
  if (lints) await rustLints();
  const tools = [wasmBindgen, wasmPack, ...(browsers ? [geckodriver] : [])];
  for (const tool of tools) await rustTool(tool);
  if (browsers) await installBrowsers();
  usePinnedTools();
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return;
  throw new Failure(`Node 20.11 or newer is needed; this is ${process.versions.node}`);
}

async function nodeModules() {
  const stamp = join(root, "node_modules", ".everline-lock");
  const lock = fingerprint(["package-lock.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  await step("npm packages", (run) => run("npm", ["ci", "--ignore-scripts"]));
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

async function installBrowsers() {
  const packages = { chrome: "chromium", chromedriver: "chromium-driver", firefox: "firefox-esr" };
  const missing = () => Object.keys(packages).filter((name) => !findBrowser(name));
  if (missing().length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const install = ["install", "-y", "--no-install-recommends"];
    const names = missing().map((name) => packages[name]);
    await step(
      `Browsers: ${names.join(", ")}`,
      async (run) => {
        await run("apt-get", ["update"]);
        await run("apt-get", [...install, ...names], { DEBIAN_FRONTEND: "noninteractive" });
      },
      { expect: "downloading, about a minute" },
    );
  }
  if (missing().length === 0) return;
  throw new Failure(
    `The tests drive real browsers, and this machine lacks: ${missing().join(", ")}.\n` +
      "Install Chromium (or Chrome) with its ChromeDriver, and Firefox; " +
      "on Debian: apt-get install chromium chromium-driver firefox-esr.\n" +
      "They are searched on PATH; CHROME, CHROMEDRIVER and FIREFOX may name them instead.",
  );
}

function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
