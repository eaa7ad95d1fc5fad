// The end of a session that could not be kept: `reset` tells what arrived and what did not, and what
// did not is sent in the next session, or handed back.

import assert from "node:assert/strict";
import { until } from "../server/server.mjs";
import { control, greeted, messagesOn, said, scripted } from "./harness/scripted.mjs";
import { heard, sendAll, session } from "./harness/session.mjs";

/**
 * Makes a session expire of which "1" to "3" arrived, though the page was not told, and "4" and "5"
 * were lost; "6" waits. Resolves to the `reset`.
 */
async function expire({ server, proxy, open }, options) {
  const socket = await open(options);
  await socket.next("open");
  const [line] = proxy.upgrades.entries;
  line.stall("down");
  await sendAll(socket, ["1", "2", "3"]);
  await line.lost.next((chunk) => chunk.includes("3"), "the last echo");
  line.stall("up");
  await sendAll(socket, ["4", "5"]);
  proxy.webSocket = "refuse";
  proxy.http = "refuse";
  proxy.cut();
  await socket.next("close");
  await sendAll(socket, ["6"]);
  await until(async () => (await server.health()).tombstones === 1);
  proxy.webSocket = "pass";
  proxy.http = "pass";
  const { detail } = await socket.next("reset");
  await socket.next("open");
  return { socket, detail };
}

const short = ["--session-ttl", "300"];

session(
  "ttl over: what did not arrive is sent again, in the next session",
  async (t) => {
    const { socket, detail } = await expire(t);
    assert.deepEqual(detail, { delivered: ["1", "2", "3"], undelivered: ["4", "5"], exact: true });
    assert.deepEqual(await heard(socket, 3), ["4", "5", "6"]);
    const { sessions, tombstones } = await t.server.health();
    assert.deepEqual([sessions, tombstones], [1, 1]);
  },
  short,
);

session(
  "ttl over, onUndelivered return: it is handed back",
  async (t) => {
    const { socket, detail } = await expire(t, { onUndelivered: "return" });
    assert.deepEqual(detail, { delivered: ["1", "2", "3"], undelivered: ["4", "5"], exact: true });
    assert.deepEqual(await heard(socket, 1), ["6"]);
  },
  short,
);

session(
  "ttl over, onUndelivered return: what waits without a number stays",
  async (t) => {
    const { server, proxy, open } = t;
    const socket = await open({ onUndelivered: "return", window: 100 });
    await socket.next("open");
    const [line] = proxy.upgrades.entries;
    line.stall();
    await sendAll(socket, ["in the window", "waits"]);
    proxy.webSocket = "refuse";
    proxy.http = "refuse";
    proxy.cut();
    await until(async () => (await server.health()).tombstones === 1);
    proxy.webSocket = "pass";
    const { detail } = await socket.next("reset");
    assert.deepEqual(detail, { delivered: [], undelivered: ["in the window"], exact: true });
    assert.deepEqual(await heard(socket, 1), ["waits"]);
  },
  short,
);

session("a server that forgot: all is undelivered, and exact is false", async (t) => {
  const { server, proxy, open } = t;
  const socket = await open();
  await socket.next("open");
  const [line] = proxy.upgrades.entries;
  line.stall("up");
  await sendAll(socket, ["1", "2"]);
  await server.fault("restart?forget=true&down=300");
  await socket.next("close");
  await sendAll(socket, ["3"]);
  const { detail } = await socket.next("reset");
  assert.deepEqual(detail, { delivered: [], undelivered: ["1", "2"], exact: false });
  assert.deepEqual(await heard(socket, 3), ["1", "2", "3"]);
});

scripted("4409 on the newest carrier, three times: somebody else has the session", async (t) => {
  const { peer, open } = t;
  const socket = await open();
  const ids = [];
  for (let times = 0; times < 3; times++) {
    const { connection, hello } = await greeted(peer);
    ids.push(hello.id);
    if (times === 0) await sendAll(socket, ["mine"]);
    await connection.messages.count(2);
    connection.send(control("x", { code: 4409, reason: "superseded" }));
    connection.close(4409, "superseded");
  }
  const { detail } = await socket.next("reset");
  assert.deepEqual(detail, { delivered: [], undelivered: ["mine"], exact: false });
  const { connection, hello } = await greeted(peer);
  assert.equal(new Set(ids).size, 1);
  assert.notEqual(hello.id, ids[0]);
  assert.deepEqual([hello.new, hello.recv], [true, 0]);
  await connection.messages.count(2);
  assert.deepEqual(messagesOn(connection), ["mine"]);
});

for (const [code, recv, parts] of [
  [4404, 1, [["1"], ["2", "3"]]],
  [4404, undefined, [[], ["1", "2", "3"]]],
  [4408, 2, [["1", "2"], ["3"]]],
  [4413, 3, [["1", "2", "3"], []]],
])
  scripted(`x ${code} with recv ${recv}`, async ({ peer, open }) => {
    const socket = await open();
    const { connection } = await greeted(peer);
    await socket.next("open");
    await sendAll(socket, ["1", "2", "3"]);
    await connection.messages.count(4);
    connection.send(control("x", { code, reason: "gone", recv }));
    connection.close(code, "gone");
    const { detail } = await socket.next("reset");
    const [delivered, undelivered] = parts;
    assert.deepEqual(detail, { delivered, undelivered, exact: recv !== undefined });
    const next = await greeted(peer);
    await socket.next("open");
    await sendAll(socket, ["new"]);
    await next.connection.messages.count(undelivered.length + 2);
    assert.deepEqual(messagesOn(next.connection), [...undelivered, "new"]);
  });

scripted("1009 for what is sent again: a reset, and it is handed back", async ({ peer, open }) => {
  const socket = await open();
  const first = await greeted(peer);
  await socket.next("open");
  await sendAll(socket, ["too large"]);
  await first.connection.messages.count(2);
  first.connection.terminate();
  const { connection } = await greeted(peer);
  await connection.messages.count(2);
  connection.send(control("x", { code: 1009, reason: "message too big" }));
  connection.close(1009);
  const { detail } = await socket.next("reset");
  assert.deepEqual([detail.delivered, detail.undelivered], [[], ["too large"]]);
  const next = await greeted(peer);
  await socket.next("open");
  await sendAll(socket, ["small"]);
  assert.equal(await next.connection.messages.next((text) => !text.startsWith("\u0001")), "small");
});

scripted("what a session that is gone still says is not heard", async ({ peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer);
  await socket.next("open");
  connection.send(control("x", { code: 4404, reason: "gone", recv: 0 }));
  connection.send("too late");
  const next = await greeted(peer);
  next.connection.send("in time");
  assert.deepEqual(await heard(socket, 1), ["in time"]);
  next.connection.send(control("p", 0));
  assert.equal(await said(next.connection, "a"), 1);
});
