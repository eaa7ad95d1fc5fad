// Clients in Node, with `ws` below: what they send, and the memory that they take.

import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { serve } from "../lib/child.mjs";
import { echoes } from "./echoes.mjs";

globalThis.WebSocket = WebSocket;

await serve(async (module, url) => {
  const { open } = await import(pathToFileURL(module).href);
  const sockets = [];
  return {
    echoes: (how) => echoes(open, url, how),
    /** Opens so many more, each of which hears one echo. */
    async open(count) {
      const heard = Array.from({ length: count }, () => {
        return new Promise((resolve) => {
          const socket = open(url, { onOpen: () => socket.send("hello"), onMessage: resolve });
          sockets.push(socket);
        });
      });
      await Promise.all(heard);
    },
    /** What is in use, in bytes. */
    memory() {
      globalThis.gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
  };
});
