// The heartbeat: what goes over the wire, what counts as life, and what follows silence.

import assert from "node:assert/strict";
import { adoptSocket, openSocket } from "./harness/socket.mjs";
import { e2e } from "./harness/test.mjs";
import { soon } from "./harness/time.mjs";

const quick = { ...soon, minUptime: 0 };

e2e("pings leave, replies are messages and tell the round trip", async ({ page, peer }) => {
  peer.echo = false;
  const socket = await adoptSocket(
    page,
    (url, options) =>
      new Everline.ReconnectingWebSocket(url, [], {
        ...options,
        heartbeat: {
          interval: 100,
          timeout: 5000,
          message: () => JSON.stringify({ type: "ping" }),
          isReply: ({ data }) => JSON.parse(data).type === "pong",
        },
      }),
    peer.url,
    quick,
  );
  const connection = await peer.connection();
  for (let count = 0; count < 3; count++) {
    assert.equal(await connection.messages.next(), '{"type":"ping"}');
    connection.send('{"type":"news"}');
    connection.send('{"type":"pong"}');
    assert.equal((await socket.next("message")).data, '{"type":"news"}');
    assert.equal((await socket.next("message")).data, '{"type":"pong"}');
  }
  const { roundTripTime, messagesSent } = await socket.call("stats");
  assert.ok(roundTripTime >= 0 && roundTripTime < 5000, String(roundTripTime));
  assert.ok(messagesSent >= 3);
  assert.equal(await socket.get("status"), "open");
});

e2e("a ping may be binary", async ({ page, peer }) => {
  peer.echo = false;
  await adoptSocket(
    page,
    (url, options) =>
      new Everline.ReconnectingWebSocket(url, [], {
        ...options,
        heartbeat: { interval: 100, timeout: 5000, message: new Uint8Array([9, 8]) },
      }),
    peer.url,
    quick,
  );
  const { messages } = await peer.connection();
  assert.deepEqual([...(await messages.next())], [9, 8]);
});

e2e("a mute peer is given up and reached anew", async ({ page, peer }) => {
  peer.echo = false;
  const heartbeat = { interval: 100, timeout: 200, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { ...quick, heartbeat });
  await socket.next("open");
  const mute = await peer.connection();
  await mute.messages.next();
  const { readyState } = await socket.next("error");
  assert.equal(readyState, 3);
  const { code, wasClean } = await socket.next("close");
  assert.deepEqual([code, wasClean], [1006, false]);
  assert.equal((await socket.next("reconnecting")).detail.cause, "heartbeat");
  peer.echo = true;
  await socket.next("open");
  assert.equal((await mute.closed).code, 1005);
  await socket.next("message");
  assert.ok((await socket.call("stats")).drops >= 1);
});

e2e("a peer that does not even answer a close is given up as well", async ({ page, peer }) => {
  const heartbeat = { interval: 100, timeout: 200, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { ...quick, heartbeat });
  (await peer.connection()).mute();
  await socket.next("close");
  await socket.next("open");
  await peer.connection();
});

e2e("any frame is life", async ({ page, peer }) => {
  peer.echo = false;
  const heartbeat = { interval: 100, timeout: 1000, message: "ping" };
  const socket = await openSocket(page, peer.url, [], { ...quick, heartbeat });
  const connection = await peer.connection();
  for (let count = 0; count < 5; count++) {
    await connection.messages.next();
    connection.send(Buffer.from([count]));
  }
  for (let count = 0; count < 5; count++) await socket.next("message");
  assert.deepEqual(
    (await socket.events()).map(({ type }) => type),
    ["open", ...Array(5).fill("message")],
  );
});

e2e("without a message it only listens", async ({ page, peer }) => {
  peer.echo = false;
  const heartbeat = { interval: 100, timeout: 300 };
  const socket = await openSocket(page, peer.url, [], { ...quick, heartbeat });
  const connection = await peer.connection();
  assert.equal((await socket.next("reconnecting")).detail.cause, "heartbeat");
  assert.deepEqual(connection.messages.entries, []);
});

e2e("a message function that throws is reported, and the beat goes on", async ({ page, peer }) => {
  const socket = await adoptSocket(
    page,
    (url, options) => {
      let calls = 0;
      return new Everline.ReconnectingWebSocket(url, [], {
        ...options,
        heartbeat: {
          interval: 100,
          timeout: 200,
          message: () => {
            if (++calls === 1) throw new Error("no ping");
            return `ping ${calls}`;
          },
        },
      });
    },
    peer.url,
    quick,
  );
  assert.equal((await socket.next("reconnecting")).detail.cause, "heartbeat");
  assert.equal((await socket.next("message")).data, "ping 2");
  const reported = await page.evaluate(() => globalThis.uncaught.splice(0));
  assert.equal(reported.length, 1);
  assert.match(reported[0], /no ping/);
});
