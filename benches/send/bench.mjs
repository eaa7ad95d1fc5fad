import { paired } from "../lib/paired.mjs";
import { dropIns, OURS, RAW } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { atMost, median, ratio, summary } from "../lib/stats.mjs";
import { likely, number, spread } from "../lib/table.mjs";

const browsers = { chrome: "Chromium", firefox: "Firefox" };
/** A loop takes about a millisecond, and fills no buffer. */
const cases = [
  { name: "64 B text", bytes: 64, binary: false, calls: 300 },
  { name: "1 KiB text", bytes: 1024, binary: false, calls: 200 },
  { name: "64 B binary", bytes: 64, binary: true, calls: 300 },
  { name: "1 KiB binary", bytes: 1024, binary: true, calls: 200 },
];
const LOOPS = 15;
const MOST_OVER_RAW = 1.5;

export default {
  title: "Sent messages",
  question: "What does a call of `send()` cost in the page while the socket is open?",
  needs: ["browsers"],

  async run({ quick, log }) {
    const { withContestants } = await import("../lib/contestants.mjs");
    const [sets, rounds] = quick ? [1, 2] : [4, 8];
    const results = Object.keys(browsers).flatMap((browser) =>
      cases.map(({ name: message }) => ({ browser, message, values: emptyLists() })),
    );
    for (let set = 0; set < sets; set++) {
      for (const browser of Object.keys(browsers)) {
        log(`${browsers[browser]}, pages ${set + 1} of ${sets}`);
        await withContestants(browser, async (pages) => {
          for (const { name: message, ...what } of cases) {
            const values = await paired(dropIns, { rounds, warmUp: 3 }, async (name) => {
              await pages[name].bringToFront();
              const loops = await pages[name].evaluate(sendMany, { ...what, loops: LOOPS });
              return median(loops);
            });
            const result = results.find((it) => it.browser === browser && it.message === message);
            for (const name of dropIns) result.values[name].push(...values[name]);
          }
        });
      }
    }
    return { sets, rounds: sets * rounds, results };
  },

  report({ sets, rounds, results }) {
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
      text: method(sets, rounds),
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

function emptyLists() {
  return Object.fromEntries(dropIns.map((name) => [name, []]));
}

// In the page. Resolves to the ns per call in each of the loops, once everything has left.
async function sendMany({ bytes, binary, calls, loops }) {
  const data = binary ? new ArrayBuffer(bytes) : "x".repeat(bytes);
  const times = [];
  for (let loop = 0; loop < loops; loop++) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) socket.send(data);
    times.push(((performance.now() - start) / calls) * 1e6);
    while (socket.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return times;
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
  // The message whose miss is the surest.
  const overs = (other) =>
    results
      .map(({ message, values }) => ({ message, ...ratio(values[OURS], values[other]) }))
      .reduce((a, b) => (b.low > a.low ? b : a));
  const line = (aim, over, most) => ({
    aim: `${browsers[browser]}: ${aim}`,
    figure: `${likely(over)} of it (${over.message})`,
    met: atMost(over, most),
  });
  const others = dropIns.filter((name) => name !== OURS && name !== RAW);
  return [
    line(`≤ ${MOST_OVER_RAW} × the raw WebSocket's`, overs(RAW), MOST_OVER_RAW),
    ...others.map((name) => line(`≤ ${name}'s`, overs(name), 1)),
  ];
}

function method(sets, rounds) {
  return `
${rounds} rounds. Each library has a page of its own, and so a process; there are new ones ${sets} times, because one and
the same library differs from process to process. A measurement is the
median of ${LOOPS} loops of calls, each of about a millisecond and timed by the page's clock; the next begins when
\`bufferedAmount\` is 0 again. Nearly all of a call is the browser's own work, so the libraries hardly differ.
`;
}
