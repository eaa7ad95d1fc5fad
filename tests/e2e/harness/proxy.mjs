// A proxy of the tests' own before a peer or a server: it lets WebSockets and HTTP requests pass, or
// does to each kind what networks do, and records everything that it saw.

import { once } from "node:events";
import { request as ask, createServer, STATUS_CODES } from "node:http";
import { connect } from "node:net";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { onFreshAddress } from "./address.mjs";
import { reset } from "./end.mjs";
import { Journal } from "./journal.mjs";

/**
 * Starts a proxy before `target`, an `http:` or `ws:` address, on an address of its own or the given
 * one. Stop it with `stop()`.
 */
export async function startProxy(target, address) {
  const make = (address) => new FaultProxy(new URL(target), address);
  if (address === undefined) return onFreshAddress(make);
  const proxy = make(address);
  await proxy.start();
  return proxy;
}

class FaultProxy {
  /**
   * What becomes of an upgrade: "pass", "refuse" (TCP reset), an HTTP status, "hang", "mute" (101,
   * then nothing passes), `{ resetAfter: ms }` (passes, with a TCP reset so long after the 101), or
   * a function of the recorded upgrade that gives one of them.
   */
  webSocket = "pass";
  /**
   * What becomes of a request: one of `FAULTS`, an answer `{ status, headers, body }`, or a function
   * of the recorded request that gives one of them. A preflight always passes.
   */
  http = "pass";
  /**
   * Whether a connection carries more than one request. If it dies under the second, Chromium and
   * Firefox repeat that request by themselves, be it a POST.
   */
  keepAlive = false;
  /**
   * Each upgrade: `{ url, headers, at, live, gone, fault, stall, lost }`. `gone` resolves when its TCP
   * is over; `stall(direction)` loses all that comes "up", "down" or both from then on, without a
   * word, and `lost` records it.
   */
  upgrades = new Journal("upgrades");
  /** Each request, once its body is here: the same and `{ method, body, upgrades }`. */
  requests = new Journal("requests");

  #target;
  #address;
  #server;
  #sockets = new Set();

  constructor(target, address) {
    this.#target = target;
    this.#address = address;
  }

  async start() {
    this.#server = createServer((...args) => this.#request(...args));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    this.#server.on("upgrade", (...args) => this.#upgrade(...args));
    this.#server.listen(0, this.#address);
    await once(this.#server, "listening");
  }

  get url() {
    return `ws://${this.host}/`;
  }

  get httpUrl() {
    return `http://${this.host}/`;
  }

  get host() {
    return `${this.#address}:${this.#server.address().port}`;
  }

  /** The upgrades and requests whose connections are open now. */
  get live() {
    return [...this.upgrades.entries, ...this.requests.entries].filter(({ live }) => live);
  }

  /** The POSTs so far. */
  get posts() {
    return this.requests.entries.filter(({ method }) => method === "POST");
  }

  /** Resolves to the next request of a method that no test asked for yet. */
  request(method) {
    return this.requests.next((request) => request.method === method, method);
  }

  /** Resets everything that is live. */
  cut() {
    for (const socket of this.#sockets) reset(socket);
  }

  async stop() {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #record({ method, url, headers, socket }) {
    const entry = { method, url, headers, at: performance.now(), live: !socket.destroyed };
    entry.gone = new Promise((resolve) => {
      socket.once("close", resolve);
      if (socket.destroyed) resolve();
    }).then(() => {
      entry.live = false;
    });
    return entry;
  }

  #upgrade(request, socket, head) {
    const entry = this.#record(request);
    this.upgrades.push(entry);
    const mode = chosen(this.webSocket, entry);
    entry.fault = mode;
    if (mode === "refuse") reset(socket);
    else if (mode === "hang") swallow(socket);
    else if (typeof mode === "number") {
      const status = `${mode} ${STATUS_CODES[mode]}`;
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    } else this.#tunnel(entry, request, socket, head);
  }

  #tunnel(entry, { url, rawHeaders }, socket, head) {
    const mode = entry.fault;
    entry.lost = new Journal("what was lost");
    const { hostname, port } = this.#target;
    const upstream = connect({ host: hostname, port });
    upstream.on("error", () => reset(socket));
    let isLost = false;
    upstream.on("close", () => isLost || socket.destroy());
    socket.on("close", () => upstream.destroy());
    const lines = [`GET ${url} HTTP/1.1`];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    }
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    // The peers of the tests say nothing before the page does, so this is the 101 and no more.
    upstream.once("data", (answer) => {
      socket.write(answer);
      if (mode === "mute") {
        swallow(socket);
        upstream.resume();
        return;
      }
      if (mode.resetAfter !== undefined) setTimeout(() => reset(socket), mode.resetAfter);
      upstream.pipe(socket).pipe(upstream);
      entry.stall = (direction = "both") => {
        entry.fault = "mute";
        isLost ||= direction !== "up";
        if (direction !== "up") lose(upstream, socket, entry.lost);
        if (direction !== "down") lose(socket, upstream, entry.lost);
      };
    });
  }

  async #request(request, response) {
    const { socket } = request;
    const entry = this.#record(request);
    entry.upgrades = this.upgrades.entries.length;
    entry.body = Buffer.concat(await request.toArray().catch(() => []));
    this.requests.push(entry);
    if (!this.keepAlive) response.setHeader("connection", "close");
    const mode = entry.method === "OPTIONS" ? "pass" : chosen(this.http, entry);
    const fault = typeof mode === "string" ? FAULTS[mode] : answerWith(mode);
    await fault(() => this.#forward(entry, socket), response, entry).catch(() => {
      reset(socket);
    });
  }

  /** Resolves to the target's answer; given up when the page's end is gone. */
  async #forward({ method, url, headers, body, gone }) {
    const { hostname, port } = this.#target;
    const forwarded = ask({ host: hostname, port, method, path: url, headers, agent: false });
    gone.then(() => forwarded.destroy());
    forwarded.end(body);
    const [answer] = await once(forwarded, "response");
    answer.on("error", () => {});
    return answer;
  }
}

/** What can become of a request. Each takes a function that resolves to the target's answer. */
const FAULTS = {
  pass: async (forward, response) => {
    const answer = await forward();
    head(response, answer);
    answer.pipe(response);
  },
  /** TCP reset, and the target hears nothing. */
  refuse: async (_, response) => reset(response.socket),
  /** Never an answer, and the target hears nothing. */
  hang: async () => {},
  /** The target acts, and its answer is lost. */
  "lose-answer": async (forward, response) => {
    const answer = await forward();
    await answer.toArray();
    reset(response.socket);
  },
  /** Half of the body, then a TCP reset. */
  truncate: async (forward, response) => {
    const answer = await forward();
    const body = Buffer.concat(await answer.toArray());
    head(response, answer);
    response.write(body.subarray(0, body.length / 2));
    // A reset may overtake what the other end has not read.
    await wait(50);
    if (response.socket) reset(response.socket);
  },
  /** The answer comes when it is complete. */
  collect: async (forward, response) => {
    const answer = await forward();
    const body = Buffer.concat(await answer.toArray());
    head(response, answer);
    response.end(body);
  },
  /** The target hears it twice, and the second answer counts. */
  repeat: async (forward, response) => {
    (await forward()).resume();
    await FAULTS.pass(forward, response);
  },
  /** A byte now and then. */
  slow: (forward, response) => bytewise(forward, response, () => wait(100)),
  /** Each byte in a write of its own. */
  split: (forward, response) => bytewise(forward, response, () => turn()),
  /** The page may not read the answer. */
  "no-cors": async (forward, response) => {
    const answer = await forward();
    head(response, answer, (name) => !name.startsWith("access-control-"));
    answer.pipe(response);
  },
};

/** The proxy's own answer; the target hears nothing. */
function answerWith({ status, headers, body }) {
  const open = { "access-control-allow-origin": "*", "access-control-expose-headers": "*" };
  return async (_, response) => {
    response.writeHead(status, { ...open, ...headers }).end(body);
  };
}

/** Passes an answer's head on at once, with the headers that are `wanted`. */
function head(response, { statusCode, headers }, wanted = () => true) {
  for (const [name, value] of Object.entries(headers)) {
    if (name !== "connection" && wanted(name)) response.setHeader(name, value);
  }
  response.writeHead(statusCode);
  response.flushHeaders();
}

async function bytewise(forward, response, pause) {
  const answer = await forward();
  const body = Buffer.concat(await answer.toArray());
  head(response, answer);
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await pause();
  }
  response.end();
}

function chosen(mode, entry) {
  return typeof mode === "function" ? mode(entry) : mode;
}

/** What flows from one to the other is lost from here on, and recorded. */
function lose(from, to, record) {
  from.unpipe(to);
  from.on("data", (chunk) => record.push(chunk)).resume();
}

function swallow(socket) {
  socket.on("end", () => socket.destroy()).resume();
}
