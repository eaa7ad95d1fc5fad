// Many clients of one kind in Node, with `ws` below all of them, and when each hears something again.

import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { serve } from "../lib/child.mjs";
import { now } from "../lib/gate.mjs";

/** How long it may take until all clients have heard something for the first time, in ms. */
const PATIENCE = 120_000;

/** With errors that are events of Node's: @nktkas/rews dispatches them once more, which is an error with those of `ws`. */
class Socket extends WebSocket {
  addEventListener(type, listener, options) {
    const heard = type === "error" ? () => listener.call(this, new Event(type)) : listener;
    super.addEventListener(type, heard, options);
  }
}

// What browsers have and Node 20 has not.
globalThis.WebSocket = Socket;
globalThis.CloseEvent ??= class CloseEvent extends Event {
  constructor(type, { code = 0, reason = "", wasClean = false } = {}) {
    super(type);
    Object.assign(this, { code, reason, wasClean });
  }
};
globalThis.navigator ??= { onLine: true };
globalThis.window ??= globalThis;
for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] ??= () => {};

await serve(async (module, url, count) => {
  // Each loads the library itself, as pages do: some throw their dice only then.
  const { href } = pathToFileURL(module);
  const load = (_, client) => import(`${href}?${client}`);
  const libraries = await Promise.all(Array.from({ length: count }, load));
  let first = new Map();
  let look = () => {};
  const everybody = (patience) =>
    new Promise((resolve) => {
      look = () => first.size === count && resolve();
      setTimeout(resolve, patience);
      look();
    });
  return {
    /** Opens all of them; resolves once each has heard something. */
    async open() {
      for (const [client, { open }] of libraries.entries()) {
        const onMessage = () => {
          if (first.has(client)) return;
          first.set(client, now());
          look();
        };
        open(url, { onMessage });
      }
      await everybody(PATIENCE);
      if (first.size < count) throw new Error(`only ${first.size} of ${count} are open`);
    },
    /** What is heard from now on counts. */
    watch() {
      first = new Map();
    },
    /** When each heard something for the first time; waits for all, but not for longer than that. */
    async heard(patience) {
      await everybody(patience);
      return [...first.values()];
    },
  };
});
