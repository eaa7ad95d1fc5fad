// A proxy that works on the bytes of TCP connections and gives each the fate that a test wants.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { onFreshAddress } from "./address.mjs";
import { reset } from "./end.mjs";

/**
 * Starts one before `target`, an `http:` address. `fate(isUpgrade)` gives a new connection's fate:
 *
 * - `refuse`: a reset; or `status`: that answer;
 * - `delay`: of all bytes, in ms; `cutAfter`: a reset after so many ms;
 * - `up`, `down`: what happens in that direction. At byte `cutAt` there is a reset, or `gently` an
 *   end; behind the chunk with byte `stallAt` everything is lost without a word; both count from
 *   `behindFirst` chunk, if so. With `collect` nothing arrives before the end.
 * - `repeat`: `{ after, isWanted(bytes) }`, whether a request is said again so many ms later, by
 *   somebody who does not listen to the answer.
 */
export function startByteProxy(target, fate) {
  return onFreshAddress((address) => new ByteProxy(new URL(target), address, fate));
}

class ByteProxy {
  /** The fates that were given. */
  fates = [];

  #target;
  #address;
  #fate;
  #server;
  #sockets = new Set();

  constructor(target, address, fate) {
    this.#target = target;
    this.#address = address;
    this.#fate = fate;
  }

  get url() {
    return `ws://${this.#address}:${this.#server.address().port}/`;
  }

  async start() {
    this.#server = createServer((socket) => this.#accept(this.#keep(socket)));
    this.#server.listen(0, this.#address);
    await once(this.#server, "listening");
  }

  /** Whatever comes from now on passes. What hangs or is stalled already stays as it is. */
  heal() {
    this.#fate = () => ({});
  }

  async stop() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #accept(socket) {
    let bytes = Buffer.alloc(0);
    const collect = (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!bytes.includes("\r\n\r\n")) return;
      socket.off("data", collect);
      const isUpgrade = /^upgrade: websocket/im.test(bytes.toString("latin1"));
      const fate = this.#fate(isUpgrade);
      this.fates.push(fate);
      this.#meet(socket, isUpgrade ? bytes : oneRequest(bytes), fate);
    };
    socket.on("data", collect);
  }

  #meet(socket, first, { refuse, status, delay = 0, cutAfter, up, down, repeat }) {
    if (refuse) return reset(socket);
    if (status) return socket.end(`HTTP/1.1 ${status} -\r\ncontent-length: 0\r\n\r\n`);
    const upstream = this.#connect();
    socket.on("close", () => upstream.destroy());
    const cut = (gently) => {
      upstream.destroy();
      if (gently) socket.end();
      else reset(socket);
    };
    if (cutAfter !== undefined) setTimeout(cut, cutAfter);
    pass(socket, upstream, { ...up, delay, cut }, first);
    pass(upstream, socket, { ...down, delay, cut });
    if (repeat) this.#repeat(socket, first, repeat);
    return undefined;
  }

  #repeat(socket, first, { after, isWanted }) {
    const chunks = [first];
    socket.on("data", (chunk) => chunks.push(chunk));
    setTimeout(() => {
      const bytes = Buffer.concat(chunks);
      if (isWanted(bytes)) this.#connect().resume().write(bytes);
    }, after);
  }

  #connect() {
    return this.#keep(connect({ host: this.#target.hostname, port: this.#target.port }));
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.setNoDelay();
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    return socket;
  }
}

/** Passes one direction's bytes on. */
function pass(from, to, trouble, first) {
  const { delay, cut, gently, collect, behindFirst = false } = trouble;
  let { cutAt = Number.POSITIVE_INFINITY, stallAt = Number.POSITIVE_INFINITY } = trouble;
  let count = 0;
  const collected = [];
  // Timers of one delay go off in their order.
  const later = (work) => (delay > 0 ? setTimeout(work, delay) : work());
  const isStalled = () => count >= stallAt;
  const take = (chunk) => {
    if (isStalled()) return;
    if (behindFirst && count === 0) {
      cutAt += chunk.length;
      stallAt += chunk.length;
    }
    const isCut = count + chunk.length >= cutAt;
    const part = isCut ? chunk.subarray(0, Math.max(0, cutAt - count)) : chunk;
    count += chunk.length;
    if (collect) collected.push(part);
    else later(() => to.write(part));
    // A reset may overtake what the other end has not read.
    if (isCut) later(() => setTimeout(cut, 5, gently));
  };
  if (first) take(first);
  from.on("data", take);
  from.on("end", () => isStalled() || later(() => to.end(Buffer.concat(collected))));
  from.on("close", (isBroken) => isBroken && !isStalled() && later(() => to.destroy()));
}

/** A request's bytes, so that its connection ends with the answer. */
function oneRequest(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.subarray(0, end).toString("latin1");
  const closing = `${head.replace(/\r\nconnection:[^\r]*/i, "")}\r\nconnection: close`;
  return Buffer.concat([Buffer.from(closing, "latin1"), bytes.subarray(end)]);
}
