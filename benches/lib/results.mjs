// The results as files: one for each bench, with all that its figures depend on.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/lib/project.mjs";

export const folder = join(root, "benches");

/** In the order of the report. */
export const order = [
  "size",
  "startup",
  "messages",
  "send",
  "overhead",
  "recovery",
  "fallback",
  "session",
  "audio",
  "server",
  "storm",
];

/** The benches that exist. */
export function benches() {
  return order.filter((name) => existsSync(join(folder, name, "bench.mjs")));
}

export async function load(name) {
  const { default: bench } = await import(join(folder, name, "bench.mjs"));
  return bench;
}

/** The kept results, in the order of the report: `{ bench, data, machine, versions, … }`. */
export function results() {
  const place = join(folder, "results");
  const kept = existsSync(place) ? readdirSync(place) : [];
  return order
    .filter((name) => kept.includes(`${name}.json`))
    .map((name) => JSON.parse(readFileSync(join(place, `${name}.json`), "utf8")));
}

export function keep(result) {
  mkdirSync(join(folder, "results"), { recursive: true });
  const path = join(folder, "results", `${result.bench}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`);
}
