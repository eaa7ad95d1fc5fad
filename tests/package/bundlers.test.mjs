// The package in pages that bundlers make with their defaults: nothing has to be configured.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, test } from "node:test";
import { e2e } from "../e2e/harness/test.mjs";
import { bundlers, startVite } from "./harness/bundlers.mjs";
import { filesIn, project } from "./harness/project.mjs";

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** What a page shows that has connected, got its message back, and closed. */
const echoed = "1000 hello";

const pages = {
  vite: {
    page: echoed,
    workers: `${echoed}, ${echoed}`,
    separate: echoed,
    "separate-vite": echoed,
  },
  webpack: {
    page: echoed,
    workers: `${echoed}, ${echoed}`,
    service: echoed,
    separate: echoed,
    "separate-webpack": echoed,
  },
  esbuild: { page: echoed },
  rollup: { page: echoed },
  parcel: { page: echoed, service: echoed, separate: echoed },
};

for (const [bundler, build] of Object.entries(bundlers)) {
  for (const [page, outcome] of Object.entries(pages[bundler])) {
    const folder = `${bundler}-${page}`;
    test(`${bundler} builds ${page}.js`, async () => {
      assert.deepEqual(await build(page, join(project, folder)), []);
    });
    e2e(`${page}.js, built by ${bundler}, runs`, async ({ page: tab, peer, site }) => {
      for (const file of filesIn(folder)) {
        const headers = { "content-type": types[extname(file)] };
        site.add(`/${folder}/${file}`, readFileSync(join(project, folder, file)), headers);
      }
      await shows(tab, `${site.url}${folder}/${page}.html`, peer, outcome);
    });
  }

  test(`${bundler} leaves out what is not used`, async () => {
    const folder = `${bundler}-errors`;
    assert.deepEqual(await build("errors", join(project, folder)), []);
    const text = filesIn(folder)
      .map((file) => readFileSync(join(project, folder, file), "utf8"))
      .join("");
    const found = Object.keys(parts).filter((part) => text.includes(parts[part]));
    assert.deepEqual(found, ["isExtensionError"]);
  });
}

// A word that only this part has.
const parts = {
  ReconnectingWebSocket: "resume.v1",
  AudioBatcher: "AudioWorklet",
  isExtensionError: "unavailable",
};

let vite;
after(() => vite?.close());

for (const page of ["page", "workers", "separate-vite"]) {
  e2e(`${page}.js runs on Vite's development server`, async ({ page: tab, peer }) => {
    vite ??= await startVite();
    await shows(tab, `${vite.url}${page}.html`, peer, pages.vite[page]);
    assert.deepEqual(vite.warnings, []);
  });
}

/** Opens a page that connects to the peer, and waits for what it shows. */
async function shows(tab, url, peer, outcome) {
  await tab.goto(`${url}#${peer.url}`);
  const title = await tab.waitForFunction(() => document.title, { timeout: 60_000 });
  assert.equal(await title.jsonValue(), outcome);
  for (const { closed } of peer.connections.entries) {
    assert.deepEqual(await closed, { code: 1000, reason: "hello" });
  }
  assert.equal(peer.connections.entries.length, outcome.split(", ").length);
}
