// A server that breaks the rules: the end is clear, and no page hangs or has an error of ours.

import assert from "node:assert/strict";
import { encode } from "../server/session.mjs";
import {
  answer,
  control,
  greeted,
  helloOf,
  MARK,
  said,
  scripted,
  stream,
  welcome,
} from "./harness/scripted.mjs";
import { heard } from "./harness/session.mjs";

/** Opens a socket for each case, by `say(connection)`; its end must be 4400, for good. */
async function allRefused({ peer, open }, cases, say) {
  for (const frame of cases) {
    const socket = await open();
    const connection = await peer.connection();
    await said(connection, "h");
    say(connection, frame);
    const { code } = await connection.closed;
    assert.equal(code, 4400, JSON.stringify(frame));
    assert.equal((await socket.next("failed")).detail.cause, "final-code");
    assert.equal(await socket.get("status"), "failed");
  }
}

scripted("control frames that nobody can understand", async (t) => {
  const numbers = [
    "",
    "-1",
    "01",
    "1.0",
    "1e0",
    "0x1",
    " 1",
    "1 ",
    "9007199254740992",
    "9".repeat(400),
  ];
  const frames = [
    ...["", "?", "A1", "h{}"],
    ...["a", "p", "s"].flatMap((letter) => numbers.map((number) => letter + number)),
    ...["x", "x{", "x[]", "x1", "x{}", 'x{"code":"1000","reason":""}', 'x{"reason":""}'],
  ];
  await allRefused(t, frames, (connection, frame) => {
    connection.send(welcome());
    connection.send(MARK + frame);
  });
});

const whole = { recv: 0, seq: 1, hb: 20_000, win: 1000, max: 1000, ttl: 1000 };

scripted("a welcome that lacks something, or has the wrong types", async (t) => {
  const wrong = Object.keys(whole).flatMap((name) =>
    [undefined, null, "1", -1, 0.5, 2 ** 53, true, [1]].map((value) => ({
      ...whole,
      [name]: value,
    })),
  );
  wrong.push({ ...whole, protocol: 1 }, { ...whole, recv: 1 }, { ...whole, seq: 2 });
  await allRefused(t, wrong, (connection, members) => connection.send(control("w", members)));
});

scripted("a welcome cut anywhere", async (t) => {
  const text = control("w", whole);
  const cuts = Array.from({ length: text.length - 1 }, (_, length) => text.slice(0, length + 1));
  await allRefused(t, cuts, (connection, frame) => connection.send(frame));
});

scripted("no welcome, but something else", async (t) => {
  const frames = ["hello", "", Buffer.from([1]), control("s", 1)];
  await allRefused(t, frames, (connection, frame) => connection.send(frame));
});

scripted("a welcome with any byte changed: open or refused, and never neither", async (t) => {
  const { page, peer, open } = t;
  const text = control("w", whole);
  for (let at = 0; at < text.length; at++) {
    const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 7)));
    const socket = await open();
    const connection = await peer.connection();
    await said(connection, "h");
    connection.send(text.slice(0, at) + changed + text.slice(at + 1));
    const end = await Promise.race([
      socket.next("open").then(() => "open"),
      socket.next("failed").then(() => "failed"),
    ]);
    const refused = end === "open" || (await connection.closed).code === 4400;
    assert.ok(refused, `byte ${at}`);
    await socket.call("close");
  }
  assert.deepEqual(await page.evaluate(() => globalThis.uncaught), []);
});

scripted("unknown members are nobody's concern", async ({ peer, open }) => {
  const socket = await open();
  await greeted(peer, { later: { version: 2 } });
  await socket.next("open");
});

scripted("a response cut at any byte: what was whole counts, the rest comes again", async (t) => {
  const { peer, open } = t;
  peer.handshake = 503;
  const down = ["ž1", "2", "3"];
  const everything = encode([welcome(), ...down.slice(0, 2)]);
  for (let length = 0; length < everything.length; length += 13) {
    let responses = 0;
    peer.http.answer = (post) => {
      const { recv, mode } = helloOf(post);
      if (mode === "send") return answer(welcome());
      if (responses++ === 0) return { body: everything.subarray(0, length) };
      return stream(post, welcome({ seq: recv + 1 }), ...down.slice(recv));
    };
    const socket = await open({}, { fallback: { retryWebSocket: false } });
    assert.deepEqual(await heard(socket, 3), down, `${length} bytes`);
    assert.equal((await socket.call("stats")).duplicates, 0);
    await socket.call("close");
  }
});

for (const [what, bytes] of Object.entries({
  "of an unknown kind": Buffer.from([3, 0, 0, 0, 0]),
  "of 4 GiB": Buffer.from([1, 255, 255, 255, 255, 1, 2, 3]),
  "that is no UTF-8": Buffer.from([2, 0, 0, 0, 1, 255]),
}))
  scripted(`a record ${what}: never delivered, never a hang`, async ({ peer, open }) => {
    peer.handshake = 503;
    peer.http.answer = () => ({ body: Buffer.concat([encode([welcome(), "1"]), bytes]) });
    const socket = await open({}, { fallback: { retryWebSocket: false } });
    await socket.next("close");
    await peer.http.requests.count(1);
    await heard(socket, 1);
    await socket.call("close");
    const messages = (await socket.events()).filter(({ type }) => type === "message");
    assert.ok(messages.every(({ data }) => data === "1"));
  });
