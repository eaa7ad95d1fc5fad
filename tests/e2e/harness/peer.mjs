// The other end, under the test's control: a WebSocket server that accepts, hangs, refuses, closes
// and goes away as told, takes POSTs on the same port, and records what it saw.

import { once } from "node:events";
import { createServer, STATUS_CODES } from "node:http";
import { WebSocketServer } from "ws";
import { onFreshAddress } from "./address.mjs";
import { reset } from "./end.mjs";
import { Journal } from "./journal.mjs";
import { Posts } from "./posts.mjs";

/** Starts a peer on an address of its own. Stop it with `stop()`. */
export function startPeer() {
  return onFreshAddress((address) => new Peer(address));
}

class Peer {
  /** What becomes of a handshake: "accept", "hang", "refuse" (TCP reset) or an HTTP status. */
  handshake = "accept";
  /** Whether messages are sent back. */
  echo = true;
  /**
   * Each handshake's `{ url, protocols, headers, at, gone }`, before it is answered; `gone` resolves
   * when its TCP connection is over.
   */
  handshakes = new Journal("handshakes");
  /** Each accepted connection: a `Connection`. */
  connections = new Journal("connections");
  /** All messages that came, by WebSockets and POSTs: strings, or Buffers. */
  received = new Journal("messages by all ways");
  /** What it does with HTTP requests. */
  http = new Posts((message) => this.received.push(message));

  #address;
  #port = 0;
  #server;
  #sockets = new Set();

  constructor(address) {
    this.#address = address;
  }

  get url() {
    return `ws://${this.#address}:${this.#port}/`;
  }

  /** Listens, again on the same port after `stop()`. */
  async start() {
    this.#server = createServer();
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    this.#server.on("request", (...args) => this.http.handle(...args));
    this.#server.on("upgrade", (...args) => this.#answer(...args));
    this.#server.listen(this.#port, this.#address);
    await once(this.#server, "listening");
    this.#port = this.#server.address().port;
  }

  /** Resets every connection and stops listening: the port refuses until `start()`. */
  async stop() {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) reset(socket);
    await once(this.#server, "close");
  }

  /** The next connection that no test asked for yet. */
  connection() {
    return this.connections.next(() => true, "a connection");
  }

  #answer(request, socket, head) {
    const { url, headers } = request;
    const protocols = headers["sec-websocket-protocol"]?.split(/, */) ?? [];
    const gone = new Promise((resolve) => socket.once("close", resolve));
    this.handshakes.push({ url, protocols, headers, at: performance.now(), gone });
    if (this.handshake === "accept") this.#accept(request, socket, head);
    else if (this.handshake === "refuse") reset(socket);
    else if (this.handshake === "hang") socket.on("end", () => socket.destroy()).resume();
    else {
      const status = `${this.handshake} ${STATUS_CODES[this.handshake]}`;
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    }
  }

  #accept(request, socket, head) {
    const acceptor = new WebSocketServer({ noServer: true });
    acceptor.handleUpgrade(request, socket, head, (ws) => {
      ws.on("message", (data, isBinary) => this.echo && ws.send(data, { binary: isBinary }));
      ws.on("message", (data, isBinary) => this.received.push(isBinary ? data : data.toString()));
      this.connections.push(new Connection(ws, socket, request.url));
    });
  }
}

/** One accepted connection. */
class Connection {
  /** The path and query that were asked for. */
  url;
  /** What came in: strings, or Buffers. */
  messages = new Journal("messages");
  /** Resolves to the `{ code, reason }` that the page's end sent; 1006 if it sent none. */
  closed;

  #ws;
  #socket;

  constructor(ws, socket, url) {
    this.url = url;
    this.#ws = ws;
    this.#socket = socket;
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => this.messages.push(isBinary ? data : data.toString()));
    this.closed = once(ws, "close").then(([code, reason]) => ({
      code,
      reason: reason.toString(),
    }));
  }

  send(data) {
    this.#ws.send(data);
  }

  /** Starts a closing handshake. */
  close(code, reason) {
    this.#ws.close(code, reason);
  }

  /** Goes without a closing handshake: TCP reset. */
  terminate() {
    reset(this.#socket);
  }

  /** Reads nothing more, and so answers nothing, not even a closing handshake. */
  mute() {
    this.#ws.pause();
  }
}
