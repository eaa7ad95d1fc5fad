// The options of `fallback`: what is wrong is named, and what is right does what it says.

import assert from "node:assert/strict";
import {
  againOnHttp,
  changed,
  fallback,
  fallbackErrors,
  onHttp,
  openOnHttp,
  resting,
} from "./harness/fallback.mjs";
import { startProxy } from "./harness/proxy.mjs";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e, retire } from "./harness/test.mjs";
import { soon, timePasses } from "./harness/time.mjs";

e2e("a wrong option throws a TypeError that names it, and nothing connects", async (t) => {
  const { page, peer } = t;
  const results = await page.evaluate((url) => {
    const wrong = [];
    const add = (name, ...values) => {
      for (const value of values) wrong.push([name, { fallback: { [name]: value } }, value]);
    };
    add("after", Number.NaN, -1, Number.NEGATIVE_INFINITY, "3", null, true, 1n, {});
    add("poll", Number.NaN, -1, "1000", null, true, {});
    add("retryWebSocket", Number.NaN, -1, "yes", null, {}, 1n);
    add("batch", "", "NDJSON", "json", null, true, 0);
    add("idempotent", "yes", 1, null, {});
    add("credentials", "", "always", null, true);
    add("headers", 5, "x: y", true, null);
    add("url", 5, true, null, {}, "ftp://127.0.0.1/", "http://[");
    add("after ", 3);
    add("URL", "http://127.0.0.1/");
    add("retries", 3);
    for (const value of [null, true, 5, "http://127.0.0.1/"])
      wrong.push(["", { fallback: value }, value]);
    wrong.push(["", { fallback: {}, maxEnqueuedMessages: 0 }, "nothing waits"]);
    wrong.push(["", { fallback: {}, flush: "manual" }, "nothing goes"]);
    return wrong.flatMap(([field, options, value]) => {
      try {
        new Everline.ReconnectingWebSocket(url, [], options).close();
        return [[field, String(value), "nothing"]];
      } catch (error) {
        const isNamed = error.message.includes(field ? `fallback.${field}` : "fallback");
        const isRight = error instanceof TypeError && isNamed;
        return isRight ? [] : [[field, String(value), String(error)]];
      }
    });
  }, peer.url);
  assert.deepEqual(results, []);
  await timePasses(page);
  assert.equal(peer.handshakes.entries.length, 0);
  assert.equal(peer.http.requests.entries.length, 0);
});

e2e("wss: never falls back to http:", async ({ page }) => {
  const results = await page.evaluate(() =>
    ["http://127.0.0.1/post", new URL("http://localhost/")].map((url) => {
      try {
        new Everline.ReconnectingWebSocket("wss://127.0.0.1:1/", [], { fallback: { url } }).close();
        return "nothing";
      } catch (error) {
        return `${error instanceof TypeError} ${/fallback\.url/.test(error.message)}`;
      }
    }),
  );
  assert.deepEqual(results, ["true true", "true true"]);
});

e2e("wss: with an http: address that is known only later fails the check", async (t) => {
  const { page, peer } = t;
  const socket = await adoptSocket(
    page,
    (url, options) =>
      new Everline.ReconnectingWebSocket("wss://127.0.0.1:1/", [], {
        ...options,
        fallback: { after: 1, url: async () => url },
      }),
    peer.url.replace("ws", "http"),
    soon,
  );
  for (let count = 0; count < 2; count++) await socket.next("reconnecting");
  assert.equal(peer.http.requests.entries.length, 0);
  assert.equal(await socket.get("transport"), null);
  await socket.call("close");
});

e2e("edge values and undefined are taken", async ({ page, peer }) => {
  const thrown = await page.evaluate((url) => {
    const fine = [
      undefined,
      {},
      { url: undefined, after: undefined, batch: undefined, poll: undefined, headers: undefined },
      { credentials: undefined, idempotent: undefined, retryWebSocket: undefined },
      { after: 0, poll: 100, retryWebSocket: true },
      { after: Number.POSITIVE_INFINITY, retryWebSocket: false },
      { url: "/relative", retryWebSocket: 0 },
      { url: new URL("https://127.0.0.1/"), headers: new Headers({ a: "b" }) },
      { url: () => "http://127.0.0.1/", headers: [["a", "b"]], credentials: "omit" },
      { headers: { a: "b" }, credentials: "same-origin", batch: "none", idempotent: false },
      { headers: () => ({}), credentials: "include", batch: "concat", idempotent: true },
    ];
    return fine.flatMap((fallback) => {
      try {
        new Everline.ReconnectingWebSocket(url, [], { fallback }).close();
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
  }, peer.url);
  assert.deepEqual(thrown, []);
});

const urls = {
  "the socket's own by default, with its path and query": {
    make: (url, options) =>
      new Everline.ReconnectingWebSocket(`${url}path?query=1`, [], { ...options }),
    expected: "/path?query=1",
  },
  "a string": {
    make: (url, options) => {
      options.fallback.url = `${url.replace("ws", "http")}post`;
      return new Everline.ReconnectingWebSocket(url, [], options);
    },
    expected: "/post",
  },
  "a URL": {
    make: (url, options) => {
      options.fallback.url = new URL("post?a=b", url.replace("ws", "http"));
      return new Everline.ReconnectingWebSocket(url, [], options);
    },
    expected: "/post?a=b",
  },
  "a function": {
    make: (url, options) => {
      options.fallback.url = () => `${url.replace("ws", "http")}given`;
      return new Everline.ReconnectingWebSocket(url, [], options);
    },
    expected: "/given",
  },
  "an asynchronous function": {
    make: (url, options) => {
      options.fallback.url = async () => new URL("later", url.replace("ws", "http"));
      return new Everline.ReconnectingWebSocket(() => url, [], options);
    },
    expected: "/later",
  },
  "the provider's by default": {
    make: (url, options) =>
      new Everline.ReconnectingWebSocket(async () => `${url}found`, [], options),
    expected: "/found",
  },
};

for (const [name, { make, expected }] of Object.entries(urls))
  fallback(`where the POSTs go: ${name}`, async ({ page, proxy }) => {
    proxy.webSocket = 503;
    const socket = await adoptSocket(page, make, proxy.url, { ...soon, fallback: resting });
    await onHttp(socket);
    await socket.call("send", "hello");
    assert.equal((await socket.next("message")).data, "hello");
    assert.deepEqual(
      proxy.posts.map(({ url }) => url),
      [expected, expected],
    );
  });

fallback("a provider of the address that fails is a failed check", async ({ page, proxy }) => {
  proxy.webSocket = 503;
  const socket = await adoptSocket(
    page,
    (url, options) => {
      let asked = 0;
      options.fallback.url = async () => {
        asked += 1;
        if (asked === 1) throw new Error("no address");
        return url.replace("ws", "http");
      };
      return new Everline.ReconnectingWebSocket(url, [], options);
    },
    proxy.url,
    { ...soon, fallback: resting },
  );
  await onHttp(socket);
  assert.equal(proxy.upgrades.entries.length, 2);
  assert.deepEqual(fallbackErrors(await socket.events()), [{ kind: "provider" }]);
  assert.deepEqual(
    proxy.requests.entries.map(({ upgrades }) => upgrades),
    [2],
  );
});

fallback("batch ndjson: texts share a body, one a line", async (t) => {
  const { proxy, peer } = t;
  proxy.webSocket = 503;
  const socket = await openOnHttp(t, { batch: "ndjson" });
  await socket.run((socket) => {
    for (const text of ["1", "2", "3", "two\nlines", "4", "5"]) socket.send(text);
    socket.send(new Uint8Array([7]));
    socket.send("6");
  });
  await peer.received.count(8);
  const bodies = proxy.posts.map(({ headers, body }) => [headers["content-type"], `${body}`]);
  const lines = bodies.filter(([type]) => type === "application/x-ndjson");
  assert.deepEqual(
    lines.flatMap(([, body]) => body.trimEnd().split("\n")),
    ["1", "2", "3", "4", "5", "6"],
  );
  assert.ok(lines.length <= 4, `${lines.length} bodies`);
  assert.ok(bodies.some(([type, body]) => /^text\/plain/.test(type) && body === "two\nlines"));
  assert.ok(bodies.some(([type, body]) => type === undefined && body === "\u0007"));
  assert.deepEqual(
    peer.received.entries.map((it) => (typeof it === "string" ? it : [...it])),
    ["1", "2", "3", "two\nlines", "4", "5", [7], "6"],
  );
});

fallback("batch concat: binary messages share a body, texts go alone", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t, { batch: "concat" });
  proxy.http = "hang";
  await socket.call("send", "in flight");
  await proxy.requests.count(2);
  proxy.http = "pass";
  await socket.run((socket) => {
    socket.send(new Uint8Array([1, 2]));
    socket.send(new Uint8Array([3]).buffer);
    socket.send(new Blob([new Uint8Array([4, 5])]));
    socket.send("text");
    socket.send(new Uint8Array([6]));
  });
  proxy.cut();
  await againOnHttp(socket);
  await peer.received.next((it) => it[0] === 6);
  const bytes = peer.received.entries.map((it) => (typeof it === "string" ? it : [...it]));
  assert.deepEqual(bytes.flat(), [1, 2, 3, 4, 5, "text", 6]);
  assert.ok(peer.received.entries.length <= 4, `${peer.received.entries.length} bodies`);
});

fallback(
  "413 for a batch: halved until each fits, and only what does not is dropped",
  async (t) => {
    const { proxy, peer } = t;
    const socket = await openOnHttp(t, { batch: "ndjson" });
    proxy.http = ({ body }) => (body.length > 12 ? { status: 413 } : "pass");
    peer.http.answer = () => ({});
    const sent = ["1", "22", "333", "4444", "55555", "this one is too long", "666666", "7"];
    await socket.run((socket, sent) => {
      for (const text of sent) socket.send(text);
    }, sent);
    await peer.received.count(7);
    assert.deepEqual(
      peer.received.entries,
      sent.filter((text) => text.length < 10),
    );
    const dropped = (await socket.events()).filter(({ type }) => type === "dropped");
    assert.deepEqual(
      dropped.map(({ detail }) => detail),
      [{ count: 1, cause: "rejected" }],
    );
    assert.equal(await socket.get("transport"), "http");
  },
);

fallback("a body has at most 1 MiB", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t, { batch: "ndjson" });
  peer.http.answer = () => ({});
  await socket.run((socket) => {
    for (let count = 0; count < 40; count++) socket.send(`${count}`.padEnd(100_000, "."));
  });
  await peer.received.count(40);
  const sizes = proxy.posts.map(({ body }) => body.length);
  assert.ok(Math.max(...sizes) <= 1024 * 1024, sizes);
  assert.ok(sizes.length <= 8, sizes);
});

fallback("poll: empty POSTs, and what waited at the server arrives", async (t) => {
  const { proxy, peer } = t;
  peer.http.answer = () => ({ headers: { "content-type": "text/plain" }, body: "news" });
  const socket = await openOnHttp(t, { poll: 100 });
  for (let count = 0; count < 4; count++) {
    assert.equal((await socket.next("message")).data, "news");
  }
  assert.ok(proxy.posts.length >= 4);
  assert.ok(proxy.posts.every(({ body }) => body.length === 0));
  assert.ok(proxy.requests.entries.every(({ method }) => method === "POST"));
  const waits = proxy.posts.slice(1).map(({ at }, index) => at - proxy.posts[index].at);
  assert.ok(Math.min(...waits) > 80, waits);
  assert.deepEqual(peer.received.entries, []);
});

const headers = {
  object: { headers: { "X-Token": "secret" } },
  array: { headers: [["X-Token", "secret"]] },
};

for (const [name, given] of Object.entries(headers))
  fallback(`headers by ${name} go with each request`, async (t) => {
    const { proxy } = t;
    const socket = await openOnHttp(t, given);
    await socket.call("send", "hello");
    await socket.next("message");
    assert.deepEqual(
      proxy.posts.map(({ headers }) => headers["x-token"]),
      ["secret", "secret"],
    );
    assert.ok(proxy.requests.entries.some(({ method }) => method === "OPTIONS"));
  });

fallback("headers by an asynchronous function, asked for each request", async ({ page, proxy }) => {
  proxy.webSocket = 503;
  const socket = await adoptSocket(
    page,
    (url, options) => {
      let asked = 0;
      options.fallback.headers = async () => {
        asked += 1;
        return new Headers({ "X-Token": `number ${asked}` });
      };
      return new Everline.ReconnectingWebSocket(url, [], options);
    },
    proxy.url,
    { ...soon, fallback: resting },
  );
  await onHttp(socket);
  for (const text of ["one", "two"]) {
    await socket.call("send", text);
    await socket.next("message");
  }
  assert.deepEqual(
    proxy.posts.map(({ headers }) => headers["x-token"]),
    ["number 1", "number 2", "number 3"],
  );
});

for (const [credentials, cookie] of [
  [undefined, undefined],
  ["omit", undefined],
  ["include", "id=7"],
])
  e2e(`credentials ${credentials}: ${cookie ?? "no cookie"}`, async ({ page, peer, site }) => {
    retire(page);
    const { hostname, origin } = new URL(site.url);
    peer.http.cors = {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
    };
    // A cookie goes to all ports of a host, and another port is another origin.
    const proxy = await startProxy(peer.url, hostname);
    try {
      proxy.webSocket = 503;
      await page.browserContext().setCookie({ name: "id", value: "7", domain: hostname });
      const options = { ...soon, fallback: { ...resting, credentials } };
      const socket = await openSocket(page, proxy.url, [], options);
      await onHttp(socket);
      await socket.call("send", "hello");
      await socket.next("message");
      assert.equal(proxy.posts.at(-1).headers.cookie, cookie);
    } finally {
      await proxy.stop();
    }
  });

fallback("pagehide: what waits and what is sent then arrives", async (t) => {
  const { page, proxy, peer, site } = t;
  const socket = await openOnHttp(
    t,
    {},
    { minReconnectionDelay: 20_000, maxReconnectionDelay: 20_000 },
  );
  let isHeld = true;
  proxy.http = ({ body }) => (isHeld && `${body}` === "in flight" ? "hang" : "pass");
  await socket.run((socket) => {
    for (const text of ["in flight", "waits 1", "waits 2"]) socket.send(text);
    addEventListener("pagehide", () => socket.send("sent in pagehide"));
  });
  await proxy.requests.next(({ body }) => `${body}` === "in flight");
  isHeld = false;
  await page.goto(site.add("/elsewhere", "<!doctype html><title>Elsewhere</title>"));
  const isLate = (text) => text !== "in flight";
  while (peer.received.entries.filter(isLate).length < 3) await peer.received.next();
  assert.deepEqual(peer.received.entries.filter(isLate).sort(), [
    "sent in pagehide",
    "waits 1",
    "waits 2",
  ]);
  // A page that may come back keeps its requests.
  proxy.cut();
});

fallback("transportchange back, after retryWebSocket ms by itself", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t, { retryWebSocket: 100 });
  proxy.webSocket = "pass";
  (await peer.connection()).send("welcome");
  await changed(socket, "websocket");
});
