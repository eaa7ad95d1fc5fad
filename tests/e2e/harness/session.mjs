// `session(name, test)`: an `e2e` with a reference server, and before it a fault proxy. The server's
// application sends every message back.
//
//   session("an echo", async ({ open }) => {
//     const socket = await open();
//     await socket.call("send", "hello");
//     assert.deepEqual(await heard(socket, 1), ["hello"]);
//   });

import { until } from "../../server/server.mjs";
import { atPeace } from "./fallback.mjs";
import { assertNoErrors } from "./live.mjs";
import { startProxy } from "./proxy.mjs";
import { helloOf } from "./scripted.mjs";
import { startServer } from "./server.mjs";
import { openSocket } from "./socket.mjs";
import { e2e } from "./test.mjs";
import { soon } from "./time.mjs";

/** How long messages may be on their way. */
const PATIENCE = 20_000;

/**
 * Runs `work` with what `e2e` gives, the `server`, the `proxy`, and `open(session, options, query)`.
 * `flags` are the server's. In the end nothing is connected, and nothing went wrong in the server.
 */
export function session(name, work, flags = []) {
  e2e(name, async (t) => {
    const { page } = t;
    const server = await startServer(flags);
    const proxy = await startProxy(server.url);
    const open = (session = {}, options = {}, query = "") =>
      openSocket(page, `${proxy.url}session${query}`, [], { ...soon, session, ...options });
    try {
      await work({ ...t, server, proxy, open });
      await page.evaluate(() => {
        for (const socket of globalThis.sockets) socket.close();
      });
      await atPeace(proxy);
      assertNoErrors(server.logs);
    } finally {
      await proxy.stop();
      await server.stop();
    }
  });
}

/** Resolves to all messages so far, of any kind, once there are so many. */
export function heard(socket, count) {
  return socket.run(
    async (socket, count, patience) => {
      const { journal } = socket;
      const messages = () => journal.entries.filter(({ type }) => type === "message");
      const end = performance.now() + patience;
      while (messages().length < count && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return messages().map(({ data, bytes }) => data ?? bytes);
    },
    count,
    PATIENCE,
  );
}

/** Sends these texts. */
export function sendAll(socket, texts) {
  return socket.run((socket, texts) => texts.map((text) => socket.send(text)), texts);
}

/** Resolves once the server has ended so many sessions; to the codes and reasons. */
export async function closings(server, count) {
  const lines = () => server.logs.filter((line) => / session \S+: closed, /.test(line));
  await until(() => lines().length >= count, `${count} sessions to be closed`);
  return lines().map((line) => line.match(/closed, (.*)$/)[1]);
}

/** The POSTs of a mode that the proxy has seen. */
export function posts(proxy, mode) {
  return proxy.posts.filter((post) => helloOf(post).mode === mode);
}

/** For a proxy: what becomes of POSTs by their mode; all others pass. */
export function byMode(faults) {
  return (request) => (request.method === "POST" && faults[helloOf(request).mode]) || "pass";
}
