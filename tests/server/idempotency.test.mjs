// A request with an Idempotency-Key acts once, however often it comes.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, sine } from "./sound.mjs";

let server;
before(async () => {
  server = await start(["--faults", "--max-body", "200000"]);
});
beforeEach(() => server.fault("http?mode=none"));
after(() => server.stop());

test("a repeat has the same answer, and nothing happens again", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  const first = await post(key, chat("once"), { accept: "application/x-ndjson" });
  assert.equal(first.headers.get("idempotency-replayed"), null);
  const text = await first.text();
  for (let count = 0; count < 3; count++) {
    const repeat = await post(key, chat("once"));
    assert.equal(repeat.headers.get("idempotency-replayed"), "true");
    assert.equal(repeat.headers.get("content-type"), "application/x-ndjson");
    assert.equal(await repeat.text(), text);
  }
  assert.deepEqual(await heard(room), ["once"]);
});

test("without a key everything is new", async (t) => {
  const room = await join(t);
  for (let count = 0; count < 2; count++) {
    const response = await server.fetch("/ws", { method: "POST", body: chat("again") });
    assert.equal(response.headers.get("idempotency-replayed"), null);
  }
  assert.deepEqual(await heard(room), ["again", "again"]);
});

test("audio is heard once, and the empty answer is repeated too", async () => {
  const init = await translate(randomUUID(), '{"type":"init"}');
  assert.equal(init.status, 200);
  const [key, sound] = [randomUUID(), pcm(sine(0.5))];
  for (let count = 0; count < 3; count++) {
    const answer = await translate(key, sound);
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("idempotency-replayed"), count > 0 ? "true" : null);
  }
  const [{ facts }] = await (await translate(randomUUID(), '{"type":"end"}')).json();
  assert.equal(facts.durationMs, 500);
});

test("what was refused stays refused", async () => {
  const key = randomUUID();
  const headers = { "content-type": "video/mp4" };
  const [first, repeat] = [await post(key, "x", headers), await post(key, "x", headers)];
  assert.deepEqual([first.status, repeat.status], [415, 415]);
  assert.equal(repeat.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(await repeat.json(), await first.json());
});

test("repeats at the same time act once", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  const responses = await Promise.all(Array.from({ length: 20 }, () => post(key, chat("rush"))));
  const answers = await Promise.all(responses.map((response) => response.text()));
  assert.equal(new Set(answers).size, 1);
  const replayed = responses.filter(({ headers }) => headers.has("idempotency-replayed"));
  assert.equal(replayed.length, 19);
  assert.deepEqual(await heard(room), ["rush"]);
});

test("a repeat while the first hangs has an answer", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  const first = new AbortController();
  await server.fault("http?mode=hang");
  const hanging = post(key, chat("patience"), {}, { signal: first.signal });
  await server.fault("http?mode=none");
  assert.equal((await post(key, chat("patience"))).status, 200);
  first.abort();
  // It may have come after the fault.
  await hanging.catch(() => {});
  assert.deepEqual(await heard(room), ["patience"]);
});

test("when the answer was lost, the repeat gets it", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  await server.fault("http?mode=lose");
  await assert.rejects(post(key, chat("lost")));
  assert.deepEqual(await heard(room), ["lost"]);
  await server.fault("http?mode=none");
  const repeat = await post(key, chat("lost"));
  assert.equal(repeat.headers.get("idempotency-replayed"), "true");
  assert.equal((await repeat.json())[0].text, "lost");
  assert.deepEqual(await heard(room), []);
});

test("a client that goes away without waiting is answered when it comes back", async (t) => {
  const room = await join(t);
  for (let count = 0; count < 20; count++) {
    const [key, body] = [randomUUID(), chat(`gone ${count}`)];
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const head = `POST /ws HTTP/1.1\r\nhost: x\r\nidempotency-key: ${key}\r\n`;
    socket.end(`${head}content-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    socket.once("finish", () => socket.destroy());
    await once(socket, "close");
    assert.equal((await (await post(key, body)).json())[0].text, `gone ${count}`);
    assert.deepEqual(await heard(room), [`gone ${count}`]);
  }
});

test("a key with another body is refused with 422, and with the first one still good", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  await post(key, chat("this"));
  for (const body of [chat("that"), ""]) {
    const refused = await post(key, body);
    assert.equal(refused.status, 422);
    assert.equal((await refused.json()).type, "error");
  }
  assert.equal((await post(key, chat("this"))).status, 200);
  assert.deepEqual(await heard(room), ["this"]);
});

test("a key counts for one path and one principal", async (t) => {
  const room = await join(t);
  const key = randomUUID();
  await post(key, chat("hi"));
  const elsewhere = await translate(key, '{"type":"ping"}');
  assert.equal(elsewhere.headers.get("idempotency-replayed"), null);
  for (const authorization of ["Bearer one", "Bearer two", "Basic one"]) {
    for (const expected of [null, "true"]) {
      const answer = await post(key, chat("hi"), { authorization });
      assert.equal(answer.headers.get("idempotency-replayed"), expected);
    }
  }
  const byQuery = await server.fetch("/ws?token=one", {
    method: "POST",
    body: chat("hi"),
    headers: { "idempotency-key": key },
  });
  assert.equal(byQuery.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(await heard(room), ["hi", "hi", "hi", "hi"]);
});

test("a key is 1 to 255 printable characters", async () => {
  for (const key of ["x".repeat(255), '"quoted key"', "~"]) {
    assert.equal((await post(key, '{"type":"ping"}')).status, 200, key);
  }
  for (const key of ["x".repeat(256), "", "käy", "a\tb"]) {
    assert.equal((await post(key, '{"type":"ping"}')).status, 400, key);
  }
  const two = request({
    port: server.port,
    path: "/ws",
    method: "POST",
    headers: { "idempotency-key": ["one", "two"] },
  });
  two.end('{"type":"ping"}');
  const [response] = await once(two, "response");
  response.resume();
  assert.equal(response.statusCode, 400);
});

test("errors of the server are not kept", async (t) => {
  const room = await join(t);
  for (const mode of ["500", "503"]) {
    const key = randomUUID();
    await server.fault(`http?mode=${mode}`);
    assert.equal((await post(key, chat(mode))).status, Number(mode));
    await server.fault("http?mode=none");
    const answer = await post(key, chat(mode));
    assert.deepEqual([answer.status, answer.headers.get("idempotency-replayed")], [200, null]);
    assert.deepEqual(await heard(room), [mode]);
  }
});

test("too large a body is refused with a key as without", async () => {
  assert.equal((await translate(randomUUID(), Buffer.alloc(200_001))).status, 413);
  assert.equal((await translate(randomUUID(), Buffer.alloc(200_000))).status, 200);
});

test("the oldest of a thousand answers makes room", async () => {
  const ping = '{"type":"ping"}';
  const oldest = randomUUID();
  await post(oldest, ping);
  const keys = Array.from({ length: 1000 }, () => randomUUID());
  while (keys.length > 1) {
    const some = keys.splice(1, 50);
    await Promise.all(some.map(async (key) => (await post(key, ping)).text()));
  }
  await post(keys[0], ping);
  assert.equal((await post(keys[0], ping)).headers.get("idempotency-replayed"), "true");
  assert.equal((await post(oldest, ping)).headers.get("idempotency-replayed"), null);
});

async function join(t) {
  const socket = await server.open("/ws");
  t.after(() => socket.terminate());
  await socket.json("connection_ack");
  return socket;
}

/** What was said in the room since the last time. */
async function heard(room) {
  const texts = [];
  room.sendJson({ type: "chat", text: "that is all" });
  for (;;) {
    const { text } = await room.json("chat");
    if (text === "that is all") return texts;
    texts.push(text);
  }
}

function chat(text) {
  return JSON.stringify({ type: "chat", text });
}

function post(key, body, headers, options) {
  return send("/ws", key, body, headers, options);
}

function translate(key, body) {
  return send("/api/translate?client=me", key, body);
}

function send(path, key, body, headers = {}, options = {}) {
  return server.fetch(path, {
    method: "POST",
    body,
    headers: { "idempotency-key": key, ...headers },
    ...options,
  });
}
