// What `/ws` of examples/server does, by Node and `ws`: JSON messages, a room for everybody, and the same
// rules for the silent, the slow and the too large.

import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const KEEPALIVE = 30_000;
const SLOW_CONSUMER = 1 << 20;

const started = Date.now();
const http = createServer((_, response) => response.writeHead(404).end());
const sockets = new WebSocketServer({ noServer: true, maxPayload: 1 << 20 });
const room = new Set();
let lastId = 0;

http.on("upgrade", (request, socket, head) => {
  if (request.url !== "/ws") {
    socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, open);
});

function open(ws) {
  const client = { ws, isAlive: true };
  room.add(client);
  say(ws, JSON.stringify({ type: "connection_ack", id: ++lastId }));
  ws.on("message", (data, isBinary) => {
    client.isAlive = true;
    const answer = isBinary ? error("no binary message is expected here") : outcome(data);
    if (answer) say(ws, JSON.stringify(answer));
  });
  ws.on("pong", () => {
    client.isAlive = true;
  });
  ws.on("error", () => {});
  ws.on("close", () => room.delete(client));
}

function outcome(data) {
  let message;
  try {
    message = JSON.parse(data.toString());
  } catch (problem) {
    return error(`invalid JSON: ${problem.message}`);
  }
  switch (message?.type) {
    case "ping":
      return { type: "pong", t: message.t };
    case "echo":
      return message;
    case "get_status":
      return { type: "status", uptime: Date.now() - started, connections: room.size };
    case "chat": {
      const { text, from = "anonymous" } = message;
      if (typeof text !== "string") return error("a chat message needs a text");
      const said = JSON.stringify({ type: "chat", text, from, at: Date.now() });
      for (const { ws } of room) say(ws, said);
      return undefined;
    }
    default:
      return error(`unknown type ${JSON.stringify(message?.type)}`);
  }
}

function say(ws, text) {
  if (ws.bufferedAmount > SLOW_CONSUMER) ws.close(1013, "slow consumer");
  else ws.send(text);
}

function error(message) {
  return { type: "error", message };
}

setInterval(() => {
  for (const client of room) {
    if (!client.isAlive) client.ws.terminate();
    client.isAlive = false;
    client.ws.ping();
  }
}, KEEPALIVE);

http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
await once(http, "listening");
console.log(`listening on http://127.0.0.1:${http.address().port}`);
process.on("SIGTERM", () => process.exit());
