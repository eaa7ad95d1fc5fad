// POST /ws: the HTTP side of /ws.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";

const NDJSON = "application/x-ndjson";
const PING = { type: "ping", t: 1 };
const PONG = { type: "pong", t: 1 };

let server;
before(async () => {
  server = await start(["--max-message", "2000", "--max-body", "100000"]);
});
after(() => server.stop());

test("a message is answered as on the WebSocket", async (t) => {
  const socket = await join(t);
  for (const message of [
    JSON.stringify(PING),
    '{"type":"echo","deep":{"x":[1.5,null]}}',
    '{"type":"sing"}',
    '{"type":"chat"}',
    "{",
    "[]",
    Buffer.from([1, 2]),
  ]) {
    socket.send(message);
    assert.deepEqual(await messages(await post("", message)), [await socket.json()]);
  }
  const [{ type, connections }] = await messages(await post("", '{"type":"get_status"}'));
  assert.deepEqual([type, connections["/ws"]], ["status", 1]);
});

test("a body is text, JSON, bytes, or a message a line", async () => {
  const text = JSON.stringify(PING);
  for (const type of ["text/plain;charset=UTF-8", "application/json", "Text/Plain"]) {
    assert.deepEqual(await messages(await post("", text, { "content-type": type })), [PONG]);
  }
  const lines = `${text}\n\n{\r\n{"type":"echo"}\n${text}`;
  const answers = await messages(await post("", lines, { "content-type": NDJSON }));
  assert.deepEqual(
    answers.map(({ type }) => type),
    ["pong", "error", "echo", "pong"],
  );
  for (const type of ["application/octet-stream", undefined]) {
    const [{ message }] = await messages(
      await post("", Buffer.from(text), { "content-type": type }),
    );
    assert.match(message, /binary/);
  }
});

test("answers come as an array, or line by line to who asks for that", async () => {
  const text = `${JSON.stringify(PING)}\n{"type":"echo"}\n`;
  const headers = { "content-type": NDJSON };
  const array = await post("", text, headers);
  assert.equal(array.headers.get("content-type"), "application/json");
  assert.deepEqual(await array.json(), [PONG, { type: "echo" }]);
  const lines = await post("", text, { ...headers, accept: `${NDJSON}, */*` });
  assert.equal(lines.headers.get("content-type"), NDJSON);
  const [first, second, end, ...more] = (await lines.text()).split("\n");
  assert.deepEqual([JSON.parse(first), JSON.parse(second), end], [PONG, { type: "echo" }, ""]);
  assert.deepEqual(more, []);
});

test("what cannot be read is refused, and nothing of it is carried out", async (t) => {
  const socket = await join(t);
  const chat = JSON.stringify({ type: "chat", text: "too early" });
  const long = JSON.stringify({ type: "echo", text: "x".repeat(2000) });
  await refused(413, "", `${chat}\n${long}`, { "content-type": NDJSON });
  await refused(413, "", Buffer.alloc(100_001));
  await refused(415, "", chat, { "content-type": "application/xml" });
  await refused(400, "", Buffer.from([0xff]), { "content-type": "text/plain" });
  await refused(400, `?client=${"x".repeat(65)}`, chat);
  await refused(400, "?client=", chat);
  await refused(400, "?client=a&client=b", chat);
  assert.equal(
    (await post("", JSON.stringify({ type: "echo", text: "x".repeat(1900) }))).status,
    200,
  );
  socket.sendJson(PING);
  assert.equal((await socket.json()).type, "pong");
});

test("a HEAD says that somebody is here, without any headers", async () => {
  for (const path of ["/ws", "/api/translate"]) {
    assert.equal((await server.fetch(path, { method: "HEAD" })).status, 204);
  }
});

test("chat is heard by the room, and by its sender in the answer", async (t) => {
  const socket = await join(t);
  const [said] = await messages(await post("", '{"type":"chat","text":"hello","from":"http"}'));
  assert.deepEqual(said, { type: "chat", text: "hello", from: "http", at: said.at });
  assert.deepEqual(await socket.json(), said);
});

test("who gives a name hears the room from then on, once", async (t) => {
  const socket = await join(t);
  await say(socket, "before");
  assert.equal((await post("?client=a")).status, 204);
  const first = [await say(socket, "one"), await say(socket, "two")];
  assert.deepEqual(await messages(await post("?client=a")), first);
  assert.equal((await post("?client=a")).status, 204);

  const three = await say(socket, "three");
  const lines = `${JSON.stringify(PING)}\n{"type":"chat","text":"four"}\n{"type":"echo"}`;
  const heard = await messages(await post("?client=a", lines, { "content-type": NDJSON }));
  const four = await socket.json("chat");
  assert.equal(four.text, "four");
  assert.deepEqual(heard, [three, PONG, four, { type: "echo" }]);
  assert.equal((await post("?client=a")).status, 204);
});

test("clients are apart, and without a name nothing is remembered", async (t) => {
  const socket = await join(t);
  for (const query of ["?client=b", "?client=c%20%26", ""]) await post(query);
  const said = await say(socket, "to whom it concerns");
  assert.equal((await post("")).status, 204);
  assert.deepEqual(await messages(await post("", JSON.stringify(PING))), [PONG]);
  assert.deepEqual(await messages(await post("?client=c%20%26")), [said]);
  assert.deepEqual(await messages(await post("?client=b")), [said]);
});

test("who stays away too long hears the newest, and that it missed some", async (t) => {
  const socket = await join(t);
  await post("?client=late");
  let newest;
  for (let count = 0; count < 300; count++) newest = await say(socket, `line ${count}`);
  const [missed, ...heard] = await messages(await post("?client=late"));
  assert.equal(missed.type, "error");
  assert.match(missed.message, /44 messages were missed/);
  assert.equal(heard.length, 256);
  assert.deepEqual(heard.at(-1), newest);
});

test("a request full of messages does not push others out of the room", async (t) => {
  const sockets = [await join(t), await join(t), await join(t)];
  const lines = Array.from({ length: 1000 }, (_, index) =>
    JSON.stringify({ type: "chat", text: `line ${index}` }),
  );
  const answer = await post("?client=fast", lines.join("\n"), { "content-type": NDJSON });
  assert.equal((await messages(answer)).length, 1000);
  for (const socket of sockets) {
    for (let index = 0; index < 1000; index++) {
      assert.equal((await socket.json("chat")).text, `line ${index}`);
    }
  }
});

test("as many clients are remembered as there is room for", async (t) => {
  const socket = await join(t);
  await post("?client=oldest");
  for (let count = 0; count < 1000; count += 50) {
    const some = Array.from({ length: 50 }, (_, index) => post(`?client=n${count + index}`));
    await Promise.all(some);
  }
  const said = await say(socket, "still there?");
  assert.deepEqual(await messages(await post("?client=n999")), [said]);
  assert.equal((await post("?client=oldest")).status, 204);
});

async function join(t) {
  const socket = await server.open("/ws");
  t.after(() => socket.terminate());
  await socket.json("connection_ack");
  return socket;
}

/** Resolves to what the room heard. */
async function say(socket, text) {
  socket.sendJson({ type: "chat", text });
  return socket.json("chat");
}

function post(query, body, { "content-type": type, ...rest } = {}) {
  const headers = type ? { ...rest, "content-type": type } : rest;
  return server.fetch(`/ws${query}`, { method: "POST", body, headers });
}

async function messages(response) {
  assert.equal(response.status, 200, await response.clone().text());
  const text = await response.text();
  if (response.headers.get("content-type") === "application/json") return JSON.parse(text);
  return text.trimEnd().split("\n").map(JSON.parse);
}

async function refused(status, ...request) {
  const response = await post(...request);
  assert.equal(response.status, status, await response.clone().text());
  assert.equal((await response.json()).type, "error");
}
