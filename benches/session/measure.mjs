// Throughput in a page, bytes through a proxy, and memory at both ends.

import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startChild } from "../lib/child.mjs";
import { startGate } from "../lib/gate.mjs";
import { withPage } from "../lib/pages.mjs";
import { paired } from "../lib/paired.mjs";
import { bundleFile, bundleOf } from "../lib/peers.mjs";
import { memoryOf, startNode, startReference } from "../lib/program.mjs";
import { contestants } from "./contestants.mjs";

const names = Object.keys(contestants);
const ioServer = fileURLToPath(new URL("io-server.mjs", import.meta.url));

/** Echoes a second in Chromium, by size and name, one figure for each round. */
export async function throughput({ sizes, rounds, ms }) {
  const servers = await startServers();
  try {
    return await withPage(
      "chrome",
      async ({ page, site }) => {
        const script = {
          "content-type": "text/javascript",
          "cross-origin-embedder-policy": "require-corp",
        };
        for (const name of names) {
          site.add(
            `/bench/${encodeURIComponent(name)}.js`,
            await bundleOf(name, contestants[name].source),
            script,
          );
        }
        site.add(
          "/bench/echoes.js",
          await bundleOf("", 'export * from "./session/echoes.mjs";'),
          script,
        );
        const rates = {};
        for (const size of sizes) {
          // As many as take about so long, found by the round that does not count.
          const counts = {};
          rates[size] = await paired(names, { rounds, warmUp: 1 }, async (name) => {
            const count = counts[name] ?? 1000;
            const how = { count, size, window: 64 };
            const spent = await page.evaluate(run, name, servers[name].url, how);
            counts[name] ??= Math.max(200, Math.round((count * ms) / spent));
            return (count * 1000) / spent;
          });
        }
        return rates;
      },
      { names: [] },
    );
  } finally {
    await stop(servers);
  }
}

/** In the page. */
async function run(name, url, how) {
  const { open } = await import(`/bench/${encodeURIComponent(name)}.js`);
  const { echoes } = await import("/bench/echoes.js");
  return echoes(open, url, how);
}

/** By name: the bytes of TCP for each message and its echo beyond what they say, `{ up, down }`. */
export async function bytes({ count, size }) {
  const servers = await startServers();
  const around = {};
  try {
    for (const name of names) {
      const gate = await startGate(servers[name].port);
      const url = `ws://127.0.0.1:${gate.port}/${contestants[name].path}`;
      const module = await bundleFile(name, contestants[name].source);
      const clients = startChild(new URL("clients.mjs", import.meta.url), { args: [module, url] });
      // What the opening and the end take is there both times.
      const few = await passed(gate, () => clients.ask("echoes", { count: 16, size, window: 16 }));
      const many = await passed(gate, () =>
        clients.ask("echoes", { count: count + 16, size, window: 16 }),
      );
      around[name] = {
        up: (many.up - few.up) / count - size,
        down: (many.down - few.down) / count - size,
      };
      await clients.stop();
      await gate.stop();
    }
  } finally {
    await stop(servers);
  }
  return around;
}

async function passed(gate, work) {
  gate.bytes = { up: 0, down: 0 };
  await work();
  // The end is on its way.
  await wait(200);
  return gate.bytes;
}

/** By name: bytes for each of so many that are open and have heard one echo, `{ client, server }`. */
export async function memory(count) {
  const taken = {};
  for (const name of names) {
    const server = await startFor(name);
    const module = await bundleFile(name, contestants[name].source);
    const clients = startChild(new URL("clients.mjs", import.meta.url), {
      args: [module, server.url],
      flags: ["--expose-gc"],
    });
    try {
      await clients.ask("open", 50);
      const before = { client: await clients.ask("memory"), server: memoryOf(server.pid) };
      await clients.ask("open", count);
      const client = await clients.ask("memory");
      taken[name] = {
        client: (client - before.client) / count,
        server: (memoryOf(server.pid) - before.server) / count,
      };
    } finally {
      await clients.stop();
      await server.stop();
    }
  }
  return taken;
}

async function startServers() {
  const started = names.map(async (name) => [name, await startFor(name)]);
  return Object.fromEntries(await Promise.all(started));
}

async function startFor(name) {
  const { path, recovery } = contestants[name];
  const server =
    recovery === undefined
      ? await startReference(["--faults"])
      : await startNode([ioServer, recovery ? "recovery" : "plain"]);
  return Object.assign(server, { url: `ws://127.0.0.1:${server.port}/${path}` });
}

async function stop(servers) {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}
