// benches/RESULTS.md says what was measured, and README no number that is not there.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compose } from "../../benches/report.mjs";
import { root } from "../../scripts/lib/project.mjs";

const benches = join(root, "benches");

test("the results are those of the last measurement", async () => {
  const files = await compose();
  const stale = Object.keys(files).filter((path) => contentOf(path) !== files[path]);
  assert.deepEqual(stale, [], "compose them: node benches/report.mjs");
  const plots = Object.keys(files).filter((path) => path.startsWith("plots/"));
  const folder = join(benches, "plots");
  const kept = existsSync(folder) ? readdirSync(folder).map((name) => `plots/${name}`) : [];
  assert.deepEqual(kept.sort(), plots.sort(), "plots");
});

test("figures of performance in README are among the results", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const results = contentOf("RESULTS.md");
  const figures = readme.match(/[\d.,]*\d (?:ns|µs|kB)(?!\w)|[\d.,]*\d (?:times|×)(?= )/g) ?? [];
  const invented = figures.filter((figure) => !results.includes(figure));
  assert.deepEqual(invented, []);
});

function contentOf(path) {
  const full = join(benches, path);
  return existsSync(full) ? readFileSync(full, "utf8") : undefined;
}
