// An attempt that fails: what the page hears, and what follows.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon, timePasses } from "./harness/time.mjs";

for (const handshake of ["refuse", 401, 404, 503])
  e2e(
    `a handshake answered with ${handshake} is an error, then close 1006, then retried`,
    async ({ page, peer }) => {
      peer.handshake = handshake;
      const socket = await openSocket(page, peer.url, [], soon);
      const { detail, status } = await socket.next("reconnecting");
      assert.deepEqual(detail, { attempt: 1, delay: 100, cause: "handshake" });
      assert.equal(status, "waiting");
      const [error, close] = await socket.events();
      assert.deepEqual([error.type, error.readyState], ["error", 3]);
      const { type, code, reason, wasClean, readyState } = close;
      assert.deepEqual([type, code, reason, wasClean, readyState], ["close", 1006, "", false, 3]);
      peer.handshake = "accept";
      await socket.next("open");
      assert.ok(peer.handshakes.entries.length >= 2);
    },
  );

e2e("a server that is not there yet is reached once it is", async ({ page, peer }) => {
  await peer.stop();
  const socket = await openSocket(page, peer.url, [], soon);
  const { code, wasClean } = await socket.next("close");
  assert.deepEqual([code, wasClean], [1006, false]);
  await peer.start();
  await socket.next("open");
});

e2e("a handshake that is never answered is abandoned at the timeout", async ({ page, peer }) => {
  peer.handshake = "hang";
  const socket = await openSocket(page, peer.url, [], { ...soon, connectionTimeout: 300 });
  const handshake = await peer.handshakes.next();
  assert.equal(await socket.get("status"), "connecting");
  // Firefox leaves the TCP connection alone until the server ends it, also for its own WebSocket.
  if (browserName !== "firefox") await handshake.gone;
  const error = await socket.next("error");
  assert.equal(error.message, "TIMEOUT");
  const { code, wasClean } = await socket.next("close");
  assert.deepEqual([code, wasClean], [1006, false]);
  assert.equal((await socket.next("reconnecting")).detail.cause, "timeout");
  peer.handshake = "accept";
  await socket.next("open");
});

for (const maxRetries of [0, 2])
  e2e(
    `maxRetries ${maxRetries}: ${maxRetries + 1} attempts, then it has failed`,
    async ({ page, peer }) => {
      peer.handshake = 503;
      const socket = await openSocket(page, peer.url, [], { ...soon, maxRetries });
      const { detail, status, readyState } = await socket.next("failed");
      assert.deepEqual([detail.cause, status, readyState], ["max-retries", "failed", 3]);
      const round = ["error", "close", "reconnecting"];
      const expected = [...Array(maxRetries).fill(round).flat(), "error", "close", "failed"];
      assert.deepEqual(await types(socket), expected);
      assert.equal(await socket.get("shouldReconnect"), false);
      assert.equal(await socket.get("retryCount"), maxRetries);
      await timePasses(page);
      assert.equal(peer.handshakes.entries.length, maxRetries + 1);
      assert.equal((await socket.events()).length, expected.length);
    },
  );

e2e("the delays grow up to the longest, and are kept", async ({ page, peer }) => {
  peer.handshake = 503;
  const socket = await openSocket(page, peer.url, [], {
    minReconnectionDelay: 100,
    maxReconnectionDelay: 350,
    reconnectionDelayGrowFactor: 2,
    jitter: "none",
    maxRetries: 4,
  });
  await socket.next("failed");
  const told = (await socket.events()).filter(({ type }) => type === "reconnecting");
  const delays = told.map(({ detail }) => detail.delay);
  assert.deepEqual(delays, [100, 200, 350, 350]);
  assert.deepEqual(
    told.map(({ detail }) => detail.attempt),
    [1, 2, 3, 4],
  );
  assert.equal((await socket.call("stats")).lastDelay, 350);
  const times = peer.handshakes.entries.map(({ at }) => at);
  for (const [index, delay] of delays.entries()) {
    const waited = times[index + 1] - times[index];
    assert.ok(waited >= delay - 10, `${waited} ms instead of ${delay}`);
  }
});

e2e("with full jitter, no two clients wait alike", async ({ page, peer }) => {
  peer.handshake = 503;
  const options = { minReconnectionDelay: 60_000, maxReconnectionDelay: 60_000 };
  const sockets = [];
  for (let count = 0; count < 5; count++)
    sockets.push(await openSocket(page, peer.url, [], options));
  const delays = [];
  for (const socket of sockets) delays.push((await socket.next("reconnecting")).detail.delay);
  assert.ok(delays.every((delay) => delay >= 100 && delay <= 60_000));
  assert.equal(new Set(delays).size, delays.length);
});

/** By default the second retry comes a second after the first, at the client's place in its window. */
e2e(
  "who sets a delay gets the formula's jitter, unless another is asked for",
  async ({ page, peer }) => {
    peer.handshake = 503;
    const delay = { minReconnectionDelay: 500 };
    const [byDefault, own, asked] = await Promise.all(
      [{}, delay, { ...delay, jitter: "spread" }].map(async (options) => {
        const socket = await openSocket(page, peer.url, [], { ...options, maxRetries: 2 });
        await socket.next("failed");
        const told = (await socket.events()).filter(({ type }) => type === "reconnecting");
        return told.map(({ detail }) => detail.delay);
      }),
    );
    for (const [first, second] of [byDefault, own, asked]) {
      assert.ok(
        first >= 100 && first <= 500 && second >= 100 && second <= 1000,
        `${first}, ${second}`,
      );
    }
    assert.deepEqual([byDefault[1], asked[1]], [1000, 1000]);
    assert.notEqual(own[1], 1000);
  },
);

async function types(socket) {
  return (await socket.events()).map(({ type }) => type);
}
