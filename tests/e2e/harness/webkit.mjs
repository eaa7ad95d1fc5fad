// WebKitGTK by its WebDriver, on a display that nobody sees: those of puppeteer's methods that the
// tests of the package's core need.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { findBrowser } from "../../../scripts/lib/browsers.mjs";
import { until } from "../../server/server.mjs";
import { freshAddress } from "./address.mjs";
import { inTime } from "./end.mjs";
import { isReady, openSession } from "./webdriver.mjs";

// Nobody looks: drawing is a third of a window's cost.
const undrawn = { WEBKIT_DISABLE_COMPOSITING_MODE: "1", WEBKIT_DISABLE_DMABUF_RENDERER: "1" };

/** Starts the display; windows come with the contexts. */
export async function launchWebKit() {
  // A signal alone would end this process without what runs "exit", and leave all programs behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  // It finds a free number by itself, and tells it.
  const screen = ["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1024x768x24"];
  const display = new Program("xvfb", screen, {}, ["ignore", "pipe", "ignore"]);
  const [number] = await inTime(once(display.output, "data"), "a display");
  return new Browser(display, `:${number.toString().trim()}`);
}

class Browser {
  #display;
  #number;
  #contexts = new Set();

  constructor(display, number) {
    this.#display = display;
    this.#number = number;
  }

  /** A browser of its own, because a driver has one session, and a session one set of cookies. */
  async createBrowserContext() {
    const [host, port] = await freePort();
    const flags = [`--host=${host}`, `--port=${port}`];
    const driver = new Program("webkit", flags, { DISPLAY: this.#number, ...undrawn });
    const url = `http://${host}:${port}/`;
    await until(() => isReady(url), "a driver");
    const context = new Context(this, driver, await openSession(url));
    this.#contexts.add(context);
    return context;
  }

  /** No longer needs to be closed. */
  forget(context) {
    this.#contexts.delete(context);
  }

  async close() {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    await this.#display.end();
  }
}

class Context {
  #browser;
  #driver;
  #session;

  constructor(browser, driver, session) {
    this.#browser = browser;
    this.#driver = driver;
    this.#session = session;
  }

  /** The page that a session begins with. */
  async newPage() {
    return new Page(this, this.#session);
  }

  async close() {
    this.#browser.forget(this);
    try {
      await inTime(this.#session.close(), "the end of a session");
    } finally {
      await this.#driver.end();
    }
  }
}

class Page {
  #context;
  #session;
  #scripts = [];

  constructor(context, session) {
    this.#context = context;
    this.#session = session;
  }

  browserContext() {
    return this.#context;
  }

  /** WebDriver tells of no events. */
  on() {}

  /** Each page is the only one of its browser. */
  async bringToFront() {}

  /** Runs a function in every new document: after the scripts of its own, sooner WebDriver cannot. */
  async evaluateOnNewDocument(work) {
    this.#scripts.push(work);
  }

  async goto(url) {
    await this.#session.do("url", { url });
    await this.#prepare();
  }

  async reload() {
    await this.#session.do("refresh");
    await this.#prepare();
  }

  async goBack() {
    await this.#session.do("back");
    await this.#prepare();
  }

  /** Calls a function in the page, or evaluates an expression, and waits for its promise. */
  evaluate(work, ...args) {
    if (typeof work === "string") return this.#session.evaluate(work);
    // `undefined` is none of JSON, and a default parameter's sign.
    const list = args.map((arg) => JSON.stringify(arg) ?? "undefined");
    return this.#session.evaluate(`(${work})(${list})`);
  }

  /** Resolves once a function or an expression is true in the page. */
  async waitForFunction(work, _options, ...args) {
    await until(() => this.evaluate(work, ...args), `${work}`);
  }

  async waitForSelector(selector) {
    await until(() => this.evaluate((selector) => !!document.querySelector(selector), selector));
  }

  async #prepare() {
    // On a busy machine the driver takes the empty page that a window begins with for the one asked for.
    const hasLoaded = `document.readyState === "complete" && location.href !== "about:blank"`;
    await until(() => this.evaluate(hasLoaded).catch(() => false), "the page's scripts");
    // A document that comes back from the page cache has run them.
    const scripts = this.#scripts.map((script) => `(${script})()`);
    await this.evaluate(`void (globalThis.__prepared ||= (${scripts}, true))`);
  }
}

/** A program with children, which end with it. */
class Program {
  output;
  #child;
  #gone;

  constructor(name, flags, variables, stdio = "ignore") {
    const path = findBrowser(name);
    if (!path) throw new Error(`no ${name} on this machine: see CONTRIBUTING.md`);
    const env = { ...process.env, ...variables };
    // A group of its own, for `end`.
    this.#child = spawn(path, flags, { env, stdio, detached: true });
    this.output = this.#child.stdout;
    this.#gone = once(this.#child, "close");
    process.on("exit", this.#kill);
  }

  async end() {
    this.#kill();
    await inTime(this.#gone, "the end of a program");
    process.off("exit", this.#kill);
  }

  #kill = () => {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
}

async function freePort() {
  const address = freshAddress();
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return [address, port];
}
