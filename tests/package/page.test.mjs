// The packed script in pages that check it: by its hash, as it is written beside it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { e2e } from "../e2e/harness/test.mjs";
import { installed } from "./harness/project.mjs";

const javascript = { "content-type": "text/javascript" };
const read = (name) => readFileSync(join(installed, "pkg", name), "utf8");
const hashes = JSON.parse(read("integrity.json"));

for (const [name, global] of [
  ["everline.iife.js", "Everline"],
  ["errors.iife.js", "EverlineErrors"],
]) {
  const tag = (src) =>
    `<link rel="icon" href="data:,">
    <script src="${src}" integrity="${hashes[name]}" crossorigin="anonymous"></script>`;
  const runs = (page) => page.evaluate((global) => global in globalThis, global);

  e2e(`${name} runs where its hash is asked for`, async ({ page, site }) => {
    const script = site.add(`/${name}`, read(name), javascript);
    await page.goto(site.add("/page", tag(script)));
    assert.equal(await runs(page), true);
  });

  e2e(`${name} does not run if a byte of it has changed`, async ({ page, site }) => {
    const script = site.add(`/changed-${name}`, `${read(name)} `, javascript);
    await page.goto(site.add("/page", tag(script)));
    assert.equal(await runs(page), false);
  });
}
