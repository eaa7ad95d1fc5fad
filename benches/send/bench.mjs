import { paired } from "../lib/paired.mjs";
import { dropIns, OURS, RAW } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { ratio, summary } from "../lib/stats.mjs";
import { number, spread } from "../lib/table.mjs";

const browsers = { chrome: "Chromium", firefox: "Firefox" };
/** A loop takes some milliseconds, and fills no buffer. */
const cases = [
  { name: "64 B text", bytes: 64, binary: false, calls: 3000 },
  { name: "1 KiB text", bytes: 1024, binary: false, calls: 1000 },
  { name: "64 B binary", bytes: 64, binary: true, calls: 3000 },
  { name: "1 KiB binary", bytes: 1024, binary: true, calls: 1000 },
];
const MOST_OVER_RAW = 1.5;

export default {
  title: "Sent messages",
  question: "What does a call of `send()` cost in the page while the socket is open?",
  needs: ["browsers"],

  async run({ quick, log }) {
    const { withContestants } = await import("../lib/contestants.mjs");
    const rounds = quick ? 2 : 31;
    const results = [];
    for (const browser of Object.keys(browsers)) {
      await withContestants(browser, async (pages) => {
        for (const { name: message, ...what } of cases) {
          log(`${browsers[browser]}, ${message}`);
          const values = await paired(dropIns, { rounds, warmUp: 3 }, async (name) => {
            await pages[name].bringToFront();
            return pages[name].evaluate(sendMany, what);
          });
          results.push({ browser, message, values });
        }
      });
    }
    return { rounds, results };
  },

  report({ rounds, results }) {
    return {
      aims: Object.keys(browsers).flatMap((browser) =>
        aimsOf(
          browser,
          results.filter((result) => result.browser === browser),
        ),
      ),
      tables: Object.entries(browsers).map(([browser, name]) => ({
        caption: `${name}: ns per call`,
        rows: rowsOf(results.filter((result) => result.browser === browser)),
      })),
      text: method(rounds),
      plots: Object.entries(browsers).map(([browser, name]) => ({
        file: `send-${browser}.svg`,
        alt: `The cost of send() in ${name}, by library`,
        svg: bars({
          title: `send() on an open socket: ${name}`,
          unit: "ns per call, median and quartiles",
          groups: results
            .filter((result) => result.browser === browser)
            .map(({ message, values }) => ({
              name: message,
              bars: dropIns.map((name) => ({ name, ...summary(values[name]) })),
            })),
        }),
      })),
    };
  },
};

// In the page. Resolves to the ns per call once everything has left.
async function sendMany({ bytes, binary, calls }) {
  const data = binary ? new ArrayBuffer(bytes) : "x".repeat(bytes);
  const start = performance.now();
  for (let call = 0; call < calls; call++) socket.send(data);
  const time = performance.now() - start;
  while (socket.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return (time / calls) * 1e6;
}

function rowsOf(results) {
  return dropIns.map((name) => ({
    library: name,
    ...Object.fromEntries(
      results.flatMap(({ message, values }) => [
        [message, spread(summary(values[name]))],
        [`${message}, over raw`, number(ratio(values[name], values[RAW]).median)],
      ]),
    ),
  }));
}

function aimsOf(browser, results) {
  const overs = (other) =>
    results
      .map(({ message, values }) => ({ message, ...ratio(values[OURS], values[other]) }))
      .reduce((a, b) => (b.median > a.median ? b : a));
  const line = (aim, { message, median }, most) => ({
    aim: `${browsers[browser]}: ${aim}`,
    figure: `${number(median)} of it or less (${message})`,
    met: median <= most,
  });
  const others = dropIns.filter((name) => name !== OURS && name !== RAW);
  return [
    line(`≤ ${MOST_OVER_RAW} × the raw WebSocket's`, overs(RAW), MOST_OVER_RAW),
    ...others.map((name) => line(`≤ ${name}'s`, overs(name), 1)),
  ];
}

function method(rounds) {
  return `
${rounds} rounds. Each library has a page of its own, and so a process. A measurement is a loop of calls within some
milliseconds, timed by the page's clock; the next begins when \`bufferedAmount\` is 0 again.
`;
}
