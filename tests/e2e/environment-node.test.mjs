// Node, with the WebSocket class of the package `ws`. Each test runs a program of its own, and waits
// for it to end by itself: nothing of ours may keep it alive.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName } from "./harness/browser.mjs";
import { startPeer } from "./harness/peer.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Once is enough.
const options = { skip: browserName === "firefox" };
const imports = `
  import ws from "ws";
  import { ReconnectingWebSocket } from "everline";
  const [url] = process.argv.slice(1);
  const make = (options) => new ReconnectingWebSocket(url, [], { WebSocket: ws, ...options });
  const next = (socket, type) =>
    new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));`;

let peer;
before(async () => {
  peer = await startPeer();
});
after(() => peer.stop());

/** Runs a program; resolves to what it printed, once it has ended without an error. */
async function run(program, { type = "module", flags = [] } = {}) {
  const args = [...flags, `--input-type=${type}`, "--eval", program, peer.url];
  const child = spawn(process.execPath, args, { cwd: root, timeout: 15_000 });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const [code, signal] = await once(child, "close");
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
  return stdout.trim();
}

const inNode = (name, work) =>
  test(name, options, async () => {
    peer.handshake = "accept";
    await work();
  });

inNode("messages both ways, and the end", async () => {
  const printed = await run(`${imports}
    const socket = make();
    socket.binaryType = "arraybuffer";
    socket.send("early");
    console.log((await next(socket, "message")).data);
    socket.send(new Uint8Array([1, 2, 3]));
    console.log(new Uint8Array((await next(socket, "message")).data).join());
    socket.close(4000, "done");
    const { code, reason, wasClean } = await next(socket, "close");
    console.log(code, reason, wasClean, socket.status);`);
  assert.equal(printed, "early\n1,2,3\n4000 done true closed");
});

inNode("required by CommonJS", async () => {
  const program = `
    const ws = require("ws");
    const { ReconnectingWebSocket, version } = require("everline");
    const socket = new ReconnectingWebSocket(process.argv[1], [], { WebSocket: ws });
    socket.onopen = () => socket.close();
    socket.onclose = () => console.log("closed", typeof version);`;
  assert.equal(await run(program, { type: "commonjs" }), "closed string");
});

inNode("imported without a WebSocket, and a clear error at the first use", async () => {
  const printed = await run(`
    delete globalThis.WebSocket;
    const { ReconnectingWebSocket } = await import("everline");
    try {
      new ReconnectingWebSocket("ws://localhost/");
    } catch (error) {
      console.log(error.constructor.name, error.message);
    }`);
  assert.match(printed, /^Error everline: there is no WebSocket class here.*'ws'/);
});

for (const [when, handshake, program] of [
  ["while connecting", "hang", "socket.close();"],
  ["in the open event", "accept", "socket.onopen = () => socket.close();"],
  ["between two attempts", 503, `await next(socket, "reconnecting"); socket.close();`],
  ["after it failed", 503, `await next(socket, "failed");`],
])
  inNode(`nothing keeps Node alive after the end ${when}`, async () => {
    peer.handshake = handshake;
    const retries = when === "after it failed" ? 0 : 5;
    const heartbeat = `heartbeat: { interval: 60_000, message: "ping" }`;
    const printed = await run(`${imports}
      const socket = make({ maxRetries: ${retries}, minReconnectionDelay: 60_000, ${heartbeat} });
      ${program}
      process.on("exit", () => console.log(socket.status));`);
    assert.match(printed, /^(closed|failed)$/);
  });

for (const [what, handshake] of [
  ["hangs", "hang"],
  ["is refused", "refuse"],
  ["is answered with 503", 503],
])
  inNode(`a handshake that ${what} crashes nothing`, async () => {
    peer.handshake = handshake;
    const printed = await run(`${imports}
      const socket = make({ connectionTimeout: 100, maxRetries: 2, minReconnectionDelay: 100 });
      let errors = 0;
      socket.onerror = () => errors++;
      socket.reconnect();
      const { detail } = await next(socket, "failed");
      console.log(detail.cause, errors);`);
    assert.equal(printed, "max-retries 3");
  });

inNode("a connection that is cut comes back", async () => {
  const printed = run(`${imports}
    const socket = make({ minReconnectionDelay: 100 });
    console.log((await next(socket, "close")).code);
    await next(socket, "open");
    socket.close();`);
  const before = peer.connections.entries.length;
  await peer.connections.count(before + 1);
  peer.connections.entries.at(-1).terminate();
  assert.equal(await printed, "1006");
});

inNode("a socket that was dropped is collected, and closes", async () => {
  const program = `${imports}
    new ReconnectingWebSocket(url, [], { WebSocket: ws });
    const socket = make();
    await next(socket, "open");
    const server = setInterval(gc, 20);
    await next(socket, "message");
    clearInterval(server);
    socket.close();
    console.log("done");`;
  const printed = run(program, { flags: ["--expose-gc"] });
  const before = peer.connections.entries.length;
  const [one, other] = (await peer.connections.count(before + 2)).slice(before);
  await Promise.race([one.closed, other.closed]);
  for (const connection of [one, other]) connection.send("the other one is gone");
  assert.equal(await printed, "done");
});
