import { bars } from "../lib/plot.mjs";
import { ratio, summary } from "../lib/stats.mjs";
import { number, spread, whole } from "../lib/table.mjs";

const OURS = "examples/server";
const THEIRS = "ws on Node";

/** Clients that are busy, messages of each on their way, and their size. */
const loads = [
  { name: "500 clients, one message at a time", clients: 500, window: 1, bytes: 64 },
  { name: "50 clients, 16 messages on their way", clients: 50, window: 16, bytes: 64 },
  { name: "50 clients, 16 messages of 1 KiB", clients: 50, window: 16, bytes: 1024 },
];

export default {
  title: "The server",
  question:
    "How many connections does `examples/server` hold, in how much memory, and how many messages does it answer a second?",
  needs: ["server"],

  async run({ quick, log }) {
    const { measure } = await import("./measure.mjs");
    const connections = quick ? 500 : 5000;
    const settings = quick ? { rounds: 1, ms: 200 } : { rounds: 3, ms: 1000 };
    const results = await measure([OURS, THEIRS], { connections, loads, ...settings, log });
    return { connections, ...settings, results };
  },

  report({ connections, rounds, ms, results }) {
    const [ours, theirs] = [results[OURS], results[THEIRS]];
    const memory = (result) => result.map(({ memory, held }) => memory / held);
    const echoes = (result, load) => result.map(({ echoes }) => echoes[load]);
    const rates = (result, load) => echoes(result, load).map(({ rate }) => rate);
    const costs = (result, load) => echoes(result, load).map(({ cpu }) => cpu);
    const held = Math.min(...ours.map(({ held }) => held));
    const lighter = ratio(memory(ours), memory(theirs));
    const faster = loads.map((_, load) => ratio(rates(ours, load), rates(theirs, load)));
    const cheaper = loads.map((_, load) => ratio(costs(ours, load), costs(theirs, load)));
    return {
      aims: [
        {
          aim: `${whole(connections)} connections, in less memory than \`ws\``,
          figure: `${whole(held)} held, ${number(lighter.median)} × its memory for each`,
          met: held === connections && lighter.median < 1,
        },
        ...loads.map(({ name }, load) => ({
          aim: `${name}: more a second than \`ws\``,
          figure: `${number(faster[load].median)} × as many, for ${number(cheaper[load].median)} × the processor time each`,
          met: faster[load].median > 1,
        })),
      ],
      tables: [
        {
          caption: `**${whole(connections)} connections that say nothing**`,
          rows: Object.entries(results).map(([server, result]) => ({
            server,
            held: whole(Math.min(...result.map(({ held }) => held))),
            "KiB each": spread(summary(memory(result).map((bytes) => bytes / 1024))),
            "opened a second": spread(summary(result.map(({ opened }) => opened))),
          })),
        },
        {
          caption: "**Echoes**",
          rows: loads.flatMap(({ name }, load) =>
            Object.entries(results).map(([server, result]) => ({
              load: name,
              server,
              "messages a second": spread(summary(rates(result, load))),
              "processor time each, µs": spread(summary(costs(result, load))),
            })),
          ),
        },
      ],
      text: `Both servers answer \`/ws\` alike: a greeting, JSON that is parsed and written anew for each echo, a room for
all, pings for the silent, limits for the slow. \`benches/server/ws-server.mjs\` is a process of Node with \`ws\` and
nothing else around it; the reference server is as people run it, with its log, its fault switches and the rest. The
load comes from one thread of native code, \`benches/server/load.rs\`, in ${rounds} rounds, with new servers in each,
and ${ms} ms for each kind. *Memory* is what the process has more (RSS) with the connections than without. The
reference server uses all processors, on which the load runs as well, and Node one: so the processor time that a message
costs the server is given beside the rate.`,
      plots: [
        {
          file: "server-echoes.svg",
          alt: "Messages a second",
          svg: bars({
            title: "Echoes of JSON messages (median and quartiles)",
            unit: "messages a second",
            groups: loads.map(({ name }, load) => ({
              name,
              bars: Object.entries(results).map(([server, result]) => ({
                name: server,
                ...summary(rates(result, load)),
              })),
            })),
          }),
        },
      ],
    };
  },
};
