// URLs and protocols that are asked for anew for each attempt.

import assert from "node:assert/strict";
import { adoptSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";

e2e("functions, asynchronous ones and promises", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url) => {
      let attempts = 0;
      const socket = new Everline.ReconnectingWebSocket(
        async () => new URL(`/ticket/${++attempts}`, url),
        () => Promise.resolve([`v${attempts}`, "old"]),
        { minReconnectionDelay: 100, jitter: "none" },
      );
      globalThis.urlAtOnce = socket.url;
      return socket;
    },
    peer.url,
  );
  assert.equal(await page.evaluate(() => urlAtOnce), "");
  await socket.next("open");
  assert.equal(await socket.get("url"), `${peer.url}ticket/1`);
  assert.equal(await socket.get("protocol"), "v1");
  (await peer.connection()).close(1012);
  await socket.next("close");
  await socket.next("open");
  assert.equal(await socket.get("url"), `${peer.url}ticket/2`);
  const asked = peer.handshakes.entries.map(({ url, protocols }) => [url, ...protocols]);
  assert.deepEqual(asked, [
    ["/ticket/1", "v1", "old"],
    ["/ticket/2", "v2", "old"],
  ]);
  const promised = await adoptSocket(
    page,
    (url) => new Everline.ReconnectingWebSocket(Promise.resolve(`${url}promised`)),
    peer.url,
  );
  await promised.next("open");
  assert.equal(await promised.get("url"), `${peer.url}promised`);
});

const failures = {
  rejects: () => Promise.reject(new Error("no ticket")),
  throws: () => {
    throw new Error("no ticket");
  },
  "gives nonsense": () => "ftp://no ticket",
};

for (const [name, fail] of Object.entries(failures))
  for (const part of ["url", "protocols"])
    e2e(`a provider of ${part} that ${name} is retried`, async ({ page, peer }) => {
      const socket = await adoptSocket(
        page,
        `(url, part) => {
          let calls = 0;
          const flaky = (good) => () => (++calls <= 2 ? (${fail})() : good);
          const options = { minReconnectionDelay: 100, maxReconnectionDelay: 100, jitter: "none" };
          const providers = part === "url" ? [flaky(url)] : [url, flaky(["chat"])];
          return new Everline.ReconnectingWebSocket(...providers, ...(part === "url" ? [[]] : []), options);
        }`,
        peer.url,
        part,
      );
      const { message } = await socket.next("error");
      assert.match(message, /no ticket|scheme/);
      const { code, wasClean } = await socket.next("close");
      assert.deepEqual([code, wasClean], [1006, false]);
      const { detail } = await socket.next("reconnecting");
      assert.deepEqual([detail.attempt, detail.cause], [1, "provider"]);
      assert.equal((await socket.next("reconnecting")).detail.attempt, 2);
      await socket.next("open");
      assert.equal(peer.handshakes.entries.length, 1);
    });

for (const part of ["url", "protocols"])
  e2e(`a provider of ${part} that hangs is given up at the timeout`, async ({ page, peer }) => {
    const socket = await adoptSocket(
      page,
      (url, part) => {
        let calls = 0;
        const slow = (good) => () => (++calls === 1 ? new Promise(() => {}) : good);
        const options = { minReconnectionDelay: 100, jitter: "none", connectionTimeout: 300 };
        return part === "url"
          ? new Everline.ReconnectingWebSocket(slow(url), [], options)
          : new Everline.ReconnectingWebSocket(url, slow(["chat"]), options);
      },
      peer.url,
      part,
    );
    assert.equal((await socket.next("error")).message, "TIMEOUT");
    assert.equal((await socket.next("close")).code, 1006);
    assert.equal((await socket.next("reconnecting")).detail.cause, "timeout");
    await socket.next("open");
  });

e2e("an answer that comes after the timeout is ignored", async ({ page, peer }) => {
  const socket = await adoptSocket(page, () => {
    globalThis.answers = [];
    return new Everline.ReconnectingWebSocket(
      () => new Promise((resolve) => answers.push(resolve)),
      [],
      { minReconnectionDelay: 100, jitter: "none", connectionTimeout: 1000 },
    );
  });
  await socket.next("reconnecting");
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const look = () => {
          if (answers.length < 2) return setTimeout(look);
          answers[1](`${url}in-time`);
          answers[0](`${url}late`);
          resolve();
        };
        look();
      }),
    peer.url,
  );
  await socket.next("open");
  assert.deepEqual(
    peer.handshakes.entries.map(({ url }) => url),
    ["/in-time"],
  );
  assert.equal(await socket.get("url"), `${peer.url}in-time`);
});

e2e(
  "a fixed URL or protocol that can never work throws like the platform's",
  async ({ page, peer }) => {
    const thrown = await page.evaluate((url) => {
      const wrong = [
        ["ftp://example.invalid"],
        ["http://["],
        ["ws://"],
        [`${url}#fragment`],
        [url, "a b"],
        [url, ["chat", "chat"]],
        [url, [""]],
      ];
      return wrong.map((args) => {
        try {
          new Everline.ReconnectingWebSocket(...args);
          return "nothing";
        } catch (error) {
          return `${error instanceof DOMException} ${error.name}`;
        }
      });
    }, peer.url);
    assert.deepEqual(thrown, Array(7).fill("true SyntaxError"));
    assert.equal(peer.handshakes.entries.length, 0);
  },
);
