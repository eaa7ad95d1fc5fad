// How a carrier ends decides what follows: a retry, when the server wants it, with a fresh token,
// elsewhere, or none.

import assert from "node:assert/strict";
import { control, greeted, said, scripted, startScripted } from "./harness/scripted.mjs";
import { heard, sendAll, session } from "./harness/session.mjs";
import { adoptSocket } from "./harness/socket.mjs";
import { soon } from "./harness/time.mjs";

const guarded = ["--token", "secret", "--token-on-loopback"];

/** Opens a socket whose tokens come one after the other; the last one stays. */
function openWithTokens({ page, proxy }, tokens) {
  const make = (url, options, tokens) => {
    globalThis.asked = 0;
    const token = async () => tokens[Math.min(globalThis.asked++, tokens.length - 1)];
    return new Everline.ReconnectingWebSocket(url, [], { ...options, session: { token } });
  };
  return adoptSocket(page, make, `${proxy.url}session`, soon, tokens);
}

session(
  "a token that expired is asked for anew, once",
  async (t) => {
    const socket = await openWithTokens(t, ["expired", "secret"]);
    await socket.next("open");
    await sendAll(socket, ["1"]);
    assert.deepEqual(await heard(socket, 1), ["1"]);
    const asked = await t.page.evaluate(() => globalThis.asked);
    t.proxy.cut();
    await sendAll(socket, ["2"]);
    assert.deepEqual(await heard(socket, 2), ["1", "2"]);
    assert.ok((await t.page.evaluate(() => globalThis.asked)) > asked);
  },
  guarded,
);

session(
  "a token that stays wrong is final",
  async (t) => {
    const socket = await openWithTokens(t, ["expired", "wrong"]);
    const { detail } = await socket.next("failed");
    assert.equal(detail.cause, "final-code");
    assert.equal(await t.page.evaluate(() => asked), 2);
    const closes = (await socket.events()).filter(({ type }) => type === "close");
    assert.deepEqual(
      closes.map(({ code }) => code),
      [4401, 4401],
    );
  },
  guarded,
);

session(
  "a token by HTTP",
  async (t) => {
    t.proxy.webSocket = 503;
    const socket = await openWithTokens(t, ["expired", "secret"]);
    await sendAll(socket, ["1"]);
    assert.deepEqual(await heard(socket, 1), ["1"]);
  },
  guarded,
);

session(
  "a token that does not change",
  async ({ open }) => {
    const socket = await open({ token: "secret" });
    await socket.next("open");
  },
  guarded,
);

scripted("a token provider that fails is a failed attempt", async ({ page, peer }) => {
  const make = (url, options) => {
    let calls = 0;
    const token = () => {
      if (++calls === 1) throw new Error("no token today");
      return "tomorrow's";
    };
    return new Everline.ReconnectingWebSocket(url, [], { ...options, session: { token } });
  };
  const socket = await adoptSocket(page, make, peer.url, soon);
  await peer.connection();
  await socket.next("close");
  const { hello } = await greeted(peer);
  assert.equal(hello.token, "tomorrow's");
  await socket.next("open");
});

scripted("4421: there, and with the same session", async ({ peer, open }) => {
  const other = await startScripted();
  try {
    const socket = await open();
    const connection = await peer.connection();
    const { id } = await said(connection, "h");
    connection.send(control("x", { code: 4421, reason: "not here", url: `${other.url}there` }));
    connection.close(4421);
    const there = await greeted(other);
    assert.equal(there.hello.id, id);
    assert.equal(other.handshakes.entries[0].url, `/there?sid=${id}`);
    await socket.next("open");
  } finally {
    await other.stop();
  }
});

scripted("a welcome that names a node: later attaches go there", async ({ peer, open }) => {
  const other = await startScripted();
  try {
    const socket = await open();
    const { connection, hello } = await greeted(peer, { url: `${other.url}node` });
    await socket.next("open");
    connection.terminate();
    const there = await greeted(other);
    assert.equal(there.hello.id, hello.id);
    assert.ok(there.hello.att > hello.att);
    await socket.next("open");
  } finally {
    await other.stop();
  }
});

for (const code of [1001, 1013, 4429])
  scripted(`${code} with retry: the server's time wins`, async ({ peer, open }) => {
    const socket = await open();
    const { connection, hello } = await greeted(peer);
    await socket.next("open");
    connection.send(control("x", { code, reason: "later", retry: 700 }));
    const told = performance.now();
    connection.close(code);
    assert.equal((await socket.next("close")).code, code);
    assert.equal((await socket.next("reconnecting")).detail.delay, 700);
    const again = await greeted(peer);
    const waited = performance.now() - told;
    assert.ok(waited > 650, `after ${waited} ms`);
    assert.equal(again.hello.id, hello.id);
    await socket.next("open");
  });

for (const code of [4400, 4403])
  scripted(`${code} is final, and tells what it leaves behind`, async ({ peer, open }) => {
    const socket = await open();
    const { connection } = await greeted(peer);
    await socket.next("open");
    await sendAll(socket, ["lost?"]);
    await connection.messages.count(2);
    connection.send(control("x", { code, reason: "no" }));
    connection.close(code, "no");
    assert.deepEqual((await socket.next("reset")).detail.undelivered, ["lost?"]);
    assert.deepEqual((await socket.next("close")).code, code);
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
  });

scripted("one 4409 on the newest carrier: attached again", async ({ peer, open }) => {
  const socket = await open();
  const { connection, hello } = await greeted(peer);
  await socket.next("open");
  connection.send(control("x", { code: 4409, reason: "superseded" }));
  connection.close(4409);
  const again = await greeted(peer);
  assert.equal(again.hello.id, hello.id);
  assert.ok(again.hello.att > hello.att);
  await socket.next("open");
  const types = (await socket.events()).map(({ type }) => type);
  assert.ok(!types.includes("reset"));
});
