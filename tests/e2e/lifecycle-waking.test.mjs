// The page sleeps and wakes, its network goes and comes: a waiting socket tries at once, and an open
// one that is healthy lives.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { openSocket } from "./harness/socket.mjs";
import { e2e, retire } from "./harness/test.mjs";

// Longer than any test lasts: only a reason to hurry ends it.
const patient = { minReconnectionDelay: 600_000, maxReconnectionDelay: 600_000, jitter: "none" };
const e2eInChromium = browserName === "chrome" ? e2e : () => {};

/** A socket that lost its first attempt and waits; the peer accepts from now on. */
async function waitingSocket(page, peer) {
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], patient);
  await socket.next("reconnecting");
  peer.handshake = "accept";
  return socket;
}

for (const [type, target] of [
  ["online", "window"],
  ["pageshow", "window"],
  ["visibilitychange", "document"],
  ["resume", "document"],
])
  e2e(`"${type}" ends the wait`, async ({ page, peer }) => {
    const socket = await waitingSocket(page, peer);
    await page.evaluate(`${target}.dispatchEvent(new Event("${type}"))`);
    await socket.next("open");
    assert.equal(peer.handshakes.entries.length, 2);
  });

e2e("after close() nothing wakes it", async ({ page, peer }) => {
  const socket = await waitingSocket(page, peer);
  await socket.call("close");
  await socket.next("close");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  const other = await openSocket(page, `${peer.url}other`);
  await other.next("open");
  assert.deepEqual(
    peer.handshakes.entries.map(({ url }) => url),
    ["/", "/other"],
  );
});

e2eInChromium("a network that really comes back ends the wait", async ({ page, peer }) => {
  const socket = await waitingSocket(page, peer);
  retire(page);
  await page.setOfflineMode(true);
  await page.waitForFunction(() => !navigator.onLine);
  assert.equal(await socket.get("status"), "waiting");
  await page.setOfflineMode(false);
  await socket.next("open");
});

e2eInChromium("a page that is thawed ends the wait", async ({ page, peer }) => {
  const socket = await waitingSocket(page, peer);
  retire(page);
  const devtools = await page.createCDPSession();
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await socket.next("open");
});

// Chromium cuts the connections of a page that it freezes.
e2eInChromium("a freeze ends in an open connection", async ({ page, peer }) => {
  const heartbeat = { interval: 300, timeout: 1000, message: "ping" };
  const options = { heartbeat, minReconnectionDelay: 100 };
  const socket = await openSocket(page, peer.url, [], options);
  await socket.next("open");
  retire(page);
  const devtools = await page.createCDPSession();
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  for (let answers = 0; answers < 4; answers++) await socket.next("message");
  assert.equal(await socket.get("status"), "open");
  assert.ok(peer.handshakes.entries.length <= 2);
});

e2e("offline asks a connection at once, and lets it live when it answers", async (t) => {
  const { page, peer } = t;
  const heartbeat = { interval: 600_000, timeout: 2000, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { heartbeat });
  await socket.next("open");
  const connection = await peer.connection();
  for (let times = 0; times < 3; times++) {
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await connection.messages.next((message) => message === "ping");
    await socket.next("message");
  }
  assert.equal(await socket.get("status"), "open");
  assert.equal(peer.handshakes.entries.length, 1);
});

e2e("offline finds out a connection that is dead", async ({ page, peer }) => {
  const heartbeat = { interval: 600_000, timeout: 300, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { ...patient, heartbeat });
  await socket.next("open");
  (await peer.connection()).mute();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  assert.equal((await socket.next("close")).code, 1006);
  assert.equal((await socket.next("reconnecting")).detail.cause, "heartbeat");
});

e2e("without a heartbeat, offline changes nothing", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await socket.call("send", "still there?");
  assert.equal((await socket.next("message")).data, "still there?");
  assert.equal((await socket.get("retryCount")) + peer.handshakes.entries.length, 1);
});

e2e("a hidden tab keeps its connection, and asks when it is shown", async ({ page, peer }) => {
  const heartbeat = { interval: 500, timeout: 700, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { heartbeat });
  await socket.next("open");
  const connection = await peer.connection();
  retire(page);
  const front = await page.browserContext().newPage();
  await front.bringToFront();
  for (let pings = 0; pings < 5; pings++) await connection.messages.next((it) => it === "ping");
  await page.bringToFront();
  await connection.messages.next((it) => it === "ping");
  await front.close();
  assert.equal(await socket.get("status"), "open");
  assert.equal(peer.handshakes.entries.length, 1);
});
