// Devices that tell telemetry and take commands, and their viewers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("a command goes to the device, and its acknowledgement to all viewers", async (t) => {
  const device = await join("device");
  const viewers = [await join("viewer"), await join("viewer")];
  t.after(() => [device, ...viewers].map((client) => client.terminate()));
  const command = { type: "command", command: "led", value: true, id: 42 };
  viewers[0].sendJson(command);
  assert.deepEqual(await device.json(), command);
  const ack = { type: "command_ack", command: "led", value: true, id: 42 };
  device.sendJson(ack);
  for (const viewer of viewers) assert.deepEqual(await viewer.json(), ack);
});

test("viewers receive every telemetry message, in order, as it was sent", async (t) => {
  const device = await join("device");
  const viewer = await join("viewer");
  t.after(() => [device, viewer].map((client) => client.terminate()));
  const texts = Array.from(
    { length: 100 },
    (_, number) => `{"type": "telemetry", "n": ${number}.0}`,
  );
  for (const text of texts) device.send(text);
  for (const text of texts) assert.equal(await viewer.next(), text);
});

test("a first message that is no hello makes a viewer, and is carried out", async (t) => {
  const device = await join("device");
  const viewer = await server.open("/ws/pico");
  t.after(() => [device, viewer].map((client) => client.terminate()));
  viewer.sendJson({ type: "command", command: "motor", value: 50 });
  assert.equal((await device.json()).value, 50);
  device.sendJson({ type: "telemetry" });
  assert.deepEqual(await viewer.json(), { type: "telemetry" });
});

test("a viewer learns that no device is there, and that a message makes no sense", async (t) => {
  const viewer = await join("viewer");
  t.after(() => viewer.terminate());
  const bad = [
    { type: "command", command: "led", value: true },
    { type: "command" },
    { type: "telemetry" },
  ];
  for (const message of bad) {
    viewer.sendJson(message);
    assert.equal((await viewer.json()).type, "error");
  }
  viewer.send("{");
  assert.equal((await viewer.json()).type, "error");
  viewer.send(Buffer.alloc(3));
  assert.equal((await viewer.json()).type, "error");
  await viewer.settled();
});

test("a device that comes back gets the commands again", async (t) => {
  const viewer = await join("viewer");
  t.after(() => viewer.terminate());
  for (let round = 1; round <= 3; round++) {
    const device = await join("device");
    viewer.sendJson({ type: "command", command: "motor", value: round });
    assert.equal((await device.json()).value, round);
    device.reset();
    await device.closed;
  }
});

async function join(role) {
  const client = await server.open("/ws/pico");
  client.sendJson({ type: "hello", role });
  await client.settled();
  return client;
}
