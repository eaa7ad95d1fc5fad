// What follows a loss: by the close code, by a hint in its reason, by minUptime, by the page's word.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon, timePasses } from "./harness/time.mjs";

e2e("codes after which another try would end the same way are final", async ({ page, peer }) => {
  for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 4400, 4403]) {
    const socket = await openSocket(page, peer.url, [], soon);
    (await peer.connection()).close(code, "no");
    const { detail, status } = await socket.next("failed");
    assert.deepEqual([detail.cause, status], ["final-code", "failed"], String(code));
    const events = await socket.events();
    assert.equal(events.find(({ type }) => type === "close").code, code);
  }
  const { length } = peer.handshakes.entries;
  await timePasses(page);
  assert.equal(peer.handshakes.entries.length, length);
});

e2e("after all other codes it comes back", async ({ page, peer }) => {
  for (const code of [1000, 1001, 1011, 1012, 1013, 1014, 3001, 4000, 4404, 4999]) {
    const socket = await openSocket(page, peer.url, [], soon);
    await socket.next("open");
    (await peer.connection()).close(code);
    const { detail } = await socket.next("reconnecting");
    assert.deepEqual([detail.attempt, detail.cause], [1, "close"], String(code));
    await socket.next("open");
    await peer.connection();
    await socket.call("close");
  }
});

for (const cut of ["a reset", "a close without a code"])
  e2e(`after ${cut} it comes back`, async ({ page, peer }) => {
    const socket = await openSocket(page, peer.url, [], soon);
    await socket.next("open");
    const connection = await peer.connection();
    if (cut === "a reset") connection.terminate();
    else connection.close();
    assert.equal((await socket.next("close")).code, cut === "a reset" ? 1006 : 1005);
    await socket.next("open");
  });

for (const code of [3000, 4401])
  e2e(`${code}: one retry, with fresh credentials`, async ({ page, peer }) => {
    const socket = await adoptSocket(
      page,
      (url, options) => {
        let token = 0;
        return new Everline.ReconnectingWebSocket(
          () => `${url}?token=${++token}`,
          () => `v${token}`,
          options,
        );
      },
      peer.url,
      soon,
    );
    (await peer.connection()).close(code, "token expired");
    await socket.next("reconnecting");
    (await peer.connection()).close(code, "still not");
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
    const asked = peer.handshakes.entries.map(({ url, protocols }) => [url, ...protocols]);
    assert.deepEqual(asked, [
      ["/?token=1", "v1"],
      ["/?token=2", "v2"],
    ]);
    await timePasses(page);
    assert.equal(peer.handshakes.entries.length, 2);
  });

e2e("4401 after a greeting: the credentials were not proven by it", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], soon);
  for (let losses = 0; losses < 2; losses++) {
    const connection = await peer.connection();
    connection.send("welcome");
    connection.close(4401);
    await socket.next("close");
  }
  assert.equal((await socket.next("failed")).detail.cause, "final-code");
  assert.equal(peer.handshakes.entries.length, 2);
});

e2e(
  "4401 after a connection that lasted is another occasion for a retry",
  async ({ page, peer }) => {
    const socket = await openSocket(page, peer.url, [], { ...soon, minUptime: 0 });
    for (let losses = 0; losses < 3; losses++) {
      await socket.next("open");
      (await peer.connection()).close(4401);
      await socket.next("reconnecting");
    }
    await socket.next("open");
  },
);

// WebKitGTK takes 1012 to 1014 for errors of the protocol, also for its own WebSocket.
const busy = browserName === "webkit" ? 4000 : 1013;

e2e("a hint in the reason sets the delay", async ({ page, peer }) => {
  for (const reason of ["busy, retry=350", "retry: 350", '{"retry": 350}']) {
    const socket = await openSocket(page, peer.url, [], soon);
    await socket.next("open");
    (await peer.connection()).close(busy, reason);
    const { at } = peer.handshakes.entries.at(-1);
    assert.equal((await socket.next("reconnecting")).detail.delay, 350);
    assert.equal((await socket.call("stats")).lastDelay, 350);
    await socket.next("open");
    assert.ok(peer.handshakes.entries.at(-1).at - at >= 340);
    await peer.connection();
    await socket.call("close");
  }
});

e2e(
  "minUptime: a connection that opens only to die counts as a failure",
  async ({ page, peer }) => {
    const options = { minReconnectionDelay: 100, jitter: "none", minUptime: 60_000, maxRetries: 3 };
    const socket = await openSocket(page, peer.url, [], options);
    const delays = [];
    for (let losses = 0; losses < 3; losses++) {
      (await peer.connection()).close(1001);
      delays.push((await socket.next("reconnecting")).detail.delay);
    }
    assert.deepEqual(delays, [100, 200, 400]);
    (await peer.connection()).close(1001);
    assert.equal((await socket.next("failed")).detail.cause, "max-retries");
  },
);

e2e("minUptime: a message is success", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], { ...soon, minUptime: 60_000 });
  for (let losses = 0; losses < 3; losses++) {
    const connection = await peer.connection();
    connection.send("alive");
    await socket.next("message");
    assert.equal(await socket.get("retryCount"), 0);
    connection.close(1001);
    assert.equal((await socket.next("reconnecting")).detail.attempt, 1);
  }
});

e2e("minUptime: lasting that long is success", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], { ...soon, minUptime: 0 });
  for (let losses = 0; losses < 3; losses++) {
    await socket.next("open");
    (await peer.connection()).close(1001);
    assert.equal((await socket.next("reconnecting")).detail.attempt, 1);
  }
});

e2e("shouldReconnect decides in place of the code", async ({ page, peer }) => {
  const socket = await judged(page, peer, ({ code, reason }, attempt) => {
    calls.push([code, reason, attempt]);
    return code !== 4999;
  });
  (await peer.connection()).close(4403, "final by the table");
  await socket.next("reconnecting");
  (await peer.connection()).close(4999, "final by the page");
  assert.equal((await socket.next("failed")).detail.cause, "should-reconnect");
  assert.deepEqual(await page.evaluate(() => calls), [
    [4403, "final by the table", 1],
    [4999, "final by the page", 2],
  ]);
});

e2e("shouldReconnect may answer later, and with a delay", async ({ page, peer }) => {
  const socket = await judged(page, peer, async ({ code }) => {
    if (code === 4002) return 250;
    await new Promise((resolve) => {
      globalThis.decide = resolve;
    });
    return false;
  });
  (await peer.connection()).close(4002);
  assert.equal((await socket.next("reconnecting")).detail.delay, 250);
  (await peer.connection()).close(4003);
  assert.equal((await socket.next("close")).status, "waiting");
  await page.evaluate(() => decide());
  assert.equal((await socket.next("failed")).detail.cause, "should-reconnect");
});

e2e(
  "shouldReconnect that throws or rejects is reported, and the code decides",
  async ({ page, peer }) => {
    const socket = await judged(page, peer, ({ code }) => {
      if (code === 4001) throw new Error("thrown");
      return Promise.reject(new Error("rejected"));
    });
    (await peer.connection()).close(4001);
    assert.equal((await socket.next("reconnecting")).detail.delay, 100);
    (await peer.connection()).close(4002);
    await socket.next("reconnecting");
    (await peer.connection()).close(4403);
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
    const reported = await page.evaluate(() => globalThis.uncaught.splice(0));
    assert.deepEqual(
      reported.map((text) => /thrown|rejected/.exec(text)?.[0]),
      ["thrown", "rejected", "rejected"],
    );
  },
);

e2e(
  "shouldReconnect is asked about failed handshakes, and not after close()",
  async ({ page, peer }) => {
    peer.handshake = 503;
    const socket = await judged(page, peer, ({ code, wasClean }, attempt) => {
      calls.push([code, wasClean, attempt]);
      return true;
    });
    await socket.next("reconnecting");
    peer.handshake = "accept";
    await socket.next("open");
    const calls = await page.evaluate(() => globalThis.calls.length);
    await socket.call("close");
    await socket.next("close");
    const all = await page.evaluate(() => globalThis.calls);
    assert.deepEqual(all[0], [1006, false, 1]);
    assert.equal(all.length, calls);
  },
);

e2e("shouldReconnectOnClose is taken, too", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url, options) =>
      new Everline.ReconnectingWebSocket(url, [], {
        ...options,
        shouldReconnectOnClose: ({ code }) => code !== 4999,
      }),
    peer.url,
    soon,
  );
  (await peer.connection()).close(4403);
  await socket.next("reconnecting");
  (await peer.connection()).close(4999);
  assert.equal((await socket.next("failed")).detail.cause, "should-reconnect");
});

/** A socket whose `shouldReconnect` is this function; `calls` is an array for it to fill. */
function judged(page, peer, shouldReconnect) {
  return adoptSocket(
    page,
    `(url, options) => {
      globalThis.calls = [];
      return new Everline.ReconnectingWebSocket(url, [], {
        ...options,
        shouldReconnect: ${shouldReconnect},
      });
    }`,
    peer.url,
    soon,
  );
}
