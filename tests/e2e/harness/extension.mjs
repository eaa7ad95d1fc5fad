// `withExtension(name, test)`: a page with the error filter, an application and a reporter, in a
// browser that has an extension which fails as it is asked to (extension/).

import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./browser.mjs";
import { inTime } from "./end.mjs";
import { startSite } from "./site.mjs";

const folder = fileURLToPath(new URL("extension", import.meta.url));
const TIME_LIMIT = 120_000;
/** The one that the extension takes part in. */
const HOST = "127.0.0.1";

/** The filter comes first, the application and its error reporter after it. */
const html = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script>
  globalThis.early = [];
  onerror = (message) => void early.push(message);
</script>
<script src="/pkg/errors.iife.js"></script>
<script>
  globalThis.told = [];
  globalThis.filter = EverlineErrors.installErrorFilter({
    onSuppressed: ({ message, rule, extension }) => told.push({ message, rule, extension }),
  });
</script>
<script>
  globalThis.heard = [];
  const textOf = (thrown) => thrown?.message ?? thrown;
  addEventListener("error", ({ error, message }) => heard.push(textOf(error) ?? message));
  addEventListener("unhandledrejection", ({ reason }) => heard.push(textOf(reason)));
</script>
<script src="/app.js"></script>
`;

const application = `
globalThis.app = {
  throw() {
    throw new Error("app throw");
  },
  reject() {
    Promise.reject(new Error("app reject"));
  },
  async fetch() {
    await fetch("/nowhere", { mode: "same-origin", headers: { "bad name": "" } });
  },
  socket() {
    new WebSocket("http://[bad");
  },
};
globalThis.appCallback = () => {
  throw new Error("app callback");
};`;

let shared;

/** Runs `work({ page, console, open })`: `console` collects what the browser's console reports. */
export function withExtension(name, work) {
  test(name, { timeout: TIME_LIMIT }, async () => {
    shared ??= start();
    const { browser, url } = await shared;
    // Extensions have no part in the contexts that other tests have.
    const page = await browser.newPage();
    const console = [];
    page.on("pageerror", (error) => console.push(textOf(error)));
    await page.goto(url);
    try {
      await work({ page, console });
    } finally {
      await inTime(page.close(), "the page to close");
    }
  });
}

async function start() {
  const starts = [launchBrowser({ extensions: true }), startSite(HOST)];
  const [browser, site] = await Promise.all(starts);
  const url = site.add("/errors", html);
  site.add("/app.js", application, { "content-type": "text/javascript" });
  await browser.installExtension(folder);
  return { browser, site, url };
}

/** The message alone: browsers put different words before it. */
function textOf(error) {
  return String(error?.message ?? error).replace(/^(uncaught exception|\w*Error): /, "");
}

after(async () => {
  const { browser, site } = await shared;
  await browser.close();
  await site.close();
});
