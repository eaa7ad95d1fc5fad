import { OURS } from "../lib/peers.mjs";
import { bars } from "../lib/plot.mjs";
import { quantile } from "../lib/stats.mjs";
import { number, whole } from "../lib/table.mjs";

/** How long the server is away, how long those are waited for who stay away longer, in ms. */
const outages = [
  { away: 0, patience: 10_000 },
  { away: 1000, patience: 10_000 },
  // All at once, because it takes so long.
  { away: 30_000, patience: 31_000, together: true },
];

/** What the load is counted in, in ms. */
const SLICE = 100;
/** As much load as another, if it is so much more at most. */
const EQUAL = 1.05;

export default {
  title: "Back after a lost connection",
  question:
    "How long after the server is back does a client hear from it again, and what did its attempts cost the server?",

  async run({ quick, log }) {
    const { measure, names } = await import("./measure.mjs");
    const clients = quick ? 10 : 200;
    const rounds = [];
    for (const outage of quick ? outages.slice(0, 1) : outages) {
      const { away, together } = outage;
      log(`away for ${away} ms, ${clients} clients of each`);
      const results = {};
      const one = async (name) => {
        results[name] = await measure(name, clients, outage);
      };
      if (together) await Promise.all(names.map(one));
      else for (const name of names) await one(name);
      rounds.push({ away, results });
    }
    return { clients, rounds };
  },

  report({ clients, rounds }) {
    const measured = rounds.map(({ away, results }) => ({
      away,
      rows: Object.entries(results).map(([name, result]) => ({
        name,
        ...figuresOf(result, clients),
      })),
    }));
    return {
      aims: measured.map(aimOf),
      tables: measured.map(({ away, rows }) => ({
        caption: `**${titleOf(away)}**`,
        rows: rows.map(rowOf),
      })),
      text: `${whole(clients)} clients of each library in Node, with \`ws\` below and the library's defaults otherwise,
are connected through a proxy. It resets all connections at once, resets every new one at once while the
server is away, and counts them. A client is back when it hears the server's first message, and the time counts
from the moment at which the server can be reached again. *Attempts* are connections that a client opened until
it was back, or in all that time; the *peak* is the largest share of the clients that came within ${SLICE} ms: a crowd
that comes at once is what brings a restarted server down again, so speed is compared at equal load. \`websocket-ts\`
does not reconnect by itself and has the constant backoff of 1 s from its README.`,
      plots: [
        {
          file: "recovery-time.svg",
          alt: "Time until a client hears from the server again",
          svg: bars({
            title: "Until a client hears from the server again (median and quartiles)",
            unit: "s after the server is back",
            groups: measured.map(({ away, rows }) => ({
              name: titleOf(away),
              bars: rows
                .filter(({ median }) => Number.isFinite(median))
                .map(({ name, median, q1, q3 }) => ({
                  name,
                  median: median / 1000,
                  q1: q1 / 1000,
                  q3: Math.min(q3, outages.at(-1).patience) / 1000,
                })),
            })),
          }),
        },
      ],
    };
  },
};

/** Who does not come back in time has an infinite time. */
function figuresOf({ times, arrivals }, clients) {
  const all = [...times, ...Array(clients - times.length).fill(Number.POSITIVE_INFINITY)];
  const at = (share) => {
    const value = quantile(all, share);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  return {
    back: times.length / clients,
    median: at(0.5),
    q1: at(0.25),
    q3: at(0.75),
    p95: at(0.95),
    attempts: arrivals.length / clients,
    peak: peakOf(arrivals) / clients,
  };
}

/** The most that came within a slice of time. */
function peakOf(arrivals) {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let [peak, from] = [0, 0];
  for (const [to, at] of sorted.entries()) {
    while (sorted[from] <= at - SLICE) from++;
    peak = Math.max(peak, to - from + 1);
  }
  return peak;
}

function rowOf({ name, back, median, p95, attempts, peak }) {
  return {
    library: name,
    "median, s": time(median),
    "95 %, s": time(p95),
    "back in time": `${Math.round(back * 100)} %`,
    "attempts a client": number(attempts),
    [`peak in ${SLICE} ms`]: `${Math.round(peak * 100)} %`,
  };
}

/** Against the fastest of those that load the server no more. */
function aimOf({ away, rows }) {
  const own = rows.find(({ name }) => name === OURS);
  const peers = rows.filter(({ name }) => name !== OURS);
  const equals = peers.filter(
    ({ attempts, peak }) => attempts <= own.attempts * EQUAL && peak <= own.peak * EQUAL,
  );
  const best = fastest(equals);
  const faster = peers.filter(({ median }) => median < own.median);
  const figures = [
    `median ${time(own.median)} s`,
    best
      ? `the best at no more load: ${best.name}, ${time(best.median)} s`
      : "nobody loads the server as little",
    ...faster.map(
      ({ name, median, attempts, peak }) =>
        `${name}: ${time(median)} s with ${number(attempts / own.attempts)} × the attempts and ${number(peak / own.peak)} × the peak`,
    ),
  ];
  return {
    aim: `${titleOf(away)}: no slower than the best peer at equal load`,
    figure: figures.join("; "),
    met: !best || own.median <= best.median,
  };
}

function fastest(rows) {
  return [...rows].sort((a, b) => a.median - b.median)[0];
}

function titleOf(away) {
  return away === 0 ? "Server back at once" : `Server away for ${away / 1000} s`;
}

function time(ms) {
  return Number.isFinite(ms) ? number(ms / 1000) : "never";
}
