// The error filter's predicate in Node: the labelled cases, in every shape that a reporter may hand
// over, and things that do not let themselves be read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as alone from "../../pkg/errors.js";
import * as everline from "../../pkg/everline.js";

const cases = JSON.parse(readFileSync(new URL("../noise/cases.json", import.meta.url), "utf8"));
const pageUrl = "https://app.example.com/";

/** What was thrown in a case. */
function thrownIn({ message, stack, thrown = "Error", close }) {
  if (thrown === "CloseEvent") {
    const [code, wasClean] = close;
    return Object.assign(new Event("close"), { code, wasClean });
  }
  if (thrown === "string") return message;
  if (thrown === "undefined") return undefined;
  if (thrown === "object") return JSON.parse(message);
  return stack ? Object.assign(new Error(message), { stack: stack.join("\n") }) : null;
}

/** The event of a case, as a plain object. */
function eventOf(one) {
  const { event: type, message, filename = "" } = one;
  const thrown = thrownIn(one);
  if (type === "error") return { type, message, filename, error: thrown };
  return { type, reason: thrown ?? (message ? { message, stack: undefined } : undefined) };
}

for (const [name, { isExtensionError, explain }] of Object.entries({ everline, alone })) {
  test(`${name}: every case is decided rightly`, () => {
    const wrong = cases.filter((one) => {
      const isNoise = isExtensionError(eventOf(one), { pageUrl: one.page ?? pageUrl });
      return isNoise !== (one.verdict === "suppress");
    });
    assert.deepEqual(wrong, []);
  });

  test(`${name}: an error, a message and a close event are taken as they are`, () => {
    const stack = "Error: x\n    at f (chrome-extension://abc/x.js:1:1)";
    const error = Object.assign(new Error("x"), { stack });
    const close = (code) => Object.assign(new Event("close"), { code, wasClean: true, reason: "" });
    for (const noise of [
      error,
      { stack },
      { error },
      { reason: error },
      "Extension context invalidated.",
      "Uncaught Error: Extension context invalidated.",
      close(1000),
      { reason: close(1001) },
    ]) {
      assert.equal(isExtensionError(noise), true, String(noise));
    }
    const own = Object.assign(new Error("x"), { stack, reason: "why", error: "what" });
    assert.equal(isExtensionError(own), true, "an error that has a reason, too");
    for (const kept of [new Error("Extension context invalidated."), close(1006), "x", undefined]) {
      assert.equal(isExtensionError(kept), false, String(kept));
    }
  });

  test(`${name}: a cause with a frame of the application is kept`, () => {
    const stack = "Error: x\n    at f (chrome-extension://abc/x.js:1:1)";
    const wrapped = Object.assign(new Error("x", { cause: new Error("ours") }), { stack });
    assert.equal(explain(wrapped).rule, "application-frame");
    wrapped.cause = wrapped;
    assert.equal(explain(wrapped).rule, "extension-frames");
  });

  test(`${name}: the reasons are told`, () => {
    const stack = [
      "TypeError: Ü failed",
      "    at xtFetch (chrome-extension://abc/main.js:39:103)",
      "    at async Promise.all (index 0)",
      "    at appLoad (https://app.example.com/assets/rec.js:33:49)",
    ];
    const error = Object.assign(new TypeError("Ü failed"), { stack: stack.join("\n") });
    assert.deepEqual(explain({ reason: error }), {
      verdict: "keep",
      rule: "application-frame",
      frames: [
        { location: "chrome-extension://abc/main.js:39:103", origin: "extension" },
        { location: "", origin: "neutral" },
        { location: "https://app.example.com/assets/rec.js:33:49", origin: "application" },
      ],
      message: "Ü failed",
      filename: "",
      extension: "chrome-extension://abc",
    });
    const { verdict, rule, extension } = explain({
      message: "Uncaught null",
      filename: "moz-extension://def/x.js",
      error: null,
    });
    assert.deepEqual(
      { verdict, rule, extension },
      { verdict: "suppress", rule: "extension-file", extension: "moz-extension://def" },
    );
  });

  test(`${name}: what a context says counts`, () => {
    const message = "Extension context invalidated.";
    assert.equal(isExtensionError(message, { runtimeMessages: false }), false);
    assert.equal(isExtensionError(message, { pageUrl: "chrome-extension://abc/a.html" }), false);
    const at = (place) => ({ stack: `Error: x\n    at f (${place}:1:1)` });
    const theirs = at("chrome-extension://abc/x.js");
    assert.equal(isExtensionError(theirs, { pageUrl: "chrome-extension://abc/a.html" }), false);
    assert.equal(isExtensionError(theirs, { ownUrls: ["chrome-extension://abc/"] }), false);
    const widget = at("https://widgets.example/v2/w.js");
    assert.equal(isExtensionError(widget), false);
    assert.equal(isExtensionError(widget, { urls: ["https://widgets.example/"] }), true);
    const messages = ["Error response received for message <*"];
    assert.equal(isExtensionError("Error response received for message <get>", { messages }), true);
  });

  test(`${name}: what cannot be read is kept, unless the event names an extension`, () => {
    const trap = () => {
      throw new Error("Permission denied to access property");
    };
    const hostile = Object.defineProperty({}, "stack", { get: trap });
    const locked = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap });
    for (const thing of [
      hostile,
      locked,
      { reason: hostile },
      { reason: locked },
      { error: locked },
    ]) {
      assert.equal(isExtensionError(thing), false);
    }
    const filename = "moz-extension://def/x.js";
    assert.equal(isExtensionError({ message: "x", filename, error: hostile }), true);
    const message = "Extension context invalidated.";
    assert.equal(isExtensionError({ message, filename: "", error: hostile }), false);
    const calls = Object.assign(new Error(message), { stack: [{}, {}] });
    assert.equal(isExtensionError(calls), false, "a stack that is no text");
  });

  // Were it read anew for each frame, the long stack would take minutes.
  test(`${name}: anything at all is answered`, { timeout: 40_000 }, () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const things = [
      null,
      0,
      1n,
      Symbol("x"),
      () => {},
      [],
      Object.create(null),
      revoked.proxy,
      "\ud800",
    ];
    for (const thing of things) {
      assert.equal(isExtensionError(thing), false);
      assert.equal(isExtensionError({ reason: thing }), false);
      assert.equal(isExtensionError({ message: "x", error: thing }), false);
    }
    for (const context of [
      null,
      7,
      { pageUrl: 7, urls: "x", messages: [7, null], ownUrls: null },
    ]) {
      assert.equal(isExtensionError("x", context), false);
    }
    const frame = "    at f (https://app.example.com/x.js:1:1)\n";
    const long = frame.repeat(25_000);
    assert.equal(explain({ stack: long }).frames.length, 25_000);
    assert.equal(explain({ stack: long.repeat(5) }).rule, "unavailable");
  });

  test(`${name}: installing does nothing here, and wrong options are named`, () => {
    const { installErrorFilter } = name === "alone" ? alone : everline;
    const limit = Error.stackTraceLimit;
    const filter = installErrorFilter();
    assert.equal(installErrorFilter(), filter);
    assert.deepEqual(filter.stats(), { suppressed: 0, kept: 0, byRule: {} });
    filter.uninstall();
    assert.equal(Error.stackTraceLimit, limit);
    for (const [options, named] of [
      [{ urls: "x" }, /'urls' must be/],
      [{ messages: [""] }, /'messages' must be/],
      [{ ownUrls: [7] }, /'ownUrls' must be/],
      [{ runtimeMessages: 1 }, /'runtimeMessages' must be/],
      [{ onSuppressed: {} }, /'onSuppressed' must be/],
      [{ stackTraceLimit: 50 }, /'stackTraceLimit' must be/],
      [{ patterns: [] }, /unknown option 'patterns'/],
    ]) {
      assert.throws(() => installErrorFilter(options), named);
    }
  });
}
