// One outage for many clients of one kind.

import { setTimeout as wait } from "node:timers/promises";
import { startChild } from "../lib/child.mjs";
import { now, startGate } from "../lib/gate.mjs";
import { moduleOf, names, protocolOf } from "./contestants.mjs";
import { startServer } from "./server.mjs";

export { names };

/** Gives `{ times, arrivals }` in ms: since the server was back, and since the connections were lost. */
export async function measure(name, count, { away, patience }) {
  const server = await startServer(protocolOf(name));
  const gate = await startGate(server.port);
  const url = `ws://127.0.0.1:${gate.port}/`;
  const args = [await moduleOf(name), url, count];
  const clients = startChild(new URL("clients.mjs", import.meta.url), { args });
  try {
    await clients.ask("open");
    await clients.ask("watch");
    gate.arrivals = [];
    gate.refuses = away > 0;
    const lost = now();
    gate.cut();
    await wait(away);
    gate.refuses = false;
    const back = now();
    const heard = await clients.ask("heard", patience);
    return {
      times: heard.map((at) => round(at - (away > 0 ? back : lost))),
      arrivals: gate.arrivals.map((at) => round(at - lost)),
    };
  } finally {
    await clients.stop();
    await gate.stop();
    server.stop();
  }
}

function round(ms) {
  return Math.round(ms * 10) / 10;
}
