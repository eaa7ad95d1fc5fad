// The ways into a page: script tag, module, and the wasm as a file of its own.

import assert from "node:assert/strict";
import { e2e } from "./harness/test.mjs";

const html = "text/html";

/** Makes a socket of the class and talks to the peer. */
const converse = (Class, url) =>
  new Promise((resolve) => {
    const socket = new Class(url);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(data);
  });

e2e("the script tag adds one global", async ({ page, peer, site }) => {
  const url = site.add(
    "/globals",
    `<!doctype html><link rel="icon" href="data:,">
    <script>globalThis.before = Reflect.ownKeys(globalThis).concat("before");</script>
    <script src="/pkg/everline.iife.js"></script>`,
  );
  await page.goto(url);
  const added = () => {
    const names = Reflect.ownKeys(globalThis).filter((name) => !before.includes(name));
    return names.filter((name) => name !== "converse" && !/^(puppeteer|__)/.test(String(name)));
  };
  assert.deepEqual(await page.evaluate(added), ["Everline"]);
  await page.evaluate(`globalThis.converse = ${converse}`);
  assert.equal(await page.evaluate((url) => converse(Everline.WebSocket, url), peer.url), "hello");
  assert.deepEqual(await page.evaluate(added), ["Everline"]);
});

e2e("the script tag and the module offer the same names", async ({ page }) => {
  const [tag, module] = await page.evaluate(async () => {
    const names = (it) => Object.keys(it).sort();
    return [names(Everline), names(await import("/pkg/everline.js"))];
  });
  assert.deepEqual(module, tag);
  assert.ok(tag.includes("ReconnectingWebSocket") && tag.includes("version"));
});

e2e("as a module", async ({ page, peer }) => {
  await page.evaluate(`globalThis.converse = ${converse}`);
  const answer = await page.evaluate(async (url) => {
    const { default: Class } = await import("/pkg/everline.js");
    return converse(Class, url);
  }, peer.url);
  assert.equal(answer, "hello");
});

e2e("in the place of the platform's class", async ({ page, peer }) => {
  await page.evaluate(`globalThis.converse = ${converse}`);
  const answers = await page.evaluate(async (url) => {
    const { WebSocket: ours } = Everline;
    const replacements = [ours, class extends ours {}, new Proxy(ours, {})];
    const answers = [];
    for (const replacement of replacements) {
      globalThis.WebSocket = replacement;
      answers.push(await converse(WebSocket, url));
    }
    return answers;
  }, peer.url);
  assert.deepEqual(answers, ["hello", "hello", "hello"]);
});

e2e("with a class whose close events say nothing", async ({ page }) => {
  const attempts = await page.evaluate(async () => {
    let attempts = 0;
    class Mute extends EventTarget {
      readyState = 0;
      constructor() {
        super();
        attempts++;
        setTimeout(() => this.dispatchEvent(new Event("close")));
      }
      close() {}
    }
    const socket = new Everline.ReconnectingWebSocket("/", [], { WebSocket: Mute, maxRetries: 2 });
    await new Promise((resolve) => socket.addEventListener("failed", resolve));
    return attempts;
  });
  assert.equal(attempts, 3);
});

e2e("everline/wasm says what it needs, and works after that", async ({ page, peer }) => {
  await page.evaluate(`globalThis.converse = ${converse}`);
  const results = await page.evaluate(async (url) => {
    const { init, ReconnectingWebSocket } = await import("/pkg/wasm.js");
    let refusal;
    try {
      new ReconnectingWebSocket(url);
    } catch (error) {
      refusal = error.message;
    }
    await Promise.all([init(), init()]);
    return [refusal, await converse(ReconnectingWebSocket, url)];
  }, peer.url);
  assert.match(results[0], /init\(\)/);
  assert.equal(results[1], "hello");
  assert.equal(peer.handshakes.entries.length, 1);
});

e2e(
  "everline/wasm takes the file from elsewhere, and tries again",
  async ({ page, peer, site }) => {
    await page.evaluate(`globalThis.converse = ${converse}`);
    const results = await page.evaluate(
      async (url, wasm) => {
        const { init, ReconnectingWebSocket } = await import("/pkg/wasm.js");
        const missing = await init("/no-such.wasm").then(
          () => "loaded",
          () => "refused",
        );
        await init(new URL(wasm));
        return [missing, await converse(ReconnectingWebSocket, url)];
      },
      peer.url,
      `${site.url}pkg/everline_bg.wasm`,
    );
    assert.deepEqual(results, ["refused", "hello"]);
  },
);

for (const [policy, isAllowed] of [
  ["script-src 'self' 'wasm-unsafe-eval'", true],
  ["script-src 'self'", false],
])
  e2e(`Content-Security-Policy: ${policy}`, async ({ page, peer, site }) => {
    const script = `
      globalThis.outcomes = [];
      const attempt = async (Class, ready = Promise.resolve()) => {
        try {
          await ready;
          const socket = new Class("${peer.url}");
          await new Promise((resolve) => socket.addEventListener("open", resolve));
          outcomes.push("open");
        } catch (error) {
          outcomes.push(error.message);
        }
      };
      const { init, ReconnectingWebSocket } = await import("/pkg/wasm.js");
      await attempt(Everline.ReconnectingWebSocket);
      await attempt(Everline.ReconnectingWebSocket);
      await attempt(ReconnectingWebSocket, init());
      document.title = "done";`;
    site.add("/policy.js", script, { "content-type": "text/javascript" });
    const body = `<script src="/pkg/everline.iife.js"></script>
      <script type="module" src="/policy.js"></script>`;
    const headers = { "content-type": html, "content-security-policy": policy };
    await page.goto(site.add("/policy", body, headers));
    await page.waitForSelector("title", { timeout: 10_000 });
    const outcomes = await page.evaluate(() => outcomes);
    assert.equal(outcomes.length, 3);
    for (const outcome of outcomes) {
      if (isAllowed) assert.equal(outcome, "open");
      else assert.match(outcome, /'wasm-unsafe-eval'/);
    }
  });
