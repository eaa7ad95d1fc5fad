// Options: whatever is wrong is named, and nothing connects.

import assert from "node:assert/strict";
import { openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { timePasses } from "./harness/time.mjs";

e2e(
  "a wrong option throws a TypeError that names it, and nothing connects",
  async ({ page, peer }) => {
    const results = await page.evaluate((url) => {
      const numbers = {
        "": [
          "connectionTimeout",
          "maxRetries",
          "minReconnectionDelay",
          "maxReconnectionDelay",
          "reconnectionDelayGrowFactor",
          "minUptime",
          "maxEnqueuedMessages",
          "maxEnqueuedBytes",
          "messageTtl",
        ],
        "heartbeat.": ["interval", "timeout"],
      };
      const wrong = [];
      for (const [path, names] of Object.entries(numbers))
        for (const name of names)
          for (const value of [
            Number.NaN,
            -1,
            Number.NEGATIVE_INFINITY,
            "1000",
            null,
            true,
            1n,
            {},
          ])
            wrong.push([path + name, value]);
      for (const name of ["jitter", "overflow", "flush"])
        for (const value of ["", "FULL", "sometimes", 0, null, true]) wrong.push([name, value]);
      for (const value of [null, true, "WebSocket", {}]) wrong.push(["WebSocket", value]);
      for (const name of ["shouldReconnect", "shouldReconnectOnClose", "debugLogger"])
        for (const value of [null, true, "yes", {}]) wrong.push([name, value]);
      for (const name of ["startClosed", "debug"])
        for (const value of [null, 0, 1, "true", {}]) wrong.push([name, value]);
      for (const value of [null, true, 5, "ping"]) wrong.push(["heartbeat", value]);
      for (const value of [null, 5, true]) wrong.push(["heartbeat.message", value]);
      for (const value of [null, "pong", {}]) wrong.push(["heartbeat.isReply", value]);
      for (const name of ["retries", "heartbeat.period", "Jitter", "fallbacks"])
        wrong.push([name, 1]);
      return wrong.map(([field, value]) => {
        const [name, inner] = field.split(".");
        const options = { [name]: inner ? { [inner]: value } : value };
        try {
          new Everline.ReconnectingWebSocket(url, [], options);
          return [field, String(value), "nothing"];
        } catch (error) {
          const isNamed = error.message.includes(`'${field}'`);
          return [field, String(value), isNamed ? error.constructor.name : error.message];
        }
      });
    }, peer.url);
    assert.ok(results.length > 120);
    assert.deepEqual(
      results.filter(([, , thrown]) => thrown !== "TypeError"),
      [],
    );
    const notObjects = await page.evaluate(
      (url) =>
        [null, 5, "options"].map((options) => {
          try {
            new Everline.ReconnectingWebSocket(url, [], options);
            return "nothing";
          } catch (error) {
            return error.constructor.name;
          }
        }),
      peer.url,
    );
    assert.deepEqual(notObjects, ["TypeError", "TypeError", "TypeError"]);
    await timePasses(page);
    assert.equal(peer.handshakes.entries.length, 0);
  },
);

e2e("edge values and undefined are taken", async ({ page, peer }) => {
  const thrown = await page.evaluate((url) => {
    const fine = [
      undefined,
      {},
      { maxRetries: Number.POSITIVE_INFINITY, messageTtl: Number.POSITIVE_INFINITY },
      { connectionTimeout: Number.POSITIVE_INFINITY, maxEnqueuedBytes: Number.POSITIVE_INFINITY },
      { maxRetries: 0, minUptime: 0, minReconnectionDelay: 0, maxReconnectionDelay: 0 },
      { reconnectionDelayGrowFactor: 1.3, minReconnectionDelay: 1000.5 },
      { jitter: undefined, heartbeat: undefined, WebSocket: undefined, debug: undefined },
      { heartbeat: {} },
      { heartbeat: { message: new ArrayBuffer(1), isReply: undefined } },
    ];
    return fine.flatMap((options) => {
      try {
        new Everline.ReconnectingWebSocket(url, [], options).close();
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
  }, peer.url);
  assert.deepEqual(thrown, []);
});

e2e("inherited options count, whatever is set beside them", async ({ page }) => {
  const thrown = await page.evaluate(() => {
    const inherited = Object.create({ maxRetries: "3" });
    const beside = Object.assign(Object.create(inherited), { minReconnectionDelay: 100 });
    return [inherited, beside].map((options) => {
      try {
        return new Everline.ReconnectingWebSocket("ws://127.0.0.1:1", [], options).close();
      } catch (error) {
        return String(error);
      }
    });
  });
  for (const error of thrown) assert.match(error, /^TypeError: .*'maxRetries'/);
});

e2e("another WebSocket class, and without any an Error that says so", async ({ page, peer }) => {
  const socket = await page.evaluateHandle((url) => {
    globalThis.made = [];
    class Counting extends WebSocket {
      constructor(...args) {
        super(...args);
        made.push(args);
      }
    }
    return new Everline.ReconnectingWebSocket(url, "chat", { WebSocket: Counting });
  }, peer.url);
  await peer.connection();
  assert.deepEqual(await page.evaluate(() => made), [[peer.url, ["chat"]]]);
  await socket.evaluate((socket) => socket.close());
  const thrown = await page.evaluate((url) => {
    const { WebSocket } = globalThis;
    globalThis.WebSocket = undefined;
    try {
      new Everline.ReconnectingWebSocket(url);
      return "nothing";
    } catch (error) {
      return [error.constructor.name, error.message];
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  }, peer.url);
  assert.equal(thrown[0], "Error");
  assert.match(thrown[1], /WebSocket/);
});

e2e(
  "debug tells debugLogger what happens, and a logger that throws harms nobody",
  async ({ page, peer }) => {
    await page.evaluate((url) => {
      globalThis.lines = [];
      const debugLogger = (...parts) => {
        lines.push(parts.join(" "));
        throw new Error("logger");
      };
      const options = { debug: true, debugLogger };
      globalThis.number = watchSocket(new Everline.ReconnectingWebSocket(url, [], options));
      new Everline.ReconnectingWebSocket(url, [], { debugLogger }).close();
    }, peer.url);
    await page.evaluate(() => sockets[number].journal.next(({ type }) => type === "open"));
    const lines = await page.evaluate(() => globalThis.lines);
    assert.ok(lines.length >= 2);
    assert.ok(lines.every((line) => line.includes(peer.url)));
    assert.match(lines.at(-1), /open/);
    const reported = await page.evaluate(() => globalThis.uncaught.splice(0));
    assert.equal(reported.length, lines.length);
  },
);

e2e("a plain socket works without options", async ({ page, peer }) => {
  const socket = await openSocket(page, peer.url);
  await socket.next("open");
  await socket.call("send", "hello");
  assert.equal((await socket.next("message")).data, "hello");
});
