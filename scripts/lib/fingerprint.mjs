// Skips work whose inputs and outputs are what they were; by content, not by modification time.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root, targetDir } from "./project.mjs";

/** Runs `work` unless it ran before with the same `inputs` and its `outputs` are untouched. */
export async function whenChanged(name, { inputs, outputs }, work) {
  const stamp = join(targetDir, "stamps", name);
  const before = fingerprint(inputs);
  const current = () => `${before} ${fingerprint(outputs)}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === current()) return;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, current());
}

/** A hash over files and folders, given relative to the project or absolute. */
export function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesIn)) {
    const content = readFileSync(resolve(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function filesIn(path) {
  const full = resolve(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
