// The package in Node: imported and required, with the WebSocket of `ws` and with Node's own.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { WebSocketServer } from "ws";
import { packed, root, runIn } from "./harness/project.mjs";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
let address;

before(async () => {
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(`${data}`)));
  if (!server.address()) await once(server, "listening");
  address = `ws://127.0.0.1:${server.address().port}/`;
});
after(() => server.close());

/** A Node that has a WebSocket: this one, or else one that is installed for this. */
const bundled = join(
  root,
  `tests/package/node_modules/node-${process.platform}-${process.arch}/bin/node`,
);
const newer = Number.parseInt(process.versions.node, 10) >= 22 ? process.execPath : bundled;
const nodes = { "this Node": process.execPath, "Node with a WebSocket": newer };

for (const [name, node] of Object.entries(nodes)) {
  const skip = !existsSync(node) && "there is none for this machine";
  for (const [script, what, ...args] of [
    ["esm.mjs", "imported"],
    ["common.cjs", "required"],
    ["separate.mjs", "imported with its wasm beside it"],
    ["separate.cjs", "required with its wasm beside it"],
    ["separate.cjs", "required with its wasm from elsewhere", "elsewhere"],
  ]) {
    test(`${name}, ${what}: it connects, echoes, closes, and lets the process end`, {
      skip,
    }, async () => {
      assert.equal(await output(node, script, address, ...args), "1000 hello\n");
    });
  }
}

test("nothing has to be passed to a Node with a WebSocket", {
  skip: !existsSync(newer) && "there is none for this machine",
}, async () => {
  assert.equal(await output(newer, "own.mjs", address), "1000 hello\n1000 hello\n");
});

test("the error filter by itself, required", async () => {
  assert.equal(await output(process.execPath, "errors.cjs"), "");
});

test("importing works where there is no WebSocket, and constructing says so", async () => {
  assert.match(await output(process.execPath, "rendering.mjs"), /^Error .*WebSocket/);
});

async function output(node, ...args) {
  const { stdout } = await runIn("node", node, args, { EXPECTED_VERSION: packed.version });
  return stdout;
}
