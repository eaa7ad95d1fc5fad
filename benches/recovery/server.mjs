// Says hello to everybody, as plain WebSocket messages or by socket.io.

import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { WebSocketServer } from "ws";

export async function startServer(protocol) {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = protocol === "plain" ? new WebSocketServer({ server }) : new Server(server);
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.send("hello");
  });
  return {
    port: server.address().port,
    stop: () => {
      server.close();
      server.closeAllConnections();
      sockets.close();
    },
  };
}
