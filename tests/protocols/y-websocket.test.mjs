// The recipe for y-websocket, against its server: documents that were changed on both sides of a lost
// connection become the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { importRecipe } from "../docs/recipe.mjs";
import { startProxy } from "../e2e/harness/proxy.mjs";
import { load } from "../package/load.mjs";
import { startWebSocketServer } from "./server.mjs";
import "./websocket.mjs";

const { docs, setupWSConnection } = await load("@y/websocket-server/utils");

test("y-websocket: documents that changed apart become the same", {
  timeout: 120_000,
}, async () => {
  const { server, url, stop } = await startWebSocketServer();
  server.on("connection", (socket, request) => setupWSConnection(socket, request));
  const proxy = await startProxy(url);
  const address = proxy.url.replace(/\/$/, "");
  const { doc, provider } = await importRecipe("document", { "wss://example.com": address });
  try {
    const here = doc.getText("text");
    here.insert(0, "before");
    await settled(provider);
    const remote = docs.get("notes");
    const there = remote.getText("text");
    await same(here, there);

    // Refused twice, while both sides write.
    const refused = [1, 2];
    const { upgrades } = proxy;
    proxy.webSocket = () => (refused.includes(upgrades.entries.length - 1) ? "refuse" : "pass");
    proxy.cut();
    await disconnected(provider);
    here.insert(0, "here ");
    there.insert(there.length, " there");
    assert.notEqual(here.toString(), there.toString());
    await settled(provider);
    await same(here, there);
    assert.equal(here.toString(), "here before there");

    there.insert(0, "it goes on ");
    await same(here, there);
    assert.equal(upgrades.entries.length, 4);
    assert.equal(proxy.live.length, 1);

    provider.destroy();
    await upgrades.entries.at(-1).gone;
    assert.equal(proxy.live.length, 0);
  } finally {
    provider.destroy();
    // With them go the timers of who is there.
    for (const document of [doc, ...docs.values()]) document.destroy();
    await proxy.stop();
    await stop();
  }
});

async function settled(provider) {
  if (!provider.synced) await new Promise((resolve) => provider.once("sync", resolve));
}

async function disconnected(provider) {
  while (provider.wsconnected) await new Promise((resolve) => provider.once("status", resolve));
}

/** Resolves once both texts are equal. */
async function same(...texts) {
  const [here, there] = texts;
  while (here.toString() !== there.toString()) {
    await new Promise((resolve) => {
      for (const text of texts) text.observe(resolve);
    });
  }
}
