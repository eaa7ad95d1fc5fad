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
  await page.setViewport({ width: 1280, height: 1160 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.goto(url);
  await linesAre(page, "open");
  await say(page, "Everything on this page is live.");
  // The pauses are what the picture shows: time on the axis.
  await delay(20_000);
  await press(page, "500");
  await delay(3000);
  await say(page, "Written while the server answers 500.");
  await linesAre(page, "open");
  await delay(14_000);
  await press(page, "mute");
  await delay(20_000);
  await press(page, "restart");
  await linesAre(page, "waiting");
  await say(page, "Written during the restart.");
  await delay(1200);
  await page.evaluate(() => document.activeElement.blur());
  await linesAre(page, "waiting");
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

function linesAre(page, status) {
  const all = (wanted) =>
    [...document.querySelectorAll("[data-endpoint]")].every(
      ({ dataset }) => dataset.status === wanted,
    );
  return page.waitForFunction(all, {}, status);
}
