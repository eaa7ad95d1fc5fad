// Both servers under the same load, in turns.

import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildBench } from "../lib/cargo.mjs";
import { paired } from "../lib/paired.mjs";
import { cpuOf, memoryOf, startNode, startProgram, startReference } from "../lib/program.mjs";

const wsServer = fileURLToPath(new URL("ws-server.mjs", import.meta.url));
const starts = [startReference, () => startNode([wsServer])];

/** By name, one result for each round: `{ held, opened, memory, echoes: [{ rate, cpu }] }`. */
export async function measure(names, { connections, loads, rounds, ms, log }) {
  const program = buildBench("load");
  return paired(names, { rounds, warmUp: 0 }, async (name, round) => {
    log(`${name}, round ${round + 1}`);
    const server = await starts[names.indexOf(name)]();
    const load = startProgram(program, [`127.0.0.1:${server.port}`, "/ws"]);
    try {
      return await measureOne(server, load, { connections, loads, ms });
    } finally {
      await load.stop();
      await server.stop();
    }
  });
}

async function measureOne(server, load, { connections, loads, ms }) {
  const order = async (...words) => {
    load.say(words.join(" "));
    return JSON.parse(await load.line());
  };
  // Code that has been used once is not the connections'.
  await order("connect", 100);
  await order("echo", 100, 1, 100, 64);
  const before = memoryOf(server.pid);
  const { done, ms: opening } = await order("connect", connections);
  // What only the openings needed may be freed meanwhile.
  await wait(500);
  const held = done - 100;
  const result = {
    held,
    opened: (held * 1000) / opening,
    memory: memoryOf(server.pid) - before,
    echoes: [],
  };
  for (const { clients, window, bytes } of loads) {
    await order("echo", clients, window, ms / 4, bytes);
    const spent = cpuOf(server.pid);
    const { done } = await order("echo", clients, window, ms, bytes);
    const cpu = ((cpuOf(server.pid) - spent) * 1000) / done;
    result.echoes.push({ rate: (done * 1000) / ms, cpu });
  }
  return result;
}
