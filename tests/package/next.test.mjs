// The package in a Next.js application: rendered on the server, and alive in the browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";
import { e2e } from "../e2e/harness/test.mjs";
import { packed, program, project, runIn } from "./harness/project.mjs";

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
let server;
let url;

before(async () => {
  await runIn("next", program("next"), ["build"], env);
  const start = ["start", "--port", "0", "--hostname", "127.0.0.1"];
  server = spawn(program("next"), start, { cwd: join(project, "next"), env });
  for await (const line of createInterface({ input: server.stdout })) {
    url = /http:\S+/.exec(line)?.[0];
    if (url) return;
  }
  throw new Error("Next.js did not start");
});

after(async () => {
  server.kill();
  await once(server, "close");
});

e2e("Next.js renders a page that imports it, and the page connects", async ({ page, peer }) => {
  const html = await (await fetch(url)).text();
  assert.match(html, new RegExp(`<p title="${packed.version}">waiting</p>`));
  await page.goto(`${url}#${peer.url}`);
  await page.waitForFunction(() => document.querySelector("p").textContent !== "waiting");
  assert.equal(await page.$eval("p", (p) => p.textContent), "1000 hello");
  const { closed } = await peer.connection();
  assert.deepEqual(await closed, { code: 1000, reason: "hello" });
});
