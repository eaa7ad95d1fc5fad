// A real extension that fails in every way it can. What the page hears of it, what the filter tells
// and what stays in the console is the table of docs/ERRORS.md; the application's own error, thrown
// beside it, always gets through.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { withExtension } from "./harness/extension.mjs";

const isChrome = browserName === "chrome";

/** The browser's console alone knows of it. */
const unseen = (...console) => ({ console });
/** Suppressed by this rule, and gone from the console unless it is named again. */
const suppressed = (rule, messages, console = []) => ({
  told: messages.map((message) => ({ message, rule })),
  console,
});
/** Nothing shows that it is an extension's. */
const kept = (message, console = message) => ({ heard: [message], console: [console] });

const both = (outcome) => [outcome, outcome];

/** By world and deed: in Chromium, and in Firefox. */
const table = {
  isolated: {
    throw: both(unseen("isolated throw")),
    reject: both(unseen("isolated reject")),
    listen: both(unseen("isolated listener")),
    // What was thrown must not be read: only the file is known.
    report: [unseen("isolated report"), suppressed("extension-file", [""])],
    tag: [
      suppressed("extension-frames", ["tag reject", "Uncaught Error: tag throw"]),
      suppressed("extension-frames", ["Error: tag throw"], ["tag reject"]),
    ],
    "tag with crossorigin": [
      suppressed("extension-frames", ["tag reject", "Uncaught Error: tag throw"]),
      suppressed("extension-frames", ["tag reject", "Error: tag throw"], ["tag reject"]),
    ],
    module: [
      suppressed("extension-frames", ["module reject", "Uncaught Error: module throw"]),
      suppressed("extension-frames", ["module reject", "Error: module throw"], ["module reject"]),
    ],
    // What is not there is reported on the element alone.
    missing: both({}),
  },
  main: {
    throw: [suppressed("extension-frames", ["Uncaught Error: main throw"]), kept("main throw")],
    reject: [suppressed("extension-frames", ["main reject"]), kept("main reject")],
    async: [suppressed("extension-frames", ["main async"]), kept("main async")],
    eval: [suppressed("extension-frames", ["Uncaught Error: main eval"]), kept("main eval")],
    inline: [suppressed("extension-frames", ["Uncaught Error: main inline"]), kept("main inline")],
    "throw a text": [suppressed("extension-file", ["Uncaught main text"]), kept("main text")],
    "throw null": [
      suppressed("extension-file", ["Uncaught null"]),
      kept("uncaught exception: null", "null"),
    ],
    "reject a text": both(kept("main reject text")),
    "call the page": both(kept("app callback")),
  },
};

for (const [world, deeds] of Object.entries(table)) {
  for (const [deed, outcomes] of Object.entries(deeds)) {
    withExtension(`${world}: ${deed}`, async ({ page, console }) => {
      const { told = [], heard = [], console: reported = [] } = outcomes[isChrome ? 0 : 1];
      await ask(page, world, deed);
      await untilSeen(page, told.length, heard.length);
      await own(page, "throw");
      const seen = await page.evaluate(() => ({ told, heard, early, stats: filter.stats() }));
      const plain = seen.told.map(({ message, rule }) => ({ message, rule }));
      assert.deepEqual(sorted(plain), sorted(told));
      const scheme = isChrome ? /^chrome-extension:\/\/\w+$/ : /^moz-extension:\/\/[\w-]+$/;
      for (const { extension } of seen.told) assert.match(extension, scheme);
      assert.deepEqual(seen.heard, [...heard, "app throw"]);
      assert.deepEqual(sorted(console), sorted([...reported, "app throw"]));
      assert.equal(seen.stats.suppressed, told.length);
      // The handler that was there before the filter hears no more than the others.
      const early = seen.early.map((message) => message.replace(/^Uncaught |^Error: /g, ""));
      assert.ok(early.at(-1).endsWith("app throw"));
      for (const { message } of told) assert.ok(!seen.early.includes(message), message);
    });
  }
}

withExtension(
  "what the application does through an extension's wrappers is its own",
  async ({ page }) => {
    for (const deed of ["reject", "fetch", "socket"]) await own(page, deed);
    const { heard, told, rules } = await page.evaluate(() => ({
      heard: heard.length,
      told,
      rules: filter.stats().byRule,
    }));
    assert.deepEqual(told, []);
    assert.equal(heard, 3);
    assert.deepEqual(rules, { "application-frame": 3 });
  },
);

if (isChrome) {
  withExtension(
    "a page that speaks with extensions: nobody there, and a worker that dies",
    async ({ page, console }) => {
      await ask(page, "main", "no receiver");
      await untilSeen(page, 1, 0);
      await ask(page, "main", "no answer");
      await untilSeen(page, 2, 0);
      // The extension is loaded anew; its old script in the page speaks into the void.
      await ask(page, "isolated", "message");
      await own(page, "throw");
      assert.deepEqual(await page.evaluate(() => told), [
        {
          message: "Could not establish connection. Receiving end does not exist.",
          rule: "runtime-message",
        },
        {
          message:
            "A listener indicated an asynchronous response by returning true, but the message channel closed before a response was received",
          rule: "runtime-message",
        },
      ]);
      assert.deepEqual(await page.evaluate(() => heard), ["app throw"]);
      assert.deepEqual(console, ["Extension context invalidated.", "app throw"]);
    },
  );
}

/** Has the extension do something, and waits until it has begun. */
function ask(page, world, deed) {
  return page.evaluate(
    (world, detail) => {
      document.dispatchEvent(new CustomEvent(world, { detail }));
      return new Promise((resolve) => setTimeout(resolve));
    },
    world,
    deed,
  );
}

/** Has the application fail, and waits until its reporter has heard of it. */
async function own(page, deed) {
  const before = await page.evaluate(() => heard.length);
  await page.evaluate((deed) => void setTimeout(() => app[deed]()), deed);
  await page.waitForFunction((before) => heard.length > before, { timeout: 60_000 }, before);
}

function untilSeen(page, tellings, hearings) {
  return page.waitForFunction(
    (tellings, hearings) => told.length >= tellings && heard.length >= hearings,
    { timeout: 60_000 },
    tellings,
    hearings,
  );
}

function sorted(list) {
  return list.map((item) => JSON.stringify(item)).sort();
}
