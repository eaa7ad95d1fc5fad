// A WebSocket server of the package `ws`, on a port of its own, for a protocol's real server package.

import { once } from "node:events";
import { WebSocketServer } from "ws";

/** Starts it. Stop it with `stop()`. */
export async function startWebSocketServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  return {
    server,
    url: `ws://127.0.0.1:${server.address().port}/`,
    async stop() {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
