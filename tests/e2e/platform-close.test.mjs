// close(): its arguments, and what it does in each state.

import assert from "node:assert/strict";
import { compare } from "./harness/compare.mjs";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";

// Two things are left out because the browsers differ: codes that have to be rounded, which Chromium
// cuts off, and a reason without a code, which Chromium refuses.
const closeArguments = `[
  [undefined], [null], [0], [-1], [999], [1000], [1001], [1004], [1005], [1006], [1015], [2999],
  [3000], [4999], [5000], [65535], [65536], [66536], [2 ** 32 + 1000], [NaN], [Infinity],
  [-Infinity], ["1000"], [" 3000 "], ["0xfa0"], ["abc"], [""], ["3000.4"], [999.4], [1000.4],
  [4999.4], [true], [[]], [[1000]], [{}],
  [{ valueOf: () => 1000 }], [new Date(1000)], [1000n], [Symbol("code")],
  [{ valueOf() { throw new RangeError("no number"); } }],
  [undefined, undefined],
  [1000, undefined], [1000, null], [1000, ""], [1000, 42], [1000, {}], [1000, Symbol("reason")],
  [1000, "x".repeat(123)], [1000, "x".repeat(124)], [1000, "ü".repeat(61)], [1000, "ü".repeat(62)],
  [1000, "🦀".repeat(30)], [1000, "🦀".repeat(31)], [1000, "\\ud800".repeat(41)],
  [1000, "\\ud800".repeat(42)], [1000, "\\udc00\\ud800".repeat(20) + "xxx"],
  [1000, "\\ud83e" + "🦀".repeat(30)], [1000, "\\ud83e" + "🦀".repeat(30) + "x"],
  [1000, { toString() { throw new RangeError("no string"); } }],
  [1, "x".repeat(124)], [1, Symbol("reason")], [Symbol("code"), Symbol("reason")],
  [{ valueOf() { throw new RangeError("no number"); } }, Symbol("reason")],
]`;

for (const state of ["connecting", "closing", "closed"])
  compare(
    `arguments while ${state}`,
    `async ({ make, url, events, attempt }) => {
      const socket = make(url);
      if ("${state}" !== "connecting") {
        await events(socket).next("open");
        socket.close();
      }
      if ("${state}" === "closed") await events(socket).next("close");
      return ${closeArguments}.map((args) => [attempt(() => socket.close(...args)), socket.readyState]);
    }`,
    (peer) => {
      if (state === "connecting") peer.handshake = "hang";
    },
  );

compare(
  "arguments while open, each that is taken with a socket of its own",
  `async ({ make, url, events, attempt }) => {
    const results = [];
    let socket;
    for (const args of ${closeArguments}) {
      if (!socket || socket.readyState > 1) {
        socket = make(url);
        await events(socket).next("open");
      }
      results.push(attempt(() => socket.close(...args)), socket.readyState);
      if (socket.readyState === 2) results.push(await events(socket).next("close"));
    }
    return results;
  }`,
);

compare(
  "while connecting it fails, later",
  async ({ make, url, events }) => {
    const socket = make(url);
    const states = [socket.readyState];
    socket.close(4000, "never mind");
    states.push(socket.readyState, events(socket).all().length);
    await Promise.resolve();
    states.push(socket.readyState, events(socket).all().length);
    await events(socket).next("close");
    return [states, events(socket).all()];
  },
  (peer) => {
    peer.handshake = "hang";
  },
);

e2e("a reason without a code gets the usual one", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.run((socket) => socket.close(undefined, "done"));
  const { closed } = await peer.connection();
  assert.deepEqual(await closed, { code: 1000, reason: "done" });
});

compare("right after the constructor", async ({ make, url, events }) => {
  const socket = make(url);
  socket.close();
  await events(socket).next("close");
  return events(socket).all();
});

compare("in the open event", async ({ make, url, events }) => {
  const socket = make(url);
  socket.onopen = () => socket.close(3001, "at once");
  await events(socket).next("close");
  return events(socket).all();
});

compare("messages that were sent before are delivered first", async ({ make, url, events }) => {
  const socket = make(url);
  await events(socket).next("open");
  for (let number = 0; number < 50; number++) socket.send(`message ${number}`);
  socket.send(new Uint8Array(100_000));
  socket.close(1000, "after them");
  await events(socket).next("close");
  // How many echoes come back before the end is a matter of time.
  return events(socket).all().at(-1);
});

compare(
  "messages that arrive while closing",
  async ({ make, url, events }) => {
    const socket = make(url);
    socket.onopen = () => socket.send("ready");
    socket.onmessage = () => {
      if (socket.readyState !== 1) return;
      const end = performance.now() + 200;
      // They have arrived by now, and nobody was told yet.
      while (performance.now() < end);
      socket.close(1000);
    };
    await events(socket).next("close");
    return events(socket).all();
  },
  async (peer) => {
    const connection = await peer.connection();
    await connection.messages.next();
    connection.send("late 1");
    connection.send("late 2");
  },
);

compare(
  "both ends at once",
  async ({ make, url, events }) => {
    const socket = make(url);
    socket.onmessage = () => socket.close(4001, "mine");
    await events(socket).next("close");
    const { close, readyState } = events(socket).all().at(-1);
    return [close.wasClean, readyState];
  },
  async (peer) => {
    const connection = await peer.connection();
    connection.send("now");
    connection.close(4001, "mine");
  },
);
