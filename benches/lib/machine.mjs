// What the figures were measured on, and with which versions.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { findBrowser } from "../../scripts/lib/browsers.mjs";
import { root } from "../../scripts/lib/project.mjs";

export function machine() {
  const [{ model }] = cpus();
  return {
    cpu: model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: [distribution(), type(), release(), arch()].filter(Boolean).join(" "),
  };
}

/** Everline, what ran it, and the peers of benches/package.json. */
export function versions() {
  const { dependencies } = json("benches/package.json");
  const installed = Object.keys(dependencies).map((name) => [
    name,
    json(`benches/node_modules/${name}/package.json`).version,
  ]);
  return {
    everline: json("package.json").version,
    node: process.versions.node,
    chromium: browserVersion("chrome"),
    firefox: browserVersion("firefox"),
    rustc: output("rustc"),
    ...Object.fromEntries(installed),
  };
}

function distribution() {
  try {
    return /^PRETTY_NAME="(.*)"/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

function browserVersion(name) {
  const program = findBrowser(name);
  return program ? output(program) : undefined;
}

/** The version in what a program says about itself. */
function output(program) {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return /\d+(?:\.\d+)+/.exec(stdout ?? "")?.[0];
}

function json(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}
