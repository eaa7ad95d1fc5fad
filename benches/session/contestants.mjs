// What is compared: `open(url, { onOpen, onMessage })` gives `{ send, close }`, as the peers' bundles do.

const everline = (options) => `
  import { ReconnectingWebSocket } from "../pkg/everline.js";
  export function open(url, { onOpen, onMessage }) {
    const socket = new ReconnectingWebSocket(url, [], ${options});
    socket.addEventListener("open", onOpen);
    socket.addEventListener("message", onMessage);
    return socket;
  }`;

const socketIo = `
  import { io } from "socket.io-client";
  export function open(url, { onOpen, onMessage }) {
    const socket = io(url.replace("ws", "http"), { transports: ["websocket"], forceNew: true });
    socket.on("connect", onOpen);
    socket.on("message", onMessage);
    return socket;
  }`;

/** With the path on the server, and whether that is socket.io's and can recover a connection. */
export const contestants = {
  WebSocket: {
    path: "faults/ws/echo",
    source: `
      export function open(url, { onOpen, onMessage }) {
        const socket = new WebSocket(url);
        socket.onopen = onOpen;
        socket.onmessage = onMessage;
        return socket;
      }`,
  },
  "Everline, plain": { path: "faults/ws/echo", source: everline("{}") },
  "Everline, session": { path: "session", source: everline("{ session: true }") },
  "socket.io, plain": { path: "", source: socketIo, recovery: false },
  "socket.io, recovery": { path: "", source: socketIo, recovery: true },
};
