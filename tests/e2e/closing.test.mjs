// How a socket ends: by the server, by the page, in each state.

import assert from "node:assert/strict";
import { browserName } from "./harness/browser.mjs";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon, timePasses } from "./harness/time.mjs";

e2e("the server's close code and reason reach listeners and on… alike", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], soon);
  // Set before the server closes, or nothing would be heard.
  await socket.run((socket) => {
    socket.heard = new Promise((resolve) => {
      socket.onclose = ({ code, reason, wasClean }) => resolve([code, reason, wasClean]);
    });
  });
  (await peer.connection()).close(4001, "bye");
  const { code, reason, wasClean } = await socket.next("close");
  assert.deepEqual([code, reason, wasClean], [4001, "bye", true]);
  assert.deepEqual(await socket.run((socket) => socket.heard), [4001, "bye", true]);
  assert.deepEqual(
    (await socket.events()).filter(({ type }) => type === "error"),
    [],
    "a clean close is no error",
  );
});

e2e("close() is CLOSING at once, and closes later with its code", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], soon);
  await socket.next("open");
  const atOnce = await socket.run((socket) => {
    socket.close(4002, "x");
    socket.close(4003, "too late");
    return [socket.readyState, socket.status, socket.journal.entries.length];
  });
  assert.deepEqual(atOnce, [2, "closing", 1]);
  const { code, reason, wasClean, readyState, status } = await socket.next("close");
  assert.deepEqual([code, reason, wasClean, readyState, status], [4002, "x", true, 3, "closed"]);
  const connection = await peer.connection();
  assert.deepEqual(await connection.closed, { code: 4002, reason: "x" });
  await timePasses(page);
  assert.deepEqual(await types(socket), ["open", "close"]);
  assert.equal(peer.handshakes.entries.length, 1);
});

e2e("close() without arguments sends no code", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.call("close");
  assert.equal((await socket.next("close")).code, 1005);
  assert.equal((await (await peer.connection()).closed).code, 1005);
});

e2e("close() while connecting fails later, and nothing is tried again", async ({ page, peer }) => {
  peer.handshake = "hang";
  const socket = await openSocket(page, peer.url, [], soon);
  await peer.handshakes.next();
  const atOnce = await socket.run((socket) => {
    socket.close(4002, "x");
    return [socket.readyState, socket.status, socket.journal.entries.length];
  });
  assert.deepEqual(atOnce, [2, "closing", 0]);
  const { code, wasClean, status } = await socket.next("close");
  assert.deepEqual([code, wasClean, status], [1006, false, "closed"]);
  await timePasses(page);
  assert.deepEqual(await types(socket), ["error", "close"]);
  assert.equal(peer.handshakes.entries.length, 1);
});

e2e("close() between two attempts ends the waiting", async ({ page, peer }) => {
  peer.handshake = 503;
  const socket = await adoptSocket(
    page,
    (url, options) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], options);
      socket.addEventListener("reconnecting", () => {
        socket.close(4002, "enough");
        globalThis.atOnce = [socket.readyState, socket.status];
      });
      return socket;
    },
    peer.url,
    soon,
  );
  await socket.next("reconnecting");
  assert.deepEqual(await page.evaluate(() => atOnce), [2, "closing"]);
  const { code, reason, status } = await socket.next("close");
  assert.deepEqual([code, reason, status], [4002, "enough", "closed"]);
  await timePasses(page);
  assert.deepEqual(await types(socket), ["error", "close", "reconnecting", "close"]);
  assert.equal(peer.handshakes.entries.length, 1);
});

e2e("close() before it was started changes nothing; reconnect() opens", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url, [], { ...soon, startClosed: true });
  assert.deepEqual([await socket.get("readyState"), await socket.get("status")], [3, "closed"]);
  await socket.call("close");
  await timePasses(page);
  assert.deepEqual(await socket.events(), []);
  assert.equal(peer.handshakes.entries.length, 0);
  await socket.call("reconnect");
  await socket.next("open");
});

e2e("close() while the URL is not known yet, then reconnect() opens", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url) => {
      globalThis.answers = [];
      const provider = () => new Promise((resolve) => answers.push(() => resolve(url)));
      return new Everline.ReconnectingWebSocket(provider);
    },
    peer.url,
  );
  await socket.call("close");
  const { code, status } = await socket.next("close");
  assert.deepEqual([code, status], [1006, "closed"]);
  assert.deepEqual(await types(socket), ["error", "close"]);
  await page.evaluate(() => answers[0]());
  await timePasses(page);
  assert.equal(peer.handshakes.entries.length, 0, "an answer that nobody waits for");
  await socket.call("reconnect");
  await page.evaluate(() => answers[1]());
  await socket.next("open");
});

e2e(
  "close() after it has failed leaves it closed, without another event",
  async ({ page, peer }) => {
    peer.handshake = 503;
    const socket = await openSocket(page, peer.url, [], { ...soon, maxRetries: 0 });
    await socket.next("failed");
    const before = await types(socket);
    await socket.call("close");
    assert.equal(await socket.get("status"), "closed");
    await timePasses(page);
    assert.deepEqual(await types(socket), before);
  },
);

// Firefox leaves the TCP connection alone, also for its own WebSocket.
if (browserName !== "firefox")
  e2e("a page that is left while it connects gives the handshake up", async (t) => {
    const { page, peer, site } = t;
    peer.handshake = "hang";
    await openSocket(page, peer.url, [], soon);
    const { gone } = await peer.handshakes.next();
    // It may come back from the back/forward cache, so it is not destroyed.
    await page.goto(site.add("/elsewhere", "<!doctype html><title>Elsewhere</title>"));
    await gone;
  });

e2e("Symbol.dispose closes", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.run((socket) => socket[Symbol.dispose]());
  assert.equal((await socket.next("close")).status, "closed");
  assert.equal((await (await peer.connection()).closed).code, 1005);
});

e2e(
  "wrong arguments of close() and reconnect() throw, and change nothing",
  async ({ page, peer }) => {
    const socket = await openSocket(page, peer.url);
    await socket.next("open");
    const thrown = await socket.run((socket) => {
      const wrong = [[0], [999], [1001], [1006], [2999], [5000], [1000, "x".repeat(124)]];
      wrong.push([4000, "é".repeat(62)]);
      const attempt = (method, args) => {
        try {
          socket[method](...args);
          return "nothing";
        } catch (error) {
          return `${error instanceof DOMException && error.name}`;
        }
      };
      return ["close", "reconnect"].map((method) => wrong.map((args) => attempt(method, args)));
    });
    const expected = [...Array(6).fill("InvalidAccessError"), "SyntaxError", "SyntaxError"];
    assert.deepEqual(thrown, [expected, expected]);
    assert.equal(await socket.get("status"), "open");
    await socket.call("send", "still here");
    assert.equal((await socket.next("message")).data, "still here");
    assert.deepEqual(await types(socket), ["open", "message"]);
  },
);

async function types(socket) {
  return (await socket.events()).map(({ type }) => type);
}
