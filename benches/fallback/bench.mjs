import { bars } from "../lib/plot.mjs";
import { median, quantile } from "../lib/stats.mjs";
import { number, whole } from "../lib/table.mjs";

const OURS = ["Everline, plain", "Everline, session"];
const ROUNDS = 5;
/** How many sockets meet a network that opens WebSockets and lets nothing pass. */
const MUTE = 1;

export default {
  title: "Where WebSockets are blocked",
  question:
    "How long until messages pass by HTTP, how many get lost on the way there and back, and who returns to WebSocket once that is possible?",
  needs: ["browsers", "server"],

  async run({ quick, log }) {
    const { names, withBrowser } = await import("./measure.mjs");
    return withBrowser(async (tell) => {
      const stories = Object.fromEntries(names.map((name) => [name, {}]));
      const of = (name, plot) => {
        stories[name][plot] ??= [];
        return async () => void stories[name][plot].push(digest(await tell(name, plot)));
      };
      for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
        log(`blocked from the beginning, round ${round + 1}`);
        await Promise.all(names.map((name) => of(name, "first")()));
      }
      if (!quick) {
        log("blocked, mute, and blocked in the middle: 35 s, all at once");
        await Promise.all(
          names.flatMap((name) => [
            of(name, "blocked")(),
            of(name, "cut")(),
            ...Array.from({ length: MUTE }, () => of(name, "mute")()),
          ]),
        );
      }
      return { stories };
    });
  },

  report({ stories }) {
    const names = Object.keys(stories);
    const peers = names.filter((name) => !OURS.includes(name));
    const rows = names.map((name) => figuresOf(name, stories[name]));
    const of = (name) => rows.find((row) => row.name === name);
    const best = (figure) => Math.min(...peers.map((name) => of(name)[figure]));
    const returning = peers.filter((name) => Number.isFinite(of(name).blockedReturn));
    const session = of("Everline, session");
    const plain = of("Everline, plain");
    const least = best("cutLost");
    return {
      aims: [
        ...[session, plain].map((own) => ({
          aim: `${own.name}: the first message by HTTP before all others`,
          figure: `${time(own.first)} s; the others: ${listOf(peers, (name) => time(of(name).first))}`,
          met: own.first <= best("first"),
        })),
        {
          aim: "a session notices a WebSocket that opens and lets nothing pass before all others",
          figure: `${time(session.mute)} s; the others: ${listOf(peers, (name) => time(of(name).mute))}`,
          met: session.mute <= best("mute"),
        },
        {
          aim: "blocked in the middle: a session loses nothing, plain mode no more than the best peer",
          figure: `${whole(session.cutLost)} and ${whole(plain.cutLost)} of the messages that were taken; the others: ${listOf(peers, (name) => whole(of(name).cutLost))}`,
          met: session.cutLost === 0 && plain.cutLost <= least,
        },
        {
          aim: "back to WebSocket by itself, which the others are not",
          figure: `${time(session.blockedReturn)} s (session) and ${time(plain.blockedReturn)} s (plain) after the block has gone; of the others ${returning.length > 0 ? listOf(returning, (name) => `${time(of(name).blockedReturn)} s`) : "none in 30 s"}`,
          met: OURS.every((name) => Number.isFinite(of(name).blockedReturn)),
        },
      ],
      tables: [
        {
          caption: "**Upgrades are answered with 403, and after 5 s no longer**",
          rows: rows.map((row) => ({
            client: row.name,
            "first message, s": spreadOf(row.firsts),
            "lost, of taken": `${row.blockedLost} of ${row.blockedTaken}`,
            "WebSocket again after, s": time(row.blockedReturn),
          })),
        },
        {
          caption: "**Upgrades succeed, and then nothing passes**",
          rows: rows.map((row) => ({
            client: row.name,
            "first message, s": spreadOf(row.mutes),
            "lost, of taken": `${row.muteLost} of ${row.muteTaken}`,
          })),
        },
        {
          caption:
            "**All connections are reset in the middle; upgrades are answered with 403 for 6 s**",
          rows: rows.map((row) => ({
            client: row.name,
            "silence, s": time(row.silence),
            "lost, of taken": `${row.cutLost} of ${row.cutTaken}`,
            "WebSocket again after, s": time(row.cutReturn),
          })),
        },
      ],
      text: `In Chromium, each socket in a browser context of its own and behind a proxy of its own, which does to
WebSockets what the headings say and lets HTTP pass. A message goes every 50 ms, from the moment the socket is made, and
the server sends it back. *Taken* is what \`send()\` took without an error; *lost* is what had not come back when the
story was over, 35 s after its beginning; what waits for a connection that never came counts as well. *Silence* is the
longest time without any message after the reset.

The clients have their defaults, but plain mode has \`fallback: {}\`. socket.io begins with HTTP and tries a WebSocket
once, right after; "WebSocket first" is its other order, with \`tryAllTransports\`. Everline begins with a WebSocket;
a session goes on by HTTP as soon as that is refused, and the refusal is what it comes later by. Plain mode believes
in a block only after three of them (\`after: 1\` is quicker), with the backoff in between, and after HTTP has
answered: a client that takes a restart for a block would be on HTTP for nothing. A WebSocket that opens and lets
nothing pass has 2.5 s to let a session's welcome through, by the protocol, before HTTP is asked as well, and the rest
is HTTP's own answer: on a slow network the handshakes alone take seconds, and a session that asked sooner would carry
two connections there and begin on the worse one. socket.io begins with HTTP everywhere, and has not to wait for it
here. In plain mode such a WebSocket is a WebSocket, until a heartbeat finds the silence: sessions are for those who
cannot wait. SockJS does not reconnect, and refuses what is sent then: only what was on its way is lost, and all that
comes later is the page's to keep. The servers of centrifuge (Go) and of SignalR (.NET) cannot run here, so these two
are not measured.`,
      plots: [
        {
          file: "fallback-first.svg",
          alt: "Time to the first message where WebSockets are refused",
          svg: bars({
            title: "Until the first message, where WebSockets are refused (median and quartiles)",
            unit: "s",
            groups: [
              {
                name: "",
                bars: rows.map(({ name, first, firsts }) => ({
                  name,
                  median: first / 1000,
                  q1: quantile(firsts, 0.25) / 1000,
                  q3: quantile(firsts, 0.75) / 1000,
                })),
              },
            ],
          }),
        },
      ],
    };
  },
};

/** What of a story is kept: nothing that is not told later. */
function digest({ taken, echoed, transports, lost, lifted }) {
  const times = Object.values(echoed).sort((a, b) => a - b);
  const back = transports.find(({ at, transport }) => at > lifted && transport === "websocket");
  const isBack = transports.at(-1)?.transport === "websocket" && back;
  return {
    first: round(times[0]),
    taken: taken.length,
    lost: taken.length - times.length,
    ...(lifted !== undefined && { back: isBack ? round(back.at - lifted) : null }),
    ...(lost !== undefined && { silence: silenceIn(times, lost) }),
    transports: transports.map(({ at, transport }) => [Math.round(at), transport]),
  };
}

/** The longest time without an echo from then on; null if none comes any more. */
function silenceIn(times, from) {
  const after = [from, ...times.filter((at) => at > from)];
  if (after.length === 1) return null;
  return round(Math.max(...after.slice(1).map((at, index) => at - after[index])));
}

function figuresOf(name, { first = [], blocked = [], mute = [], cut = [] }) {
  const sum = (stories, what) => stories.reduce((sum, story) => sum + story[what], 0);
  const firsts = first.map(({ first }) => first ?? Number.POSITIVE_INFINITY);
  const mutes = mute.map(({ first }) => first ?? Number.POSITIVE_INFINITY);
  const only = ([story], what) => story?.[what] ?? Number.POSITIVE_INFINITY;
  return {
    name,
    firsts,
    first: middle(firsts),
    mutes,
    mute: middle(mutes),
    blockedTaken: sum(blocked, "taken"),
    blockedLost: sum(blocked, "lost"),
    blockedReturn: only(blocked, "back"),
    muteTaken: sum(mute, "taken"),
    muteLost: sum(mute, "lost"),
    cutTaken: sum(cut, "taken"),
    cutLost: sum(cut, "lost"),
    silence: only(cut, "silence"),
    cutReturn: only(cut, "back"),
  };
}

/** Also of times that are infinite. */
function middle(times) {
  const value = median(times);
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

function spreadOf(times) {
  const [q1, q2, q3] = [0.25, 0.5, 0.75].map((share) => quantile(times, share));
  if (!Number.isFinite(q2)) return "never";
  return `${time(q2)} (${time(q1)}–${time(q3)})`;
}

function listOf(names, figure) {
  return names.map((name) => `${name} ${figure(name)}`).join(", ");
}

function time(ms) {
  return Number.isFinite(ms) ? number(ms / 1000) : "never";
}

function round(ms) {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
