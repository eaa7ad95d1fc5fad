// The filter in a page without extensions: what it changes, what it leaves, and what it survives.

import assert from "node:assert/strict";
import { e2e } from "./harness/test.mjs";

/** Runs in the page, which has a filter; answers what the work returns. */
async function inPage(page, site, work) {
  const url = site.add(
    "/filter",
    `<!doctype html><link rel="icon" href="data:,">
    <script>globalThis.before = { keys: Reflect.ownKeys(globalThis).concat("before"), limit: Error.stackTraceLimit };</script>
    <script src="/pkg/errors.iife.js"></script>
    <script src="/pkg/everline.iife.js"></script>
    <script>
      const STACK = "Error: x\\n    at f (chrome-extension://aaaa/x.js:1:1)";
      const OURS = STACK + "\\n    at g (" + location.origin + "/app.js:1:1)";
      const made = (stack) => Object.assign(new Error("x"), { stack });
      /** Dispatches an event as the browser does; false if it was suppressed. */
      const fail = (error, filename = "") =>
        dispatchEvent(new ErrorEvent("error", { message: "Uncaught Error: x", filename, error, cancelable: true }));
      const reject = (reason) =>
        dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason, cancelable: true }));
      const { installErrorFilter } = EverlineErrors;
    </script>`,
  );
  await page.goto(url);
  const result = await page.evaluate(`(${work})()`);
  // What was made to fail here was heard by the tests' own listener, too.
  await page.evaluate(() => void globalThis.uncaught.splice(0));
  return result;
}

e2e(
  "handlers that were set before and after hear what is ours, and nothing else",
  async ({ page, site }) => {
    const heard = await inPage(page, site, () => {
      const heard = { before: [], after: [] };
      const own = (...args) => void heard.before.push(args.length);
      globalThis.onerror = own;
      globalThis.onunhandledrejection = ({ reason }) => void heard.before.push(reason.message);
      const filter = installErrorFilter();
      const isOwn = globalThis.onerror === own;
      for (const stack of [STACK, OURS]) [fail, reject].map((way) => way(made(stack)));
      globalThis.onerror = (...args) => void heard.after.push(args.length);
      for (const stack of [STACK, OURS]) fail(made(stack));
      filter.uninstall();
      return { ...heard, isOwn, stats: filter.stats() };
    });
    assert.deepEqual(heard, {
      before: [5, "x"],
      after: [5],
      isOwn: true,
      stats: {
        suppressed: 3,
        kept: 3,
        byRule: { "extension-frames": 3, "application-frame": 3 },
      },
    });
  },
);

e2e("uninstalled, nothing is left of it", async ({ page, site }) => {
  const left = await inPage(page, site, () => {
    const own = () => {};
    globalThis.onerror = own;
    const filter = installErrorFilter();
    const raised = Error.stackTraceLimit;
    filter.uninstall();
    filter.uninstall();
    return {
      raised,
      isOwn: globalThis.onerror === own,
      limit: Error.stackTraceLimit === before.limit,
      keys: Reflect.ownKeys(globalThis)
        .filter((key) => typeof key === "symbol")
        .map(String)
        .filter((key) => key.includes("everline")),
      suppresses: !fail(made(STACK)) || !reject(made(STACK)),
    };
  });
  const { raised, ...rest } = left;
  assert.ok(raised >= 50, `${raised}`);
  assert.deepEqual(rest, { isOwn: true, limit: true, keys: [], suppresses: false });
});

e2e("installed twice, also from two copies, it works once", async ({ page, site }) => {
  const seen = await inPage(page, site, () => {
    const told = [];
    const filter = installErrorFilter({ onSuppressed: ({ rule }) => told.push(rule) });
    const again = installErrorFilter();
    const other = Everline.installErrorFilter();
    fail(made(STACK));
    other.uninstall();
    return { same: filter === again && filter === other, told, after: fail(made(STACK)) };
  });
  assert.deepEqual(seen, { same: true, told: ["extension-frames"], after: true });
});

e2e(
  "errors that must not be read are survived, and so is what fails while it is told",
  async ({ page, site }) => {
    const seen = await inPage(page, site, () => {
      const heard = [];
      const filter = installErrorFilter({
        onSuppressed() {
          throw new Error("from onSuppressed");
        },
      });
      addEventListener("error", ({ error }) => heard.push(error?.message ?? "?"));
      const trap = () => {
        // Reading fails, and has an error of its own reported meanwhile.
        reportError(new Error("from a getter"));
        throw new Error("Permission denied");
      };
      const hostile = () => Object.defineProperty(new Error("hostile"), "stack", { get: trap });
      const verdicts = [
        fail(hostile()),
        fail(hostile(), "chrome-extension://aaaa/x.js"),
        reject(new Proxy({}, { get: trap, has: trap })),
        fail(made(STACK)),
        fail(null),
        dispatchEvent(new Event("error", { cancelable: true })),
        dispatchEvent(new CustomEvent("unhandledrejection", { cancelable: true })),
      ];
      filter.uninstall();
      return { verdicts, heard };
    });
    assert.deepEqual(seen.verdicts, [true, false, true, false, true, true, true]);
    const count = (text) => seen.heard.filter((message) => message === text).length;
    assert.equal(count("from onSuppressed"), 2);
    assert.ok(count("from a getter") >= 3);
    assert.equal(count("x"), 0);
  },
);

e2e("events of elements are left alone", async ({ page, site }) => {
  const seen = await inPage(page, site, () => {
    const heard = [];
    installErrorFilter();
    const element = document.createElement("video");
    document.documentElement.append(element);
    element.addEventListener("error", () => heard.push("element"));
    const init = { error: made(STACK), cancelable: true, bubbles: false };
    return { kept: element.dispatchEvent(new ErrorEvent("error", init)), heard };
  });
  assert.deepEqual(seen, { kept: true, heard: ["element"] });
});

e2e(
  "without an error nothing is started, and where WebAssembly is forbidden all is kept",
  async ({ page, site }) => {
    const url = site.add(
      "/forbidden",
      `<!doctype html><link rel="icon" href="data:,">
    <meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline'">
    <script src="/pkg/errors.iife.js"></script>
    <script>globalThis.filter = EverlineErrors.installErrorFilter();</script>`,
    );
    await page.goto(url);
    const result = await page.evaluate(() => {
      const stack = "Error: x\n    at f (chrome-extension://aaaa/x.js:1:1)";
      const error = Object.assign(new Error("x"), { stack });
      const event = new ErrorEvent("error", {
        error,
        message: "Uncaught Error: x",
        cancelable: true,
      });
      return { kept: dispatchEvent(event), stats: filter.stats() };
    });
    await page.evaluate(() => void globalThis.uncaught.splice(0));
    assert.deepEqual(result, {
      kept: true,
      stats: { suppressed: 0, kept: 1, byRule: { unavailable: 1 } },
    });
  },
);
