// The recipe for mqtt.js in a page, against the broker Aedes: what was sent with QoS 1, on both sides of
// a lost connection, arrives.

import assert from "node:assert/strict";
import { createWebSocketStream } from "ws";
import { bundleRecipe } from "../docs/recipe.mjs";
import { Journal } from "../e2e/harness/journal.mjs";
import { startProxy } from "../e2e/harness/proxy.mjs";
import { e2e } from "../e2e/harness/test.mjs";
import { load } from "../package/load.mjs";
import { startWebSocketServer } from "./server.mjs";

const { Aedes } = await load("aedes");

e2e("mqtt.js: messages with QoS 1 arrive over lost connections", async ({ page, site }) => {
  const broker = await Aedes.createBroker();
  const { server, url, stop } = await startWebSocketServer();
  server.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    stream.on("error", () => {});
    broker.handle(stream, request);
  });
  const proxy = await startProxy(url);
  const arrived = new Journal("messages at the broker");
  broker.on("publish", ({ topic, payload }) => {
    if (topic === "up") arrived.push(payload.toString());
  });
  const publish = (payload) =>
    new Promise((resolve) => broker.publish({ topic: "down", payload, qos: 1 }, resolve));
  try {
    const recipe = await bundleRecipe("mqtt", { "wss://example.com/": proxy.url });
    const address = site.add("/mqtt.js", recipe, { "content-type": "text/javascript" });
    await page.evaluate(subscribe, address);
    const up = (payload) => page.evaluate((text) => void publish(text), payload);
    // At least once: what was not confirmed before the loss comes again.
    const down = (last) => page.evaluate((last) => heardUntil(last), last);

    await up("1");
    await arrived.count(1);
    await publish("a");
    assert.deepEqual(await down("a"), ["a"]);

    // Refused twice, while both sides publish.
    const refused = [1, 2];
    const { upgrades } = proxy;
    proxy.webSocket = () => (refused.includes(upgrades.entries.length - 1) ? "refuse" : "pass");
    proxy.cut();
    await up("2");
    await publish("b");
    await up("3");
    await publish("c");
    assert.deepEqual(await down("c"), ["a", "b", "c"]);
    await arrived.next((text) => text === "3");
    assert.deepEqual([...new Set(arrived.entries)], ["1", "2", "3"]);
    assert.equal(upgrades.entries.length, 4);
    assert.equal(proxy.live.length, 1);

    await page.evaluate(() => client.endAsync());
    await upgrades.entries.at(-1).gone;
  } finally {
    await proxy.stop();
    await stop();
    await new Promise((resolve) => broker.close(resolve));
  }
});

/** Runs in the page: `publish` sends, and `heardUntil` tells what came until something did. */
async function subscribe(address) {
  const { Journal } = await import("/harness/journal.mjs");
  const { client } = await import(address);
  globalThis.client = client;
  const heard = new Journal("messages in the page");
  globalThis.heardUntil = async (last) => {
    await heard.next((text) => text === last);
    return [...new Set(heard.entries)];
  };
  globalThis.publish = (payload) => client.publish("up", payload, { qos: 1 });
  client.on("message", (_, payload) => heard.push(payload.toString()));
  await client.subscribeAsync("down", { qos: 1 });
}
