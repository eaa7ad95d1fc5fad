// A module of a bench in a process of its own, which answers one order after the other.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Starts a module that calls `serve`; `args` are plain values. `ask(order, ...args)` resolves to its
 * answer; end it with `stop()`.
 */
export function startChild(url, { args = [], flags = [] } = {}) {
  const program = fork(fileURLToPath(url), [JSON.stringify(args)], {
    execArgv: flags,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Child(program);
}

class Child {
  #program;
  #waiting = [];
  #gone;

  constructor(program) {
    this.#program = program;
    program.on("message", ({ answer, error }) => {
      const { resolve, reject } = this.#waiting.shift();
      if (error === undefined) resolve(answer);
      else reject(new Error(error));
    });
    this.#gone = new Promise((resolve) => program.once("exit", resolve)).then((code) => {
      for (const { reject } of this.#waiting) reject(new Error(`it ended, with ${code}`));
    });
  }

  get pid() {
    return this.#program.pid;
  }

  ask(order, ...args) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#program.send({ order, args });
    });
  }

  async stop() {
    this.#program.kill("SIGKILL");
    await this.#gone;
  }
}

/** In the child: the orders by name, made of the arguments that it was started with. */
export async function serve(make) {
  // Orders that come early wait for their turn in the pipe.
  const orders = await make(...JSON.parse(process.argv[2]));
  process.on("message", async ({ order, args }) => {
    try {
      process.send({ answer: await orders[order](...args) });
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) });
    }
  });
  process.on("disconnect", () => process.exit());
}
