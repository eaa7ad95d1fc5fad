// The server's log, live.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, until } from "./server.mjs";

test("recent lines come first, then those to come, each once", async (t) => {
  const server = await start();
  t.after(() => server.stop());
  await visit(server, 4001);
  const reader = await server.open("/ws/logs");
  await line(reader, /closed by the peer, 4001/);
  const visits = [4002, 4003, 4004];
  for (const code of visits) await visit(server, code);
  const seen = [];
  while (seen.at(-1)?.code !== 4004) {
    const { message } = await line(reader, /by the peer/);
    seen.push({ code: Number(message.match(/peer, (\d+)/)[1]) });
  }
  assert.deepEqual(
    seen.map(({ code }) => code),
    visits,
  );
});

test("a line has a level, a message and a time, in order", async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const reader = await server.open("/ws/logs");
  let last = Date.now() - 60_000;
  for (let count = 0; count < 20; count++) {
    await visit(server, 4000 + count);
    const { type, level, message, at } = await reader.json();
    assert.deepEqual([type, typeof message], ["log_message", "string"]);
    assert.match(level, /^(error|warn|info)$/);
    assert.ok(at > last && at < Date.now() + 60_000);
    last = at;
  }
});

test("a reader that stops reading is skipped, told so, and disturbs nobody", async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const stuck = await server.open("/ws/logs");
  const reader = await server.open("/ws/logs");
  stuck.pause();
  await flood(server);
  await (await server.open("/ws")).settled();
  await visit(server, 4321);
  await line(reader, /peer, 4321/);
  stuck.resume();
  await line(stuck, /lagged: \d+ lines skipped/);
  await line(stuck, /peer, 4321/);
  assert.equal((await server.health()).errors, 0);
});

test("a reader that stays stuck is closed with 1013", async (t) => {
  const server = await start(["--slow-consumer", "200"]);
  t.after(() => server.stop());
  const stuck = await server.open("/ws/logs");
  stuck.pause();
  await flood(server);
  await server.logged(/\/ws\/logs #\d+: closing with 1013/);
  stuck.terminate();
  await until(async () => (await server.health()).total === 0);
  assert.equal((await server.health()).errors, 0);
});

test("a reader that is killed disturbs nothing", async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const program = `
    import { WebSocket } from "ws";
    const reader = new WebSocket(process.argv[1] + "/ws/logs");
    reader.on("message", () => console.log("reading"));`;
  const readers = [1, 2, 3].map(() =>
    spawn(
      process.execPath,
      ["--input-type=module", "--eval", program, server.url.replace("http", "ws")],
      {
        cwd: fileURLToPath(new URL(".", import.meta.url)),
        stdio: ["ignore", "pipe", "inherit"],
      },
    ),
  );
  await Promise.all(readers.map((reader) => once(reader.stdout, "data")));
  for (const reader of readers) reader.kill("SIGKILL");
  for (let count = 0; count < 50; count++) await visit(server, 4000 + count);
  await until(async () => (await server.health()).total === 0);
  assert.equal((await server.health()).errors, 0);
});

/** The next log line that matches. */
async function line(reader, pattern) {
  for (;;) {
    const entry = await reader.json("log_message");
    if (pattern.test(entry.message)) return entry;
  }
}

async function visit(server, code) {
  const client = await server.open("/ws");
  client.close(code);
  await client.closed;
}

/** Makes the server log more than the buffers of a connection hold. */
async function flood(server) {
  const head = `POST /api/translate HTTP/1.1\r\nHost: x\r\nOrigin: ${"y".repeat(4000)}\r\n`;
  const socket = connect(server.port, "127.0.0.1");
  socket.end(`${`${head}\r\n`.repeat(2000)}${head}Connection: close\r\n\r\n`);
  socket.resume();
  await once(socket, "close");
}
