import { join } from "node:path";
import { targetDir } from "../../scripts/lib/project.mjs";
import { dots, lines } from "../lib/plot.mjs";
import { number, whole } from "../lib/table.mjs";

const OURS = "Everline";
const SENT_AWAY = "Everline, closed with 1012";
const WIDE = "Everline, minReconnectionDelay 4000";

/** Back in time: so many times what the server's capacity allows. */
const LIMIT = 2;
/** How far the simulator may be from reality, as a share of the clients. */
const NEAR = 0.1;

export default {
  title: "A million clients in a storm",
  question:
    "A server restarts and all its clients come back: how many arrive in a second, when are 99 % connected again, and how often do they try in vain?",
  needs: ["server"],

  async run({ quick, log }) {
    const { buildBench } = await import("../lib/cargo.mjs");
    const { ask } = await import("./ask.mjs");
    const program = buildBench("storm");
    log("a thousand real clients");
    const real = await ask(program, ["real", join(targetDir, "release", "examples", "server")]);
    log("in virtual time");
    return { ...(await ask(program, ["simulate", quick ? "10000" : "1000000"])), real };
  },

  report({ seed, capacity, connectionBytes, peakBytes, policies, sizes, real }) {
    const rows = policiesOf(policies);
    const [ours, sentAway, wide] = [OURS, SENT_AWAY, WIDE].map((name) =>
      rows.find((row) => row.name === name),
    );
    const peers = rows.filter(({ name }) => !name.startsWith(OURS));
    // At equal recovery: in time, and with nobody lost.
    const rivals = peers.filter(({ recovery }) => recovery <= LIMIT);
    const best = rivals.reduce((a, b) => (b.peak < a.peak ? b : a));
    const slowest = sizes.reduce((a, b) => (recoveryOf(b) > recoveryOf(a) ? b : a));
    const most = Math.max(...sizes.map(({ setting }) => setting.clients));
    const distance = Math.max(...real.map((it) => it.distance));
    return {
      aims: [
        {
          aim: "Killed: the lowest peak of all that bring everybody back in time",
          figure: `${percent(ours.peak)} of the clients in a second; ${best.name} ${percent(best.peak)}`,
          met: ours.peak <= best.peak,
        },
        {
          aim: "Closed with 1012: the lowest peak of all",
          figure: `${percent(sentAway.peak)}; the lowest of the others ${percent(Math.min(...peers.map(({ peak }) => peak)))}`,
          met: peers.every(({ peak }) => sentAway.peak <= peak),
        },
        {
          aim: `99 % are back within ${LIMIT} × the time that the server's capacity sets, at every size and after every absence`,
          figure: `at most ${number(recoveryOf(slowest))} × (${whole(slowest.setting.clients)} clients, away ${slowest.setting.down / 1000} s)`,
          met: recoveryOf(slowest) <= LIMIT,
        },
        {
          aim: `The simulator is within ${percent(NEAR)} of the clients of what real ones do`,
          figure: `${percent(distance)} at most`,
          met: distance <= NEAR,
        },
      ],
      tables: [
        {
          caption: `**${whole(policies[0].setting.clients)} clients, a server that accepts them in ${capacity} s at best, away for ${downsOf(policies).join(", ")} s**`,
          rows: rows.map((row) => ({
            policy: row.name,
            "peak, % in 1 s": percent(row.peak),
            "% in 0.1 s": percent(row.burst),
            "once the server is back": percent(row.livingPeak),
            "99 % back ÷ limit": row.recoveries.map(times).join(", "),
            "attempts in vain each": row.wasted.map(number).join(", "),
            "never back": percent(row.lost),
          })),
        },
        {
          caption: "**Everline at every size, and before a fast and a slow server**",
          rows: groups(sizes, ({ name, setting }) =>
            [name, setting.clients, setting.rate].join(),
          ).map((group) => ({
            clients: whole(group[0].setting.clients),
            "the server": group[0].name === "killed" ? "is killed" : "closes with 1012",
            "accepts all in": `${number(group[0].setting.clients / group[0].setting.rate)} s`,
            "peak, % in 1 s": percent(worst(group, "peak")),
            "99 % back ÷ limit": group.map((it) => times(recoveryOf(it))).join(", "),
            "all back, s": group.map(({ outcome }) => number(outcome.back)).join(", "),
            "attempts in vain each": group.map(({ outcome }) => number(outcome.wasted)).join(", "),
          })),
        },
        {
          caption: "**A thousand real clients and the same simulated**",
          rows: real.map((it) => ({
            "the server is ended with": it.signal,
            "away, s": number(it.setting.down / 1000),
            "accepts a second": whole(it.setting.rate),
            "largest distance": percent(it.distance),
            attempts: whole(it.attempts),
            simulated: whole(it.simulatedAttempts),
          })),
        },
      ],
      text: `All clients lose the server at once; the news takes 10 to 50 ms, as every way there and back does. The server
refuses everybody while it is away, then accepts one after the other; a second's worth may wait, the others are
refused, and who has hung up costs nothing. *Limit* is what its capacity sets: its absence and the time to accept all.
Everline's clients are its real connections (\`Connection\`, ${whole(connectionBytes)} bytes each), up to ${whole(most)} of them in virtual
time with seed ${seed}; the largest storm took ${whole(peakBytes / 2 ** 20)} MiB with all that the simulator holds. The peers follow the
formulas, timeouts and limits of their sources, each attempt after the first refusal included; peaks are over *any*
second, so a crowd that comes within 40 ms counts no worse than one spread over the whole second, which is what the
column beside it is for.

**Why the default is as it is.** Each client draws one place in the crowd per outage and keeps it: its retries come at
this place of windows 0.1–0.5, 1.1–1.5, 2.1–3.5, 3.5–7.5 and 7.5–15.5 s after the loss, then of windows of 10 s. So
nobody comes twice within a second, the crowd stays evenly spread for as long as the server is away (dice that are
thrown anew for each delay, as in \`jitter: "full"\`, make it clump, and some wait far longer than the server did),
and who was refused comes back before the outage has lasted about twice as long. Windows that went on doubling up to
30 s would save two or three attempts in an outage of a minute, but then everybody would wait up to three times as
long for a server that is there again; from the second minute on the windows are a sixth of the outage, at most 30 s,
so that hours without a server cost as little as they can. A first retry within half a second, which is what a lone
drop wants, means that all come within that half second: no policy that does so can have a peak below 100 %. Who
expects storms gives the crowd more time: \`minReconnectionDelay: 4000, jitter: "spread"\` has a peak of ${percent(wide.peak)} and
brings 99 % back within ${times(wide.recovery)} × the limit, but a lone drop then waits 2 s on average instead of 0.3 s. A server that
goes on purpose does better: with code 1012 or 1013 the first three windows are one (0.1–3.5 s), and a time of its own
for each client in the close reason (\`retry=…\`, as \`examples/server\` sends to crowds) makes the storm as flat as
the server likes. That wide window is also what takes longer than twice the limit where a server closes with 1012, is
back at once and accepts everybody within a second: to have 99 % back within 2 s, half of them would have to come
within one, and a server that sends everybody away can seldom do with that.

In the comparison with reality, the accept rate, the absence, the time until each client hears of the loss and the time
that a refusal takes are measured in the run and given to the simulator, with the same seeds and the hints that the
clients were given.`,
      plots: [
        {
          file: "storm-plane.svg",
          alt: "Peak of arrivals and time until 99 % are back, for each policy",
          svg: dots({
            title: "Peak and recovery, the worst of four absences (below and left is better)",
            x: { label: "99 % back, as a multiple of the server's limit", log: true },
            y: { label: "peak in any second, % of the clients", log: true },
            dots: rows
              .filter(({ recovery }) => Number.isFinite(recovery))
              .map(({ name, peak, recovery }) => ({ name, at: [recovery, 100 * peak] })),
          }),
        },
        ...real.map(({ signal, measured, simulated }) => ({
          file: `storm-real-${signal.toLowerCase()}.svg`,
          alt: `Clients that are back after ${signal}, measured and simulated`,
          svg: lines({
            title: `1,000 clients after ${signal}: measured and simulated`,
            x: { label: "s after the loss" },
            y: { label: "% of the clients back" },
            series: [
              { name: "measured", points: curveOf(measured) },
              { name: "simulated", points: curveOf(simulated) },
            ],
          }),
        })),
      ],
    };
  },
};

/** A row for each policy: the worst of its storms, and each storm's recovery. */
function policiesOf(storms) {
  return groups(storms, ({ name }) => name).map((group) => ({
    name: group[0].name,
    peak: worst(group, "peak"),
    burst: worst(group, "burst"),
    livingPeak: worst(group, "livingPeak"),
    lost: worst(group, "lost"),
    recovery: Math.max(...group.map(recoveryOf)),
    recoveries: group.map(recoveryOf),
    wasted: group.map(({ outcome }) => outcome.wasted),
  }));
}

function groups(storms, keyOf) {
  const known = new Map();
  for (const storm of storms) {
    const key = keyOf(storm);
    known.set(key, [...(known.get(key) ?? []), storm]);
  }
  return [...known.values()];
}

function worst(storms, figure) {
  return Math.max(...storms.map(({ outcome }) => outcome[figure]));
}

/** As a multiple of the limit. */
function recoveryOf({ outcome }) {
  return outcome.back99 === null ? Number.POSITIVE_INFINITY : outcome.back99 / outcome.limit;
}

function downsOf(storms) {
  return [...new Set(storms.map(({ setting }) => setting.down / 1000))];
}

function curveOf(times) {
  return times.map((time, at) => [time / 1000, ((at + 1) / times.length) * 100]);
}

function percent(share) {
  return `${number(share * 100)} %`;
}

function times(factor) {
  return Number.isFinite(factor) ? factor.toFixed(2) : "never";
}
