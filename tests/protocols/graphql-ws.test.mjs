// The recipe for graphql-ws, against its server: subscriptions go on after lost connections.

import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { test } from "node:test";
import { importRecipe } from "../docs/recipe.mjs";
import { Journal } from "../e2e/harness/journal.mjs";
import { startProxy } from "../e2e/harness/proxy.mjs";
import { load } from "../package/load.mjs";
import { startWebSocketServer } from "./server.mjs";
import "./websocket.mjs";

const { GraphQLInt, GraphQLObjectType, GraphQLSchema } = await load("graphql");
const { useServer } = await load("graphql-ws/use/ws");

/** What is published, and a record of each subscription that reached the server. */
const topic = new EventEmitter();
const subscriptions = new Journal("subscriptions");

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: { answer: { type: GraphQLInt, resolve: () => 42 } },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { count: { type: GraphQLInt, resolve: ([count]) => count, subscribe } },
  }),
});

function subscribe() {
  const counts = on(topic, "count");
  subscriptions.push("count");
  return counts;
}

test("graphql-ws: subscriptions go on, by one connection at a time", {
  timeout: 120_000,
}, async () => {
  const { server, url, stop } = await startWebSocketServer();
  useServer({ schema }, server);
  const proxy = await startProxy(url);
  const { client } = await importRecipe("graphql", { "wss://example.com/": proxy.url });
  const results = new Journal("results");
  const ends = [];
  try {
    const unsubscribe = client.subscribe(
      { query: "subscription { count }" },
      {
        next: ({ data }) => results.push(data.count),
        error: (error) => ends.push(error),
        complete: () => ends.push("complete"),
      },
    );
    await subscriptions.count(1);
    topic.emit("count", 1);
    await results.count(1);

    // Twice it is refused before it is back.
    const refused = [1, 2];
    const { upgrades } = proxy;
    proxy.webSocket = () => (refused.includes(upgrades.entries.length - 1) ? "refuse" : "pass");
    proxy.cut();
    await subscriptions.count(2);
    topic.emit("count", 2);
    assert.deepEqual(await results.count(2), [1, 2]);
    assert.equal(upgrades.entries.length, 4);
    assert.equal(proxy.live.length, 1);

    const query = client.iterate({ query: "{ answer }" });
    assert.deepEqual((await query.next()).value.data, { answer: 42 });
    assert.equal(upgrades.entries.length, 4);

    unsubscribe();
    await upgrades.entries.at(-1).gone;
    assert.deepEqual(ends, ["complete"]);
    assert.equal(proxy.live.length, 0);
  } finally {
    await client.dispose();
    await proxy.stop();
    await stop();
  }
});

test("graphql-ws: a connection that is dead is noticed", { timeout: 120_000 }, async () => {
  const { server, url, stop } = await startWebSocketServer();
  useServer({ schema }, server);
  const proxy = await startProxy(url);
  // Nobody waits for half a minute here.
  const sooner = { "20_000": "500", "25_000": "1_000", "10_000": "2_000" };
  const { client } = await importRecipe("graphql", { "wss://example.com/": proxy.url, ...sooner });
  const results = new Journal("results");
  const before = subscriptions.entries.length;
  try {
    const sink = { next: ({ data }) => results.push(data.count), error() {}, complete() {} };
    client.subscribe({ query: "subscription { count }" }, sink);
    await subscriptions.count(before + 1);
    proxy.upgrades.entries[0].stall();
    await subscriptions.count(before + 2);
    topic.emit("count", 7);
    await results.next((count) => count === 7);
  } finally {
    await client.dispose();
    await proxy.stop();
    await stop();
  }
});
