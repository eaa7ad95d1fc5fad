// Stopping, and starting again.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { run, start, until } from "./server.mjs";

const ENDPOINTS = ["/ws", "/ws/video", "/ws/esp32cam", "/ws/pico", "/ws/audio", "/ws/logs"];

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} closes all connections with 1001 and ends with exit code 0`, async () => {
    const server = await start();
    const clients = await Promise.all(ENDPOINTS.map((path) => server.open(path)));
    const ending = server.stop(signal);
    for (const { closed } of clients) {
      assert.deepEqual(await closed, { code: 1001, reason: "server is stopping" });
    }
    assert.deepEqual(await ending, { code: 0, signal: null });
    assert.ok(!server.logs.some((line) => line.includes("ERROR")));
  });
}

test("what does not end by itself cannot hold up the stop", async () => {
  const server = await start(["--faults"]);
  const silent = await server.open("/ws");
  silent.pause();
  await server.open("/faults/ws/mute");
  const hanging = server.ws("/faults/ws/hang");
  const half = connect(server.port, "127.0.0.1");
  await once(half, "connect");
  half.write("GET /health HTTP/1.1\r\nHost: ");
  half.on("error", () => {});
  const { code } = await server.stop();
  assert.equal(code, 0);
  await hanging.closed;
});

test("a server stopped in mid-session can be started again on the same port", async () => {
  const first = await start();
  const port = String(first.port);
  const client = await first.open("/ws");
  await client.json("connection_ack");
  await first.stop();
  assert.equal((await client.closed).code, 1001);
  const second = await start(["--port", port]);
  assert.equal(String(second.port), port);
  const again = await second.open("/ws");
  assert.equal((await again.json()).type, "connection_ack");
  await second.stop();
});

test("a server killed in mid-session can be started again on the same port", async () => {
  const first = await start();
  const client = await first.open("/ws");
  await first.stop("SIGKILL");
  assert.equal((await client.closed).code, 1006);
  const second = await start(["--port", String(first.port)]);
  await (await second.open("/ws")).settled();
  await second.stop();
});

test("a taken port is explained, and the exit code is 2", async () => {
  const server = await start();
  const late = run("server", ["--port", String(server.port)]);
  const { code } = await late.exited;
  assert.equal(code, 2);
  const text = late.logs.join("\n");
  assert.match(text, new RegExp(`port ${server.port} is already taken`));
  assert.match(text, /--port/);
  await server.stop();
});

test("an address that is not there is explained as well", async () => {
  const program = run("server", ["--host", "203.0.113.1", "--port", "0"]);
  assert.equal((await program.exited).code, 2);
  assert.match(program.logs.join("\n"), /--host/);
});

test("a restart closes with 1001, and the same process listens on the same port again", async (t) => {
  const server = await start(["--faults"]);
  t.after(() => server.stop());
  const client = await server.open("/ws");
  const state = await server.fault("restart?down=1000");
  assert.equal(typeof state.handshake.mode, "string");
  assert.equal((await client.closed).code, 1001);
  await server.logged(/down for 1000 ms/);
  await assert.rejects(server.open("/ws"), { code: "ECONNREFUSED" });
  await server.logged(/listening again/);
  const again = await server.open("/ws");
  await again.settled();
  assert.ok((await server.health()).uptime >= 0);
  assert.equal((await server.health()).total, 1);
});

test("a hard restart resets instead", async (t) => {
  const server = await start(["--faults"]);
  t.after(() => server.stop());
  const clients = await Promise.all(ENDPOINTS.map((path) => server.open(path)));
  await server.fault("restart?hard=true");
  for (const { closed } of clients) assert.equal((await closed).code, 1006);
  await server.logged(/listening again/);
  await until(async () => (await server.health()).total === 0);
  assert.equal((await server.health()).errors, 0);
});

test("a hanging handshake does not delay a restart", async (t) => {
  const server = await start(["--faults"]);
  t.after(() => server.stop());
  await server.fault("handshake?mode=hang");
  const hanging = server.ws("/ws");
  await until(async () => hanging._req?.socket?.bytesWritten > 0);
  const started = Date.now();
  await server.fault("restart");
  await server.logged(/listening again/);
  assert.ok(Date.now() - started < 3000);
  await hanging.closed;
});

test("a restart while down does not stop a signal", async () => {
  const server = await start(["--faults"]);
  await server.fault("restart?down=60000");
  await server.logged(/down for/);
  assert.equal((await server.stop()).code, 0);
});
