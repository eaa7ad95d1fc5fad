// Networks that WebSockets do not get through, in real Chromium.

import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launchBrowser, openPage } from "../../tests/e2e/harness/browser.mjs";
import { startProxy } from "../../tests/e2e/harness/proxy.mjs";
import { startSite } from "../../tests/e2e/harness/site.mjs";
import { bundleOf } from "../lib/peers.mjs";
import { startNode, startReference } from "../lib/program.mjs";
import { contestants } from "./contestants.mjs";

export const names = Object.keys(contestants);

const peersServer = fileURLToPath(new URL("peers-server.mjs", import.meta.url));

/** How long an echo may take, in ms. */
const REST = 2000;

/** What a proxy that knows nothing of WebSockets answers. */
const BLOCKED = 403;

/** What happens to the network: before the socket is made, and then. */
const plots = {
  /** Blocked; only until something has come back. */
  first: {
    before: (proxy) => {
      proxy.webSocket = BLOCKED;
    },
    goOn: ({ first }) => first(10_000),
  },
  /** Blocked, and free again after a while. */
  blocked: {
    before: (proxy) => {
      proxy.webSocket = BLOCKED;
    },
    async goOn({ proxy, at, now }) {
      await at(5000);
      proxy.webSocket = "pass";
      const lifted = await now();
      await at(35_000);
      return { lifted };
    },
  },
  /** WebSockets open, and nothing passes. */
  mute: {
    before: (proxy) => {
      proxy.webSocket = "mute";
    },
    goOn: ({ at }) => at(35_000),
  },
  /** Blocked in the middle of a conversation, for a while. */
  cut: {
    async goOn({ proxy, at, now }) {
      await at(3000);
      proxy.webSocket = BLOCKED;
      proxy.cut();
      const lost = await now();
      await at(lost + 6000);
      proxy.webSocket = "pass";
      const lifted = await now();
      await at(35_000);
      return { lost, lifted };
    },
  },
};

/** Gives `work` a function `tell(name, plot)` which resolves to the story of one socket. */
export async function withBrowser(work) {
  const [browser, site, reference, peers] = await Promise.all([
    launchBrowser({ name: "chrome" }),
    startSite(),
    startReference(),
    startNode([peersServer]),
  ]);
  const ports = { reference: reference.port, peers: peers.port };
  try {
    const script = { "content-type": "text/javascript" };
    for (const name of names) {
      const code = await bundleOf(name, contestants[name].source);
      site.add(`/bench/${encodeURIComponent(name)}.js`, code, script);
    }
    const module = 'export * from "./fallback/story.mjs";';
    site.add("/bench/story.js", await bundleOf("story", module), script);
    return await work(async (name, plot) => {
      const page = await openPage(browser, site.url);
      try {
        const { server, path } = contestants[name];
        const proxy = await startProxy(`http://127.0.0.1:${ports[server]}/`);
        proxy.keepAlive = true;
        return await tell(page, proxy, { name, path, ...plots[plot] }).finally(() => proxy.stop());
      } finally {
        await page.browserContext().close();
      }
    });
  } finally {
    await browser.close();
    await Promise.all([site.close(), reference.stop(), peers.stop()]);
  }
}

async function tell(page, proxy, { name, path, before, goOn }) {
  before?.(proxy);
  await page.evaluate(
    async (name, url) => {
      // SockJS asks for Node's.
      globalThis.global = globalThis;
      const { open } = await import(`/bench/${encodeURIComponent(name)}.js`);
      const { tell } = await import("/bench/story.js");
      globalThis.story = tell(open, url);
    },
    name,
    proxy.url + path,
  );
  const now = () => page.evaluate(() => story.now());
  const marks = await goOn({
    proxy,
    now,
    at: async (ms) => wait(Math.max(0, ms - (await now()))),
    first: (patience) => page.evaluate((patience) => story.first(patience), patience),
  });
  await page.evaluate(() => story.hush());
  await wait(REST);
  return { ...(await page.evaluate(() => story.end())), ...marks };
}
