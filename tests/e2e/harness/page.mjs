// Runs in the blank page: sockets that record their events, for the tests to await.

import { Journal } from "./journal.mjs";

const types = [
  "open",
  "message",
  "error",
  "close",
  "reconnecting",
  "failed",
  "dropped",
  "transportchange",
  "reset",
];

/** The sockets by number, in the order in which they were made. */
globalThis.sockets = [];

/** Makes a socket and records its events; gives its number. */
globalThis.openSocket = (...args) => watchSocket(new Everline.ReconnectingWebSocket(...args));

/** The same for a socket that the test made itself. */
globalThis.watchSocket = (socket) => {
  socket.journal = new Journal(`events of ${socket.url}`);
  for (const type of types) {
    socket.addEventListener(type, (event) => socket.journal.push(plain(event, socket)));
  }
  return sockets.push(socket) - 1;
};

/** What of an event can be handed to the test, and the socket's state when it came. */
function plain(event, { readyState, status, transport }) {
  const { type, data, code, reason, wasClean, message, error, detail } = event;
  const content = data instanceof ArrayBuffer ? { bytes: [...new Uint8Array(data)] } : { data };
  const { name, kind, status: answered } = error ?? {};
  return {
    ...{ type, ...content, code, reason, wasClean, message, detail },
    ...{ error: error && { name, kind, status: answered } },
    ...{ readyState, status, transport },
  };
}
