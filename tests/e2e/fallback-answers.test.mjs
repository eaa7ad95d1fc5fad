// How a request may end: what the page hears of it, what becomes of the message, and whether the
// connection goes on. In the end every message has arrived, or was reported, or still waits.

import assert from "node:assert/strict";
import {
  againOnHttp,
  fallback,
  fallbackErrors,
  onHttp,
  openOnHttp,
  types,
} from "./harness/fallback.mjs";
import { adoptSocket } from "./harness/socket.mjs";

const status = (status, headers, body) => ({ fault: { status, headers, body }, status });
const asStatus = (number) => ({ kind: "status", status: number });
const later = { "retry-after": "1" };
const html = { "content-type": "text/html; charset=utf-8" };
const impatient = { options: { connectionTimeout: 500 } };

// `error`: what the page is told. `fate`: what becomes of the message. `ends`: the connection does.
const answers = {
  400: { ...status(400), error: asStatus(400), fate: "rejected" },
  401: { ...status(401), error: asStatus(401), fate: "kept", ends: true },
  403: { ...status(403), error: asStatus(403), fate: "kept", ends: true },
  404: { ...status(404), error: asStatus(404), fate: "kept", ends: true },
  405: { ...status(405), error: asStatus(405), fate: "kept", ends: true },
  408: { ...status(408), error: asStatus(408), fate: "kept" },
  409: { ...status(409), error: asStatus(409), fate: "rejected" },
  410: { ...status(410), error: asStatus(410), fate: "kept", ends: true },
  413: { ...status(413), error: asStatus(413), fate: "rejected" },
  422: { ...status(422), error: asStatus(422), fate: "rejected" },
  425: { ...status(425), error: asStatus(425), fate: "kept" },
  "429 with Retry-After": {
    ...status(429, later),
    error: asStatus(429),
    fate: "kept",
    waits: 1000,
  },
  "429 without": { ...status(429), error: asStatus(429), fate: "kept" },
  500: { ...status(500), error: asStatus(500), fate: "unconfirmed" },
  501: { ...status(501), error: asStatus(501), fate: "kept", ends: true },
  502: { ...status(502), error: asStatus(502), fate: "unconfirmed", ends: true },
  "503 with Retry-After": {
    ...status(503, later),
    error: asStatus(503),
    fate: "kept",
    waits: 1000,
  },
  504: { ...status(504), error: asStatus(504), fate: "unconfirmed", ends: true },
  "a redirect (302)": {
    ...status(302, { location: "/elsewhere" }),
    error: { kind: "redirect" },
    fate: "kept",
    ends: true,
  },
  "a redirect (307)": {
    ...status(307, { location: "/elsewhere" }),
    error: { kind: "redirect" },
    fate: "kept",
    ends: true,
  },
  "a captive portal's page": {
    ...status(200, html, "<h1>Log in</h1>"),
    error: { kind: "type" },
    fate: "unconfirmed",
    ends: true,
  },
  "a TCP reset": {
    fault: "refuse",
    error: { kind: "network" },
    fate: "unconfirmed",
    ends: true,
  },
  "no answer": {
    fault: "hang",
    ...impatient,
    error: { kind: "timeout" },
    fate: "unconfirmed",
    ends: true,
  },
  "half of the answer": {
    fault: "truncate",
    error: { kind: "body" },
    fate: "delivered",
  },
  "an answer that takes too long": {
    fault: "slow",
    ...impatient,
    error: { kind: "timeout" },
    fate: "delivered",
  },
  "an answer that nobody may read": {
    fault: "no-cors",
    error: { kind: "network" },
    fate: "acted, unconfirmed",
    ends: true,
  },
};

for (const [name, { fault, options, error, fate, ends = false, waits = 0 }] of Object.entries(
  answers,
))
  fallback(`${name}: ${fate}, and the connection ${ends ? "ends" : "goes on"}`, async (t) => {
    const { proxy, peer } = t;
    const socket = await openOnHttp(t, {}, options);
    // Once: the next request passes.
    const faults = [fault];
    proxy.http = ({ body }) => (body.length > 0 && faults.shift()) || "pass";
    await socket.run((socket) => {
      socket.send("a message for the table");
      socket.send("the next");
    });
    while ((await socket.next("message")).data !== "the next");
    const arrived = ["a message for the table", "the next"];
    if (!/^(kept|delivered|acted)/.test(fate)) arrived.shift();
    assert.deepEqual(peer.received.entries, arrived);

    const events = (await socket.events()).slice(4);
    assert.deepEqual(fallbackErrors(events), error ? [error] : []);
    const cause = fate.match(/rejected|unconfirmed/)?.[0];
    const dropped = events.filter(({ type }) => type === "dropped").map(({ detail }) => detail);
    assert.deepEqual(dropped, cause ? [{ count: 1, cause }] : []);
    if (ends) {
      const close = events.find(({ type }) => type === "close");
      assert.deepEqual([close.code, close.wasClean, close.readyState], [1006, false, 3]);
      const { detail } = events.find(({ type }) => type === "reconnecting");
      assert.equal(detail.cause, "http");
      const order = events.map(({ type }) => type);
      assert.ok(order.indexOf("error") < order.indexOf("close"), order);
    } else {
      assert.deepEqual(
        events.filter(({ type }) => /close|reconnecting|transportchange/.test(type)),
        [],
      );
    }
    // The WebSocket is tried before HTTP is asked again.
    assert.equal(proxy.upgrades.entries.length, ends ? 2 : 1);
    const [, first, second] = proxy.posts;
    assert.ok(second.at - first.at >= waits, `repeated after ${second.at - first.at} ms`);
    assert.equal((await socket.call("stats")).queued, 0);
  });

const inACheck = {
  404: { ...status(404), error: asStatus(404), fate: "kept" },
  429: { ...status(429, later), error: asStatus(429), fate: "kept", waits: 1000 },
  500: { ...status(500), error: asStatus(500), fate: "unconfirmed" },
  503: { ...status(503), error: asStatus(503), fate: "kept" },
  "a redirect": {
    ...status(307, { location: "/elsewhere" }),
    error: { kind: "redirect" },
    fate: "kept",
  },
  "a captive portal": {
    ...status(200, html, "<h1>Log in</h1>"),
    error: { kind: "type" },
    fate: "unconfirmed",
  },
};

for (const [name, { fault, error, fate, waits = 0 }] of Object.entries(inACheck))
  fallback(`in a check, ${name}: not on HTTP, and the message is ${fate}`, async (t) => {
    const { proxy, peer, open } = t;
    const faults = [fault];
    proxy.webSocket = 503;
    proxy.http = ({ method }) => (method === "POST" && faults.shift()) || "pass";
    const socket = await open({}, {}, "one", "two");
    await onHttp(socket);
    const arrived = fate === "kept" ? ["one", "two"] : ["two"];
    await peer.received.count(arrived.length);
    await socket.next("message");
    if (fate === "kept") await socket.next("message");
    assert.deepEqual(peer.received.entries, arrived);
    const events = await socket.events();
    assert.deepEqual(fallbackErrors(events), [error]);
    const dropped = events.filter(({ type }) => type === "dropped").map(({ detail }) => detail);
    assert.deepEqual(dropped, fate === "kept" ? [] : [{ count: 1, cause: fate }]);
    const order = (await types(socket)).filter((type) => type !== "dropped");
    const round = ["error", "close", "error", "reconnecting"];
    assert.deepEqual(order, [...round, "error", "close", "transportchange", "open"]);
    assert.deepEqual(proxy.posts.map(({ upgrades }) => upgrades).slice(0, 2), [1, 2]);
    const [first, second] = proxy.posts;
    assert.ok(second.at - first.at >= waits, `asked again after ${second.at - first.at} ms`);
  });

fallback("a server that refuses an empty POST is one that answers", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  proxy.http = ({ body }) => (body.length > 0 ? "pass" : { status: 400 });
  const socket = await open();
  await onHttp(socket);
  await socket.call("send", "hello");
  assert.equal((await socket.next("message")).data, "hello");
});

fallback("a message lost in a check is the only one of the outage", async (t) => {
  const { proxy, peer, open } = t;
  proxy.webSocket = 503;
  const isHealed = () => proxy.upgrades.entries.length > 3;
  proxy.http = ({ method }) => (method === "POST" && !isHealed() ? "lose-answer" : "pass");
  const socket = await open({}, {}, "one", "two", "three");
  await onHttp(socket);
  await peer.received.count(3);
  assert.deepEqual(peer.received.entries, ["one", "two", "three"]);
  const dropped = (await socket.events()).filter(({ type }) => type === "dropped");
  assert.deepEqual(
    dropped.map(({ detail }) => detail),
    [{ count: 1, cause: "unconfirmed" }],
  );
  const empty = proxy.posts.filter(({ body }) => body.length === 0);
  assert.ok(empty.length >= 2, `${empty.length} empty`);
});

fallback("an answer that is lost: not repeated, and reported", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t);
  proxy.http = ({ body }) => (String(body) === "once" ? "lose-answer" : "pass");
  await socket.call("send", "once");
  assert.deepEqual((await socket.next("dropped")).detail, { count: 1, cause: "unconfirmed" });
  await socket.call("send", "the next");
  assert.equal((await socket.next("message")).data, "the next");
  assert.deepEqual(peer.received.entries, ["once", "the next"]);
});

for (const fault of ["lose-answer", "truncate", "slow"])
  fallback(`with idempotent (${fault}): repeated with its key, and acted upon once`, async (t) => {
    const { proxy, peer } = t;
    const socket = await openOnHttp(t, { idempotent: true }, impatient.options);
    const faults = [fault, fault];
    proxy.http = ({ body }) => (body.length > 0 && faults.shift()) || "pass";
    await socket.call("send", "act once");
    await socket.call("send", "the next");
    assert.equal((await socket.next("message")).data, "act once");
    assert.equal((await socket.next("message")).data, "the next");
    assert.deepEqual(peer.received.entries, ["act once", "the next"]);
    assert.equal(peer.http.acts, 2);
    const keys = peer.http.requests.entries
      .filter(({ body }) => body.length > 0)
      .map(({ key }) => key);
    const [first] = keys;
    assert.ok(first.length >= 16, first);
    // A slow machine may take one more of them for lost.
    assert.ok(
      keys.slice(0, 3).every((key) => key === first),
      `${keys}`,
    );
    assert.equal(new Set(keys).size, 2);
    const dropped = (await socket.events()).filter(({ type }) => type === "dropped");
    assert.deepEqual(dropped, []);
  });

fallback("with idempotent, what the browser repeats is acted upon once", async (t) => {
  const { proxy, peer } = t;
  proxy.keepAlive = true;
  const socket = await openOnHttp(t, { idempotent: true });
  await socket.call("send", "warm");
  await socket.next("message");
  const faults = ["lose-answer"];
  proxy.http = () => faults.shift() ?? "pass";
  await socket.call("send", "act once");
  assert.equal((await socket.next("message")).data, "act once");
  assert.deepEqual(peer.received.entries, ["warm", "act once"]);
  const posts = peer.http.requests.entries.filter(({ body }) => `${body}` === "act once");
  assert.equal(posts.length, 2);
  // The socket knows nothing of it.
  assert.deepEqual(fallbackErrors(await socket.events()), []);
  // Browsers keep such a connection for the next request.
  proxy.cut();
});

fallback("with idempotent, 500 and 409 are repeated", async (t) => {
  const { proxy, peer } = t;
  const socket = await openOnHttp(t, { idempotent: true });
  const faults = [{ status: 500 }, { status: 409 }];
  proxy.http = ({ body }) => (body.length > 0 && faults.shift()) || "pass";
  await socket.call("send", "hello");
  assert.equal((await socket.next("message")).data, "hello");
  assert.deepEqual(peer.received.entries, ["hello"]);
  const sent = proxy.posts.filter(({ body }) => body.length > 0);
  assert.equal(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size, 1);
  assert.equal(sent.length, 3);
});

for (const messages of [[], ["accounted for"]])
  fallback(`CORS closed (${messages.length} messages wait): one error that says so`, async (t) => {
    const { proxy, peer, open } = t;
    proxy.webSocket = 503;
    proxy.http = "no-cors";
    const socket = await open({}, {}, ...messages);
    await proxy.upgrades.count(4);
    const events = await socket.events();
    const order = events.map(({ type }) => type).filter((type) => type !== "dropped");
    assert.deepEqual(order.slice(0, 8), [
      ...["error", "close", "error", "reconnecting"],
      ...["error", "close", "error", "reconnecting"],
    ]);
    for (const { message, error } of events.filter(({ error }) => error)) {
      assert.match(message, /CORS/);
      assert.equal(error.kind, "network");
    }
    const dropped = events.filter(({ type }) => type === "dropped").map(({ detail }) => detail);
    assert.deepEqual(
      dropped,
      messages.map(() => ({ count: 1, cause: "unconfirmed" })),
    );
    assert.deepEqual(peer.received.entries, messages);
    assert.equal((await socket.call("stats")).queued, 0);
  });

fallback("what an unusable HTTP side leaves waiting can be taken back", async ({ proxy, open }) => {
  proxy.webSocket = 503;
  proxy.http = { status: 404 };
  const socket = await open({}, {}, "one", "two");
  await proxy.upgrades.count(3);
  await socket.call("close");
  await socket.next("close");
  assert.deepEqual(await socket.call("drainQueuedMessages"), ["one", "two"]);
});

fallback("HTTP that is lost is looked for again, and found", async (t) => {
  const { proxy } = t;
  const socket = await openOnHttp(t);
  proxy.http = { status: 502 };
  await socket.call("send", "lost");
  assert.equal((await socket.next("reconnecting")).detail.cause, "http");
  await socket.call("send", "waits");
  await proxy.upgrades.count(3);
  proxy.http = "pass";
  await againOnHttp(socket);
  assert.equal((await socket.next("message")).data, "waits");
});

fallback("the application decides about a loss of HTTP, too, at its leisure", async (t) => {
  const { page, proxy } = t;
  proxy.webSocket = 503;
  const socket = await adoptSocket(
    page,
    (url) =>
      new Everline.ReconnectingWebSocket(url, [], {
        connectionTimeout: 60_000,
        shouldReconnect: ({ code }) => Promise.resolve(code - 656),
        fallback: { after: 1, retryWebSocket: false },
      }),
    proxy.url,
  );
  await onHttp(socket);
  proxy.http = { status: 404 };
  await socket.call("send", "kept");
  const { detail } = await socket.next("reconnecting");
  assert.deepEqual(detail, { attempt: 1, delay: 350, cause: "http" });
});
