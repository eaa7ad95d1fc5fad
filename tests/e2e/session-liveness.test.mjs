// Who is alive: a carrier that says nothing is given up, a page that was busy gives up none.

import assert from "node:assert/strict";
import { numbered, startSending, stopSending } from "./harness/numbers.mjs";
import { control, greeted, said, scripted } from "./harness/scripted.mjs";
import { heard, session } from "./harness/session.mjs";

scripted("a server that says nothing for 2.5 heartbeats is gone", async ({ peer, open }) => {
  const socket = await open();
  const { connection, hello } = await greeted(peer, { hb: 200 });
  await socket.next("open");
  const opened = performance.now();
  await said(connection, "p");
  const again = await greeted(peer);
  const waited = performance.now() - opened;
  assert.ok(waited > 400 && waited < 3000, `after ${waited} ms`);
  assert.equal(again.hello.id, hello.id);
});

scripted("one that speaks, or answers, is not", async ({ page, peer, open }) => {
  const socket = await open();
  const { connection } = await greeted(peer, { hb: 600 });
  await socket.next("open");
  for (let answers = 0; answers < 2; answers++) {
    await said(connection, "p");
    connection.send(control("a", 0));
  }
  const speaking = setInterval(() => connection.send(control("p", 0)), 50);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2000)));
  clearInterval(speaking);
  assert.equal(peer.connections.entries.length, 1);
});

scripted("an interval of the application's own", async ({ peer, open }) => {
  await open({}, { heartbeat: { interval: 100, timeout: 100 } });
  const { connection } = await greeted(peer);
  await said(connection, "p");
  await greeted(peer);
});

scripted("an event loop that stood still: a healthy socket is kept", async (t) => {
  const { page, peer, open } = t;
  const socket = await open();
  const { connection } = await greeted(peer, { hb: 300 });
  await socket.next("open");
  const speaking = setInterval(() => connection.send(control("p", 0)), 100);
  await page.evaluate(() => {
    const end = performance.now() + 2500;
    while (performance.now() < end);
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  clearInterval(speaking);
  assert.equal(peer.connections.entries.length, 1);
  const types = (await socket.events()).map(({ type }) => type);
  assert.deepEqual(types, ["open"]);
});

session(
  "packets that get lost without a word: found out, and nothing is missing",
  async ({ page, proxy, open }) => {
    const socket = await open();
    await socket.next("open");
    await startSending(socket);
    for (const direction of ["both", "down", "up"]) {
      await heard(socket, (await socket.events()).length + 20);
      proxy.upgrades.entries.at(-1).stall(direction);
      await socket.next("close");
      await socket.next("open");
    }
    const sent = await stopSending(page);
    assert.deepEqual(await heard(socket, sent), numbered(sent));
  },
  ["--session-heartbeat", "200"],
);

session(
  "a page that waits for long stays connected",
  async ({ page, proxy, server, open }) => {
    const socket = await open();
    await socket.next("open");
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 3500)));
    assert.equal(proxy.upgrades.entries.length, 1);
    assert.equal((await server.health()).sessions, 1);
  },
  ["--session-heartbeat", "1000"],
);
