// The peers' bundles, and two more of the same shape.

import { bundleFile, peers, RAW } from "../lib/peers.mjs";

const own = {
  // By itself it does not come back: this is its README's first example.
  "websocket-ts": `
    import { ConstantBackoff, WebsocketBuilder } from "websocket-ts";
    export const open = (url, { onMessage }) =>
      new WebsocketBuilder(url)
        .withBackoff(new ConstantBackoff(1000))
        .onMessage((_, event) => onMessage(event))
        .build();`,
  // Each client has a connection of its own, as on as many machines.
  "socket.io": `
    import { io } from "socket.io-client";
    export function open(url, { onMessage }) {
      io(url.replace("ws", "http"), { transports: ["websocket"], forceNew: true })
        .on("message", onMessage);
    }`,
};

/** All that come back. */
export const names = [...new Set([...peers.filter((name) => name !== RAW), ...Object.keys(own)])];

export function protocolOf(name) {
  return name === "socket.io" ? "socket.io" : "plain";
}

/** Writes a contestant's module; gives its path. */
export function moduleOf(name) {
  return bundleFile(name, own[name]);
}
