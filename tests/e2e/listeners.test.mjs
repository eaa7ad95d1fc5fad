// Listeners and on… handlers: what they are handed, and that none stops another.

import assert from "node:assert/strict";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

e2e(
  "handlers and listeners get the same event, whose target is the socket",
  async ({ page, peer }) => {
    const socket = await adoptSocket(
      page,
      (url) => {
        const socket = new Everline.ReconnectingWebSocket(url);
        globalThis.seen = {};
        for (const type of ["open", "message", "close"]) {
          const note = (event) => {
            const isTarget = event.target === socket && event.currentTarget === socket;
            seen[type] ??= [];
            seen[type].push({ event, isTarget });
          };
          socket[`on${type}`] = function (event) {
            note(event);
            seen[type].isThis = this === socket;
          };
          socket.addEventListener(type, note);
          socket.addEventListener(type, { handleEvent: note });
        }
        return socket;
      },
      peer.url,
    );
    await socket.next("open");
    await socket.call("send", "hello");
    await socket.next("message");
    await socket.call("close", 4000, "done");
    await socket.next("close");
    const verdicts = await page.evaluate(() =>
      Object.values(seen).map((events) => [
        events.length,
        events.isThis,
        events.every(({ isTarget, event }) => isTarget && event === events[0].event),
        events[0].event.constructor.name,
      ]),
    );
    assert.deepEqual(verdicts, [
      [3, true, true, "Event"],
      [3, true, true, "MessageEvent"],
      [3, true, true, "CloseEvent"],
    ]);
  },
);

e2e(
  "error, reconnecting, failed and dropped have the socket as target, too",
  async ({ page, peer }) => {
    peer.handshake = 503;
    const socket = await adoptSocket(
      page,
      (url, options) => {
        const socket = new Everline.ReconnectingWebSocket(url, [], options);
        globalThis.seen = [];
        const note = (event) =>
          seen.push([event.type, event.target === socket, event.constructor.name]);
        for (const type of ["reconnecting", "failed", "dropped"])
          socket.addEventListener(type, note);
        socket.onerror = note;
        socket.send("1");
        socket.send("2");
        return socket;
      },
      peer.url,
      { ...soon, maxRetries: 1, maxEnqueuedMessages: 1 },
    );
    await socket.next("failed");
    assert.deepEqual(await page.evaluate(() => seen), [
      ["dropped", true, "CustomEvent"],
      ["error", true, "Event"],
      ["reconnecting", true, "CustomEvent"],
      ["error", true, "Event"],
      ["failed", true, "CustomEvent"],
    ]);
  },
);

e2e("once, signal and removal work across connections", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url, options) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], options);
      const controller = new AbortController();
      globalThis.heard = { every: 0, once: 0, signal: 0, removed: 0, handler: 0 };
      const count = (name) => () => heard[name]++;
      const removed = count("removed");
      socket.addEventListener("open", removed);
      socket.removeEventListener("open", removed);
      socket.addEventListener("open", count("once"), { once: true });
      socket.addEventListener("open", count("signal"), { signal: controller.signal });
      socket.addEventListener("open", count("every"));
      socket.onopen = count("handler");
      socket.addEventListener("close", () => {
        controller.abort();
        socket.onopen = null;
      });
      return socket;
    },
    peer.url,
    soon,
  );
  for (let losses = 0; losses < 2; losses++) {
    await socket.next("open");
    (await peer.connection()).close(1012);
    await socket.next("close");
  }
  await socket.next("open");
  const heard = await page.evaluate(() => globalThis.heard);
  assert.deepEqual(heard, { every: 3, once: 1, signal: 1, removed: 0, handler: 1 });
});

e2e("a listener that throws is reported, and stops nobody", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url, options) => {
      const socket = new Everline.ReconnectingWebSocket(url, [], options);
      globalThis.ran = [];
      for (const type of ["open", "message", "close"]) {
        socket.addEventListener(type, () => {
          throw new Error(`listener of ${type}`);
        });
        socket.addEventListener(type, () => ran.push(type));
      }
      return socket;
    },
    peer.url,
    soon,
  );
  await socket.next("open");
  await socket.call("send", "hello");
  await socket.next("message");
  (await peer.connection()).close(1012);
  await socket.next("close");
  await socket.next("open");
  assert.deepEqual(await page.evaluate(() => ran), ["open", "message", "close", "open"]);
  const reported = await page.evaluate(() => globalThis.uncaught.splice(0));
  const names = reported.map((text) => /listener of (\w+)/.exec(text)?.[1]);
  assert.deepEqual(names, ["open", "message", "close", "open"]);
});

e2e("a listener may close, send and listen", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.run((socket) => {
    socket.onmessage = ({ data }) => {
      if (data === "first") {
        socket.addEventListener("message", () => socket.close(4000, "heard twice"));
        socket.send("second");
      }
    };
    socket.send("first");
  });
  assert.equal((await socket.next("message")).data, "first");
  assert.equal((await socket.next("message")).data, "second");
  const { code, reason } = await socket.next("close");
  assert.deepEqual([code, reason], [4000, "heard twice"]);
});
