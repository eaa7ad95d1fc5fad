// The reference server as the tests see it: a process with a port, and clients of it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";

const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug", "examples");
const PATIENCE = 15_000;

/** Starts the server, on a free port if the flags name none; resolves once it listens. */
export async function start(flags = []) {
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const server = new Server(run("server", [...port, ...flags]));
  await server.listening;
  return server;
}

/** Starts one of the example programs. */
export function run(name, flags) {
  return new Program(join(examples, name), flags);
}

/** Waits until `condition()` is true, for what tells nobody when it happens. */
export async function until(condition, what = condition.toString()) {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`in vain waited for: ${what}`);
    await delay(10);
  }
}

class Program {
  /** Lines of stderr, and what waits for them. */
  logs = [];
  #waiting = [];

  constructor(path, flags) {
    this.child = spawn(path, flags, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
    this.stdout = createInterface(this.child.stdout);
    this.exited = Promise.race([
      once(this.child, "close"),
      once(this.child, "error").then(([cause]) => {
        throw new Error("build it first: cargo build --examples", { cause });
      }),
    ]).then(([code, signal]) => ({ code, signal }));
    createInterface(this.child.stderr).on("line", (line) => {
      this.logs.push(line);
      for (const look of this.#waiting) look();
    });
  }

  /** Resolves to the first log line, past or future, that matches. */
  async logged(pattern) {
    const ended = this.exited.then(() => {
      throw new Error(`ended without logging ${pattern}:\n${this.logs.join("\n")}`);
    });
    let look;
    const found = new Promise((resolve) => {
      look = () => {
        const line = this.logs.find((line) => pattern.test(line));
        if (line !== undefined) resolve(line);
      };
      this.#waiting.push(look);
      look();
    });
    try {
      return await patiently(Promise.race([found, ended]), `a log line like ${pattern}`);
    } finally {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== look);
    }
  }

  /** Asks the program to end, and resolves to how it did. */
  stop(signal = "SIGTERM") {
    this.child.kill(signal);
    return patiently(this.exited, `the end after ${signal}`);
  }
}

class Server {
  constructor(program) {
    this.program = program;
    this.logs = program.logs;
    this.exited = program.exited;
    this.listening = this.#listen();
  }

  async #listen() {
    const failed = this.exited.then(({ code }) => {
      throw new Error(`exit code ${code}: ${this.logs.join("\n")}`);
    });
    const [line] = await Promise.race([once(this.program.stdout, "line"), failed]);
    failed.catch(() => {});
    this.url = line.match(/^listening on (http:\/\/\S+)$/)[1];
    this.port = Number(new URL(this.url).port);
  }

  /** A client of one WebSocket route. */
  ws(path, options = {}) {
    const { protocols = [], ...rest } = options;
    return new Client(this.url.replace("http", "ws") + path, protocols, rest);
  }

  /** The same, once it is open. */
  async open(path, options) {
    const client = this.ws(path, options);
    await client.opened;
    return client;
  }

  fetch(path, options) {
    return fetch(this.url + path, options);
  }

  /** Asks for a fault; resolves to the state afterwards. */
  async fault(path) {
    const response = await this.fetch(`/faults/${path}`, { method: "POST" });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async health() {
    return (await this.fetch("/health")).json();
  }

  logged(pattern) {
    return this.program.logged(pattern);
  }

  stop(signal) {
    return this.program.stop(signal);
  }
}

/** A WebSocket whose messages and end can be waited for. */
export class Client extends WebSocket {
  #messages = [];
  #waiting = null;

  constructor(url, protocols, options) {
    super(url, protocols, options);
    // Rejects with the error, or the HTTP status that came instead of the handshake's answer.
    this.opened = new Promise((resolve, reject) => {
      this.once("open", resolve);
      this.once("error", reject);
      this.once("unexpected-response", (request, { statusCode }) => {
        reject(Object.assign(new Error(`HTTP ${statusCode}`), { status: statusCode }));
        request.destroy();
      });
    });
    this.opened.catch(() => {});
    this.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.on("message", (data, isBinary) => {
      this.#messages.push(isBinary ? data : data.toString());
      this.#waiting?.();
    });
    this.once("close", () => this.#waiting?.());
  }

  /** The next message that was not asked for yet: a string, or a Buffer. */
  async next() {
    while (this.#messages.length === 0) {
      if (this.readyState === WebSocket.CLOSED) throw new Error("closed without a message");
      const came = new Promise((resolve) => {
        this.#waiting = resolve;
      });
      await patiently(came, "a message");
    }
    return this.#messages.shift();
  }

  /** The next JSON message, of this type if one is given. */
  async json(type) {
    for (;;) {
      const message = JSON.parse(await this.next());
      if (type === undefined || message.type === type) return message;
    }
  }

  sendJson(message) {
    this.send(JSON.stringify(message));
  }

  /** Resolves once the server has read everything sent so far. */
  async settled() {
    const t = Math.random();
    this.sendJson({ type: "ping", t });
    while ((await this.json("pong")).t !== t);
  }

  /** Goes without a word: TCP reset. */
  reset() {
    this._socket.resetAndDestroy();
  }
}

async function patiently(promise, what) {
  const timer = new AbortController();
  const late = delay(PATIENCE, null, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`in vain waited for ${what}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
