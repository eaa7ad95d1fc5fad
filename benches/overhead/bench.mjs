import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { paired } from "../lib/paired.mjs";
import { bundleFile, OURS, peers, RAW } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { atMost, median, ratio, summary } from "../lib/stats.mjs";
import { number, spread } from "../lib/table.mjs";

const program = fileURLToPath(new URL("contestant.mjs", import.meta.url));
const kinds = { text: "64 B of text", binary: "1 KiB, binary" };
/** Each of their events is made for them, and has their socket as its target. */
const withEvents = ["partysocket", "@nktkas/rews"];

export default {
  title: "The library alone",
  question:
    "What does a message cost in the library itself, without a browser and a network, by a scripted WebSocket in Node?",

  async run({ quick, log }) {
    const [rounds, messages] = quick ? [2, 5_000] : [15, 20_000];
    const bundles = Object.fromEntries(
      await Promise.all(peers.map(async (name) => [name, await bundleFile(name)])),
    );
    const run = promisify(execFile);
    const values = await paired(peers, { rounds, warmUp: 0 }, async (name, round) => {
      if (name === peers[0]) log(`round ${round + 1} of ${rounds}`);
      const { stdout } = await run(process.execPath, [program, bundles[name], String(messages)]);
      return JSON.parse(stdout);
    });
    return { messages, values };
  },

  report({ messages, values }) {
    const figure = (name, way) => summary(values[name].map((round) => round[way]));
    const ways = Object.keys(kinds).flatMap((kind) => [`${kind} in`, `${kind} out`]);
    const rows = Object.keys(values).map((name) => ({
      "ns per message": name,
      ...Object.fromEntries(ways.map((way) => [nameOf(way), spread(figure(name, way))])),
    }));
    const others = Object.keys(values).filter((name) => name !== OURS && name !== RAW);
    return {
      aims: ways.flatMap((way) => aimsOf(way, others, (name) => values[name].map((it) => it[way]))),
      tables: [{ rows }],
      text: method(messages, values[RAW].length),
      plots: ["in", "out"].map((way) => ({
        file: `overhead-${way}.svg`,
        alt: `The cost of a message ${way}, by library`,
        svg: bars({
          title: `The library alone: a message ${way}`,
          unit: "ns per message, median and quartiles",
          groups: Object.entries(kinds).map(([kind, name]) => ({
            name,
            bars: Object.keys(values).map((name) => ({ name, ...figure(name, `${kind} ${way}`) })),
          })),
        }),
      })),
    };
  },
};

function nameOf(way) {
  const [kind, direction] = way.split(" ");
  return `${kinds[kind]}, ${direction}`;
}

function aimsOf(way, others, valuesOf) {
  const nanoseconds = (name) => median(valuesOf(name));
  const comparisons = [["the best peer's", others]];
  if (way.endsWith("in")) comparisons.push(["the best's with events of its own", withEvents]);
  return comparisons.map(([whose, names]) => {
    const best = names.reduce((a, b) => (nanoseconds(b) < nanoseconds(a) ? b : a));
    return {
      aim: `${nameOf(way)}: ≤ ${whose}`,
      figure: `${number(nanoseconds(OURS))} ns; ${best} ${number(nanoseconds(best))} ns`,
      met: atMost(ratio(valuesOf(OURS), valuesOf(best)), 1),
    };
  });
}

function method(messages, rounds) {
  return `
${rounds} rounds. Each measurement has a process of its own, so that no library is compiled for what another did
before; in it the median of nine parts of ${messages.toLocaleString("en")} messages, after three that warm up. The
WebSocket below is a script: it is open at once, calls its listeners with ready-made \`MessageEvent\`s, and counts what
is sent. Its own cost, in the first row, is part of all others.

What costs on the way in is the event. Everline, ${withEvents.join(" and ")} make one for their own
listeners and have the platform dispatch it, so that \`target\`, \`once\`, \`signal\` and \`stopImmediatePropagation()\` are
the platform's. The other libraries call their listeners with the event of the socket below, whose target is
that socket; sockette even hands the listener itself to it, so that nothing is left to measure. On the way out, Everline
counts messages and bytes for \`stats()\`, which none of the others does.
`;
}
