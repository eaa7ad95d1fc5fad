// `fallback(name, test)`: an `e2e` with a fault proxy before the peer, and in the end nothing may be
// left behind at the proxy.
//
//   fallback("an echo by HTTP", async ({ proxy, open }) => {
//     proxy.webSocket = 503;
//     const socket = await open();
//     await socket.next("open");
//     assert.equal(await socket.get("transport"), "http");
//   });

import { until } from "../../server/server.mjs";
import { browserName } from "./browser.mjs";
import { startProxy } from "./proxy.mjs";
import { adoptSocket } from "./socket.mjs";
import { e2e } from "./test.mjs";
import { soon } from "./time.mjs";

/** Falls at the first loss, and comes back only when it is woken. */
export const resting = { after: 1, retryWebSocket: 600_000 };

/**
 * Runs `work` with what `e2e` gives, the `proxy`, and `open(fallback, options, ...messages)`, which
 * opens a socket through it with the options of `resting` and `soon` and those, and sends messages
 * before anything can have happened.
 */
export function fallback(name, work) {
  e2e(name, async (t) => {
    const { page, peer } = t;
    const proxy = await startProxy(peer.url);
    const open = (fallback, options, ...messages) => {
      const all = { ...soon, ...options, fallback: { ...resting, ...fallback } };
      return adoptSocket(page, openAndSend, proxy.url, all, messages);
    };
    try {
      await work({ ...t, proxy, open });
      await closeAll(page);
      await atPeace(proxy);
    } finally {
      await proxy.stop();
    }
  });
}

/** Opens a socket while WebSockets are blocked; resolves once it is on HTTP. */
export async function openOnHttp({ proxy, open }, fallback, options) {
  proxy.webSocket = 503;
  const socket = await open(fallback, options);
  await onHttp(socket);
  return socket;
}

/** Resolves once the socket has changed to HTTP and opened. */
export async function onHttp(socket) {
  await changed(socket, "http");
  await socket.next("open");
}

/** Resolves to the next `transportchange` to a transport. */
export async function changed(socket, to) {
  for (;;) {
    const change = await socket.next("transportchange");
    if (change.detail.to === to) return change;
  }
}

/** A reason to try a WebSocket at once. */
export function wake(page) {
  return page.evaluate(() => window.dispatchEvent(new Event("online")));
}

/** Resolves once the socket is open on HTTP, where it may have been before. */
export async function againOnHttp(socket) {
  do await socket.next("open");
  while ((await socket.get("transport")) !== "http");
}

/** Resolves once nothing is connected to the proxy any more. */
export async function atPeace(proxy) {
  const left = () => proxy.live.filter((entry) => !isTheBrowsers(entry));
  await until(() => left().length === 0, "nothing to be connected").catch((cause) => {
    const seen = left().map(({ method, url, body = "" }) => `${method} ${url} ${body}`);
    throw new Error(`still connected: ${seen}`, { cause });
  });
}

/** The types of all events so far, of those that are not messages. */
export async function types(socket) {
  return (await socket.events()).map(({ type }) => type).filter((type) => type !== "message");
}

/** What the errors of the HTTP side say; those of WebSockets say nothing. */
export function fallbackErrors(events) {
  return events
    .filter(({ error }) => error?.name === "FallbackError")
    .map(({ error: { kind, status } }) => (kind === "status" ? { kind, status } : { kind }));
}

/**
 * Whether the page's end can do nothing more about a connection. Browsers wait for the answer to a
 * closing handshake, and Firefox leaves a handshake that hangs alone until the server ends it.
 */
function isTheBrowsers({ fault }) {
  return fault === "mute" || (fault === "hang" && browserName === "firefox");
}

function openAndSend(url, options, messages) {
  const socket = new Everline.ReconnectingWebSocket(url, [], options);
  for (const message of messages) socket.send(message);
  return socket;
}

function closeAll(page) {
  return page.evaluate(() => {
    for (const socket of globalThis.sockets ?? []) socket.close();
  });
}
