// The crate in a page of somebody else's making: examples/rust-app, against the reference server.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { untilText, untilTrue } from "../e2e/harness/dashboard.mjs";
import { live, route } from "../e2e/harness/live.mjs";

const PATIENCE = 100_000;

const types = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** Runs `work({ page, server })` in the chat, once it is open. */
function chat(name, work) {
  live(name, async ({ page, server, site }) => {
    const url = serve(site);
    await page.goto(`${url}?server=${encodeURIComponent(route(server, "/ws"))}`);
    await page.waitForSelector(".standing", { timeout: PATIENCE });
    await untilText(page, ".standing", "Open");
    await work({ page, server });
  });
}

chat("it greets, and what is said comes back", async ({ page }) => {
  await untilText(page, ".log", "Connected, as number");
  await say(page, "hello <everyone>");
  await untilSaid(page, ["hello <everyone>"]);
  assert.deepEqual(page.log.entries, [], "nothing in the console");
});

chat("it comes back after a drop, with what was written meanwhile", async ({ page, server }) => {
  await say(page, "before");
  await untilSaid(page, ["before"]);
  await server.fault("handshake?mode=500");
  await server.fault("drop?endpoint=/ws");
  await untilText(page, ".standing", "Reconnecting in");
  await say(page, "while the line");
  await say(page, "is down");
  assert.deepEqual(await texts(page, "pending"), ["while the line", "is down"]);
  await server.fault("handshake?mode=none");
  await untilText(page, ".standing", "Open");
  await untilSaid(page, ["before", "while the line", "is down"]);
});

chat("the button does not wait, and is there while it is of use", async ({ page, server }) => {
  const isHidden = () => page.$eval("header button", ({ hidden }) => hidden);
  assert.ok(await isHidden());
  await server.fault("close?endpoint=/ws&code=4403&reason=out");
  await untilText(page, ".standing", "Given up: the server closed with a code");
  await say(page, "still there?");
  await page.click("header button");
  await untilText(page, ".standing", "Open");
  await untilSaid(page, ["still there?"]);
  assert.ok(await isHidden());
});

chat("screen readers are told what happens, and what the input is for", async ({ page }) => {
  await untilText(page, "[role=status]", "Open");
  await untilText(page, "[role=log]", "Connected");
  const label = await page.$eval("#text", ({ labels }) => labels[0]?.textContent);
  assert.match(label, /^You are guest \d{4}$/);
});

/** Writes and sends, as a user does. */
async function say(page, text) {
  await page.type("#text", text);
  await page.keyboard.press("Enter");
}

/** Waits until exactly this has been said, in this order, and nothing is on its way any more. */
function untilSaid(page, texts) {
  const isSaid = (expected) => {
    const lines = [...document.querySelectorAll(".log li:not([data-state=note])")];
    const said = lines.map(({ dataset, children: [, text] }) => [dataset.state, text.textContent]);
    return JSON.stringify(said) === expected;
  };
  return untilTrue(page, isSaid, JSON.stringify(texts.map((text) => ["said", text])));
}

function texts(page, state) {
  return page.$$eval(`.log [data-state=${state}] span`, (lines) =>
    lines.map(({ textContent }) => textContent),
  );
}

/** Puts the app on the site; gives its address. */
function serve(site) {
  const add = (folder, name, path) => {
    const file = fileURLToPath(new URL(`../../${folder}/${name}`, import.meta.url));
    return site.add(path, readFileSync(file), { "content-type": types[extname(name)] });
  };
  const built = readdirSync(new URL("../../target/rust-app", import.meta.url), { recursive: true });
  for (const name of built.filter((name) => extname(name) in types)) {
    add("target/rust-app", name, `/chat/pkg/${name}`);
  }
  add("examples/rust-app", "style.css", "/chat/style.css");
  return add("examples/rust-app", "index.html", "/chat/");
}
