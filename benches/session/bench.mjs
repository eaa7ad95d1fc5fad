import { bars } from "../lib/plot.mjs";
import { atLeast, ratio, summary } from "../lib/stats.mjs";
import { likely, number, spread, whole } from "../lib/table.mjs";

/** What each is to be compared with. */
const plainOf = {
  "Everline, session": "Everline, plain",
  "socket.io, recovery": "socket.io, plain",
};

const OURS = "Everline, session";
const THEIRS = "socket.io, recovery";

export default {
  title: "What a session costs",
  question:
    "In a session each message arrives exactly once, whatever happens below. What does that cost while nothing happens: in speed, in bytes, in memory?",
  needs: ["browsers", "server"],

  async run({ quick, log }) {
    const { bytes, memory, throughput } = await import("./measure.mjs");
    const settings = quick
      ? { rounds: 1, ms: 100, messages: 500, sockets: 100 }
      : { rounds: 15, ms: 300, messages: 10_000, sockets: 900 };
    const { rounds, ms, messages, sockets } = settings;
    log("messages a second, in Chromium");
    const rates = await throughput({ sizes: [64, 1024], rounds, ms });
    log("bytes on the wire");
    const around = await bytes({ count: messages, size: 64 });
    log("memory");
    return { ...settings, rates, around, memory: await memory(sockets) };
  },

  report({ rounds, messages, sockets, rates, around, memory }) {
    const names = Object.keys(around);
    const sizes = Object.keys(rates);
    const ofPlain = (name, size) => ratio(rates[size][name], rates[size][plainOf[name]]);
    const added = (name, direction) => around[name][direction] - around[plainOf[name]][direction];
    const own = Math.max(added(OURS, "up"), added(OURS, "down"));
    return {
      aims: [
        ...sizes.map((size) => ({
          aim: `${sizeOf(size)}: at least 0.9 of the messages a second without a session`,
          figure: `${likely(ofPlain(OURS, size))} of them (socket.io with recovery: ${number(ofPlain(THEIRS, size).median)} of its own)`,
          met: atLeast(ofPlain(OURS, size), 0.9),
        })),
        {
          aim: "no byte more for a message",
          figure: `${signed(added(OURS, "up"))} up and ${signed(added(OURS, "down"))} down a message, acknowledgements included (socket.io with recovery: ${signed(added(THEIRS, "up"))} and ${signed(added(THEIRS, "down"))})`,
          // A byte in each message would be one at least.
          met: own < 0.5,
        },
      ],
      tables: [
        {
          caption: "**Messages that come back, a second, in Chromium**",
          rows: names.map((name) => ({
            client: name,
            ...Object.fromEntries(
              sizes.flatMap((size) => [
                [`of ${sizeOf(size)}`, spread(summary(rates[size][name]))],
                [`of plain, ${sizeOf(size)}`, plainOf[name] ? spread(ofPlain(name, size)) : ""],
              ]),
            ),
          })),
        },
        {
          caption: "**Bytes around each message of 64 B on the wire, and memory for each socket**",
          rows: names.map((name) => ({
            client: name,
            "bytes up": around[name].up.toFixed(2),
            "bytes down": around[name].down.toFixed(2),
            "client, KiB": number(memory[name].client / 1024),
            "server, KiB": number(memory[name].server / 1024),
          })),
        },
      ],
      text: `*Messages a second*: a page sends texts, 64 of them on their way at a time, and the server sends each back;
${rounds} rounds in turns. Everline talks to \`examples/server\` both times: \`/session\`, and a plain echo. socket.io
talks to its own server in Node, so only the ratio to its own plain mode can be compared. A session's message crosses into
WebAssembly for its number and is held until it is acknowledged, here and in the server, which is processor time on
both sides; browser, network and server share two processors, so the rates vary by more than that. *Bytes* are counted by a
proxy, as TCP carries them, over ${whole(messages)} messages with everything that is sent meanwhile; what opening and
closing takes is subtracted. A WebSocket alone needs 6 bytes up, 4 of them the mask, and 2 down for a message that
short. *Memory* is what ${whole(sockets)} sockets take that are open and have heard one message: in the client the heap
and what belongs to it, in Node with \`ws\` below; in the server what the process has more (RSS), which for socket.io is
one of Node. SignalR's stateful reconnect is the other session among the large libraries; its server needs .NET, which
cannot run here, so it is not measured.`,
      plots: [
        {
          file: "session-rate.svg",
          alt: "Messages a second with a session and without",
          svg: bars({
            title: "Messages a second, of those in plain mode (median and quartiles)",
            unit: "of plain mode's",
            groups: sizes.map((size) => ({
              name: sizeOf(size),
              bars: Object.keys(plainOf).map((name) => ({ name, ...ofPlain(name, size) })),
            })),
          }),
        },
      ],
    };
  },
};

function sizeOf(bytes) {
  return Number(bytes) < 1024 ? `${bytes} B` : `${bytes / 1024} KiB`;
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
