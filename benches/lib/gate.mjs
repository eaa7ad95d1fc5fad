// A TCP proxy before a server: it cuts, refuses, and counts connections and bytes.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { reset } from "../../tests/e2e/harness/end.mjs";

/** Starts one before a port of this machine. Stop it with `stop()`. */
export async function startGate(port) {
  const gate = new Gate(port);
  await gate.listening;
  return gate;
}

class Gate {
  /** Whether new connections are reset at once. */
  refuses = false;
  /** When each connection came, on the clock of `now`. */
  arrivals = [];
  /** Bytes so far, as TCP carries them. */
  bytes = { up: 0, down: 0 };

  #target;
  #server = createServer((socket) => this.#accept(socket));
  #sockets = new Set();

  constructor(target) {
    this.#target = target;
    // As many as come at once.
    this.#server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
    this.listening = once(this.#server, "listening");
  }

  get port() {
    return this.#server.address().port;
  }

  /** Resets everything that is connected. */
  cut() {
    for (const socket of this.#sockets) reset(socket);
  }

  async stop() {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #accept(socket) {
    this.arrivals.push(now());
    socket.on("error", () => {});
    if (this.refuses) {
      reset(socket);
      return;
    }
    const upstream = connect(this.#target, "127.0.0.1");
    upstream.on("error", () => reset(socket));
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      upstream.destroy();
    });
    upstream.on("close", () => socket.destroy());
    this.#pass(socket, upstream, "up");
    this.#pass(upstream, socket, "down");
  }

  #pass(from, to, direction) {
    from.setNoDelay();
    from.on("data", (chunk) => {
      this.bytes[direction] += chunk.length;
    });
    from.pipe(to);
  }
}

/** Milliseconds on a clock that the processes of this machine share. */
export function now() {
  return performance.timeOrigin + performance.now();
}
