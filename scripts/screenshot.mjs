// Takes docs/dashboard.png: the real dashboard against the real server, in the middle of coming
// back from a restart; before that the lines were mute for a while, and WebSocket was blocked.

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
  await page.setViewport({ width: 1280, height: 1628 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.goto(url);
  await summary(page, "All 5");
  await say(page, "Everything on this page is live.");
  // The pauses are what the picture shows: time on the axis.
  await delay(12_000);
  await press(page, "mute");
  await delay(18_000);
  await press(page, "block-websocket");
  await chatOver(page, "http");
  await delay(10_000);
  await say(page, "Written over HTTP: WebSocket is blocked.");
  await delay(4000);
  await press(page, "block-websocket");
  await chatOver(page, "websocket");
  await summary(page, "All 5");
  await delay(10_000);
  await press(page, "restart");
  await summary(page, "0 of 5");
  await say(page, "Written during the restart.");
  await page.evaluate(() => document.activeElement.blur());
  await summary(page, "[1234] of 5");
  mkdirSync(join(root, "docs"), { recursive: true });
  await page.screenshot({ path, fullPage: true });
}

function press(page, fault) {
  return page.click(`[data-fault="${fault}"]`);
}

async function say(page, text) {
  await page.type("#chat-text", text);
  await page.keyboard.press("Enter");
}

function chatOver(page, transport) {
  return page.waitForSelector(`[data-endpoint="/ws"][data-transport="${transport}"]`);
}

function summary(page, beginning) {
  const isSaid = (beginning) =>
    document.querySelector("#summary").textContent.match(`^${beginning} `) !== null;
  return page.waitForFunction(isSaid, {}, beginning);
}
