// 500 clients, in Node, whose server restarts: all are back with everything, and not all at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ReconnectingWebSocket } from "everline";
import ws from "ws";
import { until } from "../server/server.mjs";
import { browserName } from "./harness/browser.mjs";
import { startServer } from "./harness/server.mjs";

// Once is enough.
const options = { skip: browserName === "firefox" };
const CLIENTS = 500;
/** Within so many ms the server asks its clients back. */
const SPREAD = 3000;
const BINS = 10;
const SHARE = CLIENTS / BINS;

class Client {
  /** After how many ms it meant to try again, each time. */
  delays = [];
  heard = [];
  resets = [];

  constructor(url) {
    this.socket = new ReconnectingWebSocket(url, [], { WebSocket: ws, session: true });
    this.socket.onmessage = ({ data }) => this.heard.push(data);
    this.socket.addEventListener("reset", ({ detail }) => {
      this.resets.push({ ...detail, before: this.heard.length });
    });
    this.socket.addEventListener("reconnecting", ({ detail }) => this.delays.push(detail.delay));
  }
}

/** All clients with "1" and "2" sent, and known to have arrived. */
async function crowd(t) {
  const server = await startServer();
  t.after(() => server.stop());
  const url = `${server.url.replace("http", "ws")}/session`;
  const clients = Array.from({ length: CLIENTS }, () => new Client(url));
  t.after(() => {
    for (const { socket } of clients) socket.close();
  });
  sendAll(clients, "1", "2");
  const isKnown = ({ heard, socket }) => heard.length === 2 && socket.bufferedAmount === 0;
  await until(() => clients.every(isKnown), "the first messages and their acks");
  return { server, clients };
}

function sendAll(clients, ...texts) {
  for (const { socket } of clients) for (const text of texts) socket.send(text);
}

test("500 clients resume after a restart, spread over the server's time", options, async (t) => {
  const { server, clients } = await crowd(t);
  sendAll(clients, "3");
  await server.fault("restart?down=50");
  await until(() => clients.every(({ socket }) => socket.status !== "open"), "the end");
  sendAll(clients, "4");
  await until(() => clients.every(({ heard }) => heard.length >= 4), "all to be back");
  for (const { heard, resets } of clients) {
    assert.deepEqual(heard, ["1", "2", "3", "4"]);
    assert.deepEqual(resets, []);
  }
  // A busy machine lets some of them come later; what counts is when they mean to come.
  const bins = Array(BINS).fill(0);
  for (const { delays } of clients) bins[Math.floor((delays[0] / SPREAD) * BINS)]++;
  const distance = bins.reduce((sum, count) => sum + (count - SHARE) ** 2 / SHARE, 0);
  // With nine degrees of freedom chance alone is above 34 once in 10,000 times.
  assert.ok(distance < 40, `chi-square ${distance} of ${bins}`);
});

test("500 clients of a server that crashed: 500 resets, exact sets", options, async (t) => {
  const { server, clients } = await crowd(t);
  sendAll(clients, "3", "4");
  await server.fault("restart?hard=true&forget=true");
  // Perhaps they arrived before the crash; nobody knows, so they are sent again.
  await until(() => clients.every(({ resets }) => resets.length > 0), "all resets");
  sendAll(clients, "5");
  await until(() => clients.every(({ heard }) => heard.at(-1) === "5"), "all to be back");
  for (const { heard, resets } of clients) {
    const [{ delivered, undelivered, exact, before }, ...others] = resets;
    assert.deepEqual([delivered, exact, others], [[], false, []]);
    const after = heard.slice(before);
    assert.deepEqual(after, ["3", "4", "5"].slice(-after.length));
    for (const text of undelivered) assert.ok(after.includes(text));
    assert.deepEqual([...new Set(heard)], ["1", "2", "3", "4", "5"]);
  }
});
