// The browser under test: Chromium or with BROWSER=firefox Firefox, by puppeteer; or with
// BROWSER=webkit WebKitGTK, by its WebDriver.

import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { findBrowser } from "../../../scripts/lib/browsers.mjs";
import { inTime } from "./end.mjs";
import { Journal } from "./journal.mjs";
import { launchWebKit } from "./webkit.mjs";

export const browserName = process.env.BROWSER ?? "chrome";

/** What Chromium's microphone hears, from the beginning whenever it is opened: a WAV file. */
export const microphone = join(tmpdir(), `everline-microphone-${process.pid}.wav`);

const options = {
  chrome: {
    args: [
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${microphone}%noloop`,
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Every window would load the pages of an address bar that nobody sees: half of its cost.
      "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
      // Chromium's sandbox refuses to run as root, which containers are.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  },
  firefox: {
    extraPrefsFirefox: {
      // A microphone that nobody may use.
      "media.navigator.streams.fake": true,
      "permissions.default.microphone": 2,
      // Firefox would look up its makers' hosts at every start.
      "app.normandy.enabled": false,
      "app.update.auto": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "services.settings.server": "data:,",
    },
  },
};

/**
 * Starts the browser, or the one of that `name`; `args` are further flags, `without` names those of
 * puppeteer's that are not wanted, with `extensions` it takes extensions (`installExtension`), and without
 * `networkEnabled` the browser does not report each frame of each WebSocket. Close it with `close()`, which
 * leaves no process behind, whatever the browser does.
 */
export async function launchBrowser({
  name = browserName,
  args = [],
  without = [],
  extensions = false,
  networkEnabled = true,
} = {}) {
  if (name === "webkit") return launchWebKit();
  const executablePath = findBrowser(name);
  if (!executablePath) throw new Error(`no ${name} on this machine: see CONTRIBUTING.md`);
  const own = options[name];
  const browser = await puppeteer.launch({
    browser: name,
    executablePath,
    headless: true,
    timeout: 120_000,
    ...own,
    args: [...(own.args ?? []), ...args],
    ignoreDefaultArgs: without,
    networkEnabled,
    // Chromium takes them by a pipe only; Firefox has none.
    ...(extensions && name === "chrome" && { pipe: true, enableExtensions: true }),
  });
  closeInTime(browser);
  return browser;
}

/** Lets `close()` wait for the browser's processes, and kill them if they do not end. */
function closeInTime(browser) {
  const program = browser.process();
  // Its pipes are closed by then, too, which its children share.
  const gone = new Promise((resolve) => program.once("close", resolve));
  const close = browser.close.bind(browser);
  browser.close = async () => {
    try {
      await inTime(Promise.all([close(), gone]), `the end of ${browserName}`);
    } catch (error) {
      console.error(`${error.message}: it is killed`);
      kill(program);
    }
  };
}

/** Kills a browser with its children, which puppeteer has put into one group. */
function kill(program) {
  try {
    process.kill(-program.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
  for (const pipe of program.stdio) pipe?.destroy();
}

/**
 * A page in a context of its own: no cookies, storage or connection throttling of other tests.
 * `page.log` records what its console said, and what nobody caught.
 */
export async function openPage(browser, url) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.log = new Journal("console");
  page.on("console", (message) => page.log.push({ type: message.type(), text: message.text() }));
  page.on("pageerror", ({ message }) => page.log.push({ type: "error", text: message }));
  await page.evaluateOnNewDocument(recordUncaught);
  await page.goto(url);
  return page;
}

/** What was thrown in the page and caught by nothing. */
export function uncaughtErrors(page) {
  return page.evaluate(() => globalThis.uncaught);
}

// In the page, because Firefox reports its own network messages like uncaught errors.
function recordUncaught() {
  globalThis.uncaught = [];
  // Firefox's `stack` lacks the message.
  const record = (thrown) => globalThis.uncaught.push(`${thrown}\n${thrown?.stack ?? ""}`);
  addEventListener("error", (event) => record(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => record(event.reason));
}
