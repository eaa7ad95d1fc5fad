// Takes docs/dashboard.png: the real dashboard against the real server, in the middle of coming
// back from a restart, with two faults before it on the time axis.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { run, start } from "../tests/server/server.mjs";
import { findBrowser } from "./lib/browsers.mjs";
import { root } from "./lib/project.mjs";
import { main } from "./lib/step.mjs";

const path = join(root, "docs", "dashboard.png");

await main(async () => {
  const server = await start(["--faults"]);
  const simulator = run("simulator", ["--server", server.url]);
  const browser = await puppeteer.launch({
    executablePath: findBrowser("chrome"),
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    await picture(await browser.newPage(), server.url);
  } finally {
    await browser.close();
    await simulator.stop();
    await server.stop();
  }
  console.log(`wrote ${path}`);
});

async function picture(page, url) {
  await page.setViewport({ width: 1280, height: 1184 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.goto(url);
  await linesOpen(page, 4);
  await say(page, "Everything on this page is live.");
  // The pauses are what the picture shows: time on the axis.
  await delay(20_000);
  await press(page, "500");
  await delay(3000);
  await say(page, "Written while the server answers 500.");
  await linesOpen(page, 4);
  await delay(14_000);
  await press(page, "mute");
  await delay(20_000);
  await press(page, "restart");
  await linesOpen(page, 0);
  await say(page, "Written during the restart.");
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForFunction(() =>
    /^[123] of 4/.test(document.querySelector("#summary").textContent),
  );
  mkdirSync(join(root, "docs"), { recursive: true });
  await page.screenshot({ path });
}

function press(page, fault) {
  return page.click(`[data-fault="${fault}"]`);
}

async function say(page, text) {
  await page.type("#chat-text", text);
  await page.keyboard.press("Enter");
}

function linesOpen(page, count) {
  const selector = '[data-endpoint][data-status="open"]';
  const isReached = (selector, count) => document.querySelectorAll(selector).length === count;
  return page.waitForFunction(isReached, {}, selector, count);
}
