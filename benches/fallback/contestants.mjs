// What falls back to HTTP: `open(url, { onOpen, onMessage })` gives `{ send, close, transport() }`; `send`
// throws where nothing can wait.

const everline = (options) => `
  import { ReconnectingWebSocket } from "../pkg/everline.js";
  export function open(url, { onOpen, onMessage }) {
    const socket = new ReconnectingWebSocket(url, [], ${options});
    socket.addEventListener("open", onOpen);
    socket.addEventListener("message", ({ data }) => onMessage(data));
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(),
      transport: () => socket.transport,
    };
  }`;

const socketIo = (options) => `
  import { io } from "socket.io-client";
  export function open(url, { onOpen, onMessage }) {
    const socket = io(url.replace("ws", "http"), ${options});
    socket.on("connect", onOpen);
    socket.on("message", onMessage);
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(),
      transport: () => (socket.connected ? socket.io.engine.transport.name : null),
    };
  }`;

const sockJs = `
  import SockJS from "sockjs-client";
  export function open(url, { onOpen, onMessage }) {
    const socket = new SockJS(url.replace("ws", "http"));
    socket.onopen = onOpen;
    socket.onmessage = ({ data }) => onMessage(data);
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(),
      transport: () => (socket.readyState === 1 ? socket.transport : null),
    };
  }`;

/** With the server that it talks to, and the path there. */
export const contestants = {
  "Everline, plain": {
    server: "reference",
    path: "ws",
    source: everline("{ fallback: {} }"),
  },
  "Everline, session": {
    server: "reference",
    path: "session",
    source: everline("{ session: true }"),
  },
  "socket.io": { server: "peers", path: "", source: socketIo("{}") },
  "socket.io, WebSocket first": {
    server: "peers",
    path: "",
    source: socketIo('{ transports: ["websocket", "polling"], tryAllTransports: true }'),
  },
  SockJS: { server: "peers", path: "sockjs", source: sockJs },
};
