// What docs/MIGRATION.md promises: code that was written for another package compiles with our import in
// place of theirs, and does the same with a real server.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import ws from "ws";
import { Journal } from "../e2e/harness/journal.mjs";
import { startWebSocketServer } from "../protocols/server.mjs";
import { complaints, project } from "./compiler.mjs";

const packages = {
  "reconnecting-websocket": "reconnecting-websocket",
  partysocket: "partysocket/ws",
};
const folder = project("target/migration");

for (const [name, theirs] of Object.entries(packages)) {
  const code = readFileSync(new URL(`migration/${name}.ts`, import.meta.url), "utf8");
  const migrated = code.replace(`from "${theirs}"`, 'from "everline"');
  assert.notEqual(migrated, code);
  writeFileSync(join(folder, `${name}.ts`), code);
  writeFileSync(join(folder, `${name}-migrated.ts`), migrated);
}

test("the code compiles with their import and with ours", () => {
  assert.deepEqual(complaints(folder), []);
});

for (const name of Object.keys(packages)) {
  test(`${name}: our class does the same`, { timeout: 120_000 }, async () => {
    const theirs = await converse(name);
    assert.deepEqual(await converse(`${name}-migrated`), theirs);
  });
}

/** Has the code talk to a server that drops it, lets it reconnect, and says when it is enough. */
async function converse(name) {
  const outfile = join(folder, `${name}.mjs`);
  const options = { bundle: true, format: "esm", platform: "node", logLevel: "error" };
  await build({ ...options, entryPoints: [join(folder, `${name}.ts`)], outfile });
  const { talk } = await import(pathToFileURL(outfile).href);
  const { server, url, stop } = await startWebSocketServer();
  const received = new Journal("what the server received");
  let connections = 0;
  server.on("connection", (socket) => {
    const connection = ++connections;
    socket.on("message", (data) => {
      received.push(`${connection}: ${data}`);
      if (`${data}` === "from open") react(socket, connection);
      else socket.send(`echo ${data}`);
    });
    socket.on("close", (code) => received.push(`${connection}: close ${code}`));
  });
  try {
    const heard = await talk(url, ws, ["one", "two"]);
    await received.next((entry) => entry.startsWith("3: close"));
    return { heard, received: received.entries };
  } finally {
    await stop();
  }
}

/** The first connection is dropped, the second is told to come again, the third has done. */
function react(socket, connection) {
  if (connection === 1) socket.terminate();
  else socket.send(connection === 2 ? "again" : "bye");
}
