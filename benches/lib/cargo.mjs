// Native programs: built by Cargo, which knows where they are.

import { spawnSync } from "node:child_process";
import { root } from "../../scripts/lib/project.mjs";
import { Failure } from "../../scripts/lib/step.mjs";

/** Builds a bench target for release, and gives the path of the program. */
export function buildBench(name) {
  const args = ["build", "--release", "--bench", name, "--message-format", "json"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 };
  const { status, stdout, stderr } = spawnSync("cargo", args, options);
  if (status !== 0) throw new Failure(`'${name}' cannot be built:\n${stderr}`);
  const messages = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return messages.findLast(({ executable }) => executable).executable;
}
