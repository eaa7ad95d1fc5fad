import { mainThread } from "../lib/cpu.mjs";
import { paired } from "../lib/paired.mjs";
import { dropIns, OURS, RAW } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { atLeast, atMost, ratio, summary } from "../lib/stats.mjs";
import { likely, spread } from "../lib/table.mjs";

const browsers = { chrome: "Chromium", firefox: "Firefox" };
/** So many messages take about a tenth of a second. */
const sizes = [
  { bytes: 64, name: "64 B", count: 20_000 },
  { bytes: 1024, name: "1 KiB", count: 10_000 },
  { bytes: 65_536, name: "64 KiB", count: 600 },
];
const cases = sizes.flatMap((size) => [
  { ...size, name: `${size.name} text`, binary: false },
  { ...size, name: `${size.name} binary`, binary: true },
]);
const rivals = ["partysocket", "@nktkas/rews"];
const LEAST_THROUGHPUT = 0.98;

export default {
  title: "Received messages",
  question:
    "What does a message that arrives cost in the page, and how many of them can it take in a second, in real browsers?",
  needs: ["browsers"],

  async run({ quick, log }) {
    const { withContestants } = await import("../lib/contestants.mjs");
    const rounds = quick ? 2 : 15;
    const results = [];
    for (const browserName of Object.keys(browsers)) {
      await withContestants(browserName, async (pages, browser) => {
        const threads = {};
        for (const name of dropIns) {
          await pages[name].bringToFront();
          threads[name] = await mainThread(pages[name], browser);
        }
        for (const { name: message, bytes, binary, count } of cases) {
          log(`${browsers[browserName]}, ${message}`);
          const wanted = { bytes, binary, count: quick ? Math.ceil(count / 10) : count };
          const values = await paired(dropIns, { rounds, warmUp: 2 }, (name) =>
            measure(pages[name], threads[name], wanted),
          );
          results.push({ browser: browserName, message, count: wanted.count, values });
        }
      });
    }
    return { rounds, results };
  },

  report({ rounds, results }) {
    const found = Object.keys(browsers).flatMap((browser) =>
      results.filter((result) => result.browser === browser).map(evaluated),
    );
    return {
      aims: Object.keys(browsers).flatMap((browser) =>
        aimsOf(
          browser,
          found.filter((result) => result.browser === browser),
        ),
      ),
      tables: Object.entries(browsers).flatMap(([browser, name]) =>
        tablesOf(
          name,
          found.filter((result) => result.browser === browser),
        ),
      ),
      text: method(rounds),
      plots: Object.entries(browsers).map(([browser, name]) => ({
        file: `messages-${browser}.svg`,
        alt: `The cost of a received message in ${name}, by library`,
        svg: bars({
          title: `Received messages, small ones: ${name}`,
          unit: "µs of the page's main thread per message, median and quartiles",
          groups: found
            .filter((result) => result.browser === browser && !result.message.startsWith("64 KiB"))
            .map(({ message, cost }) => ({
              name: message,
              bars: dropIns.map((name) => ({ name, ...cost[name] })),
            })),
        }),
      })),
    };
  },
};

/** Has the server flood the page; gives µs of its main thread per message, and messages per second. */
async function measure(page, thread, wanted) {
  await page.bringToFront();
  const before = thread.spent();
  const time = await page.evaluate(receive, wanted);
  const spent = thread.spent() - before;
  return { cost: spent / wanted.count / 1e3, throughput: (wanted.count / time) * 1e3 };
}

// In the page. Resolves to the ms from the first message to the last.
function receive(wanted) {
  return new Promise((resolve) => {
    let [left, start] = [wanted.count, 0];
    globalThis.hear = (data) => {
      if (left === wanted.count) start = performance.now();
      if ((data.length ?? data.byteLength) !== wanted.bytes) throw new Error("another message");
      left--;
      if (left === 0) resolve(performance.now() - start);
    };
    socket.send(JSON.stringify(wanted));
  });
}

function evaluated({ browser, message, values }) {
  const all = (name, figure) => values[name].map((round) => round[figure]);
  const each = (work) => Object.fromEntries(dropIns.map((name) => [name, work(name)]));
  return {
    browser,
    message,
    cost: each((name) => summary(all(name, "cost"))),
    throughput: each((name) => summary(all(name, "throughput"))),
    share: each((name) => ratio(all(name, "throughput"), all(RAW, "throughput"))),
    /** Ours over each other's. */
    overs: each((name) => ratio(all(OURS, "cost"), all(name, "cost"))),
  };
}

function aimsOf(browser, found) {
  // The one whose miss is the surest.
  const worst = (value) => found.reduce((a, b) => (value(b) > value(a) ? b : a));
  const slowest = worst(({ share }) => -share[OURS].high);
  const lines = [
    {
      aim: `${browsers[browser]}: throughput ≥ ${LEAST_THROUGHPUT} of the raw WebSocket's`,
      figure: `${likely(slowest.share[OURS])} (${slowest.message})`,
      met: atLeast(slowest.share[OURS], LEAST_THROUGHPUT),
    },
  ];
  for (const rival of rivals) {
    const dearest = worst(({ overs }) => overs[rival].low);
    lines.push({
      aim: `${browsers[browser]}: cost ≤ ${rival}'s`,
      figure: `${likely(dearest.overs[rival])} of it (${dearest.message})`,
      met: atMost(dearest.overs[rival], 1),
    });
  }
  return lines;
}

function tablesOf(browser, found) {
  const table = (caption, cell) => ({
    caption: `${browser}: ${caption}`,
    rows: dropIns.map((name) => ({
      library: name,
      ...Object.fromEntries(found.map((result) => [result.message, cell(result, name)])),
    })),
  });
  return [
    table("µs per message", ({ cost }, name) => spread(cost[name])),
    table("thousands of messages per second", ({ throughput }, name) =>
      spread(scaled(throughput[name], 1e-3)),
    ),
    table("throughput over the raw WebSocket's", ({ share }, name) => spread(share[name])),
  ];
}

function scaled({ median, q1, q3 }, factor) {
  return { median: median * factor, q1: q1 * factor, q3: q3 * factor };
}

function method(rounds) {
  return `
${rounds} rounds. Each library has a page of its own, and so a process: neither compiled code nor garbage is shared. A
server in another process writes frames that it made before, as fast as they are taken. The cost is the processor
time of the page's main thread, by the kernel's clock for this thread (\`/proc/…/schedstat\`), from before the request
to after the last message: what the browser does there with a message is part of it, in the first row as in all
others. The throughput is counted by the page, from the first message to the last.

Everline, ${rivals.join(" and ")} give the page an event of its own, whose target is their socket; so they
dispatch two events for each message. reconnecting-websocket calls its listeners with the event of the socket below.
`;
}
