// Measures one library in a process of its own: `node contestant.mjs BUNDLE MESSAGES` prints the ns per
// message in and out.

import { median } from "../lib/stats.mjs";
import { FakeWebSocket } from "./fake.mjs";

const PARTS = 9;
/** Until what is often called is compiled. */
const WARM_UP = 3;
const [bundle, messages] = [process.argv[2], Number(process.argv[3])];

globalThis.WebSocket = FakeWebSocket;
// robust-websocket takes these for granted, and Node 20 lacks them.
globalThis.navigator ??= { onLine: true };
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const { open } = await import(bundle);
const figures = {};
for (const [kind, data] of [
  ["text", "x".repeat(64)],
  ["binary", new ArrayBuffer(1024)],
]) {
  let heard = 0;
  const socket = await opened((event) => {
    heard += event.data === data ? 1 : Number.NaN;
  });
  const native = FakeWebSocket.last;
  // As the platform's: each is another object.
  const event = () => new MessageEvent("message", { data, origin: "ws://localhost" });
  const events = Array.from({ length: 256 }, event);
  figures[`${kind} in`] = measure((count) => {
    for (let at = 0; at < count; at++) native.message(events[at & 255]);
  });
  figures[`${kind} out`] = measure((count) => {
    for (let at = 0; at < count; at++) socket.send(data);
  });
  const expected = messages * (WARM_UP + PARTS);
  if (heard !== expected || native.sent !== expected) throw new Error("messages got lost");
}
console.log(JSON.stringify(figures));
process.exit();

function opened(onMessage) {
  return new Promise((resolve) => {
    const socket = open("ws://localhost/", {
      onMessage,
      // After whatever the library does when it opens.
      onOpen: () => setTimeout(() => resolve(socket)),
    });
  });
}

/** The ns per message: the median of the parts after the warm-up. */
function measure(run) {
  const parts = Array.from({ length: WARM_UP + PARTS }, () => {
    const start = process.hrtime.bigint();
    run(messages);
    return Number(process.hrtime.bigint() - start) / messages;
  });
  return median(parts.slice(WARM_UP));
}
