// Cameras and viewers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./server.mjs";

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("what a camera films, all viewers see", async (t) => {
  const camera = await server.open("/ws/esp32cam");
  const viewers = await Promise.all([1, 2, 3].map(() => server.open("/ws/video?source=esp32cam")));
  t.after(() => endAll(camera, ...viewers));
  for (let number = 1; number <= 5; number++) {
    camera.send(frame(number, 10_000));
    for (const viewer of viewers) assert.deepEqual(await viewer.next(), frame(number, 10_000));
  }
});

test("a new viewer sees the newest frame at once", async (t) => {
  const camera = await server.open("/ws/esp32cam");
  camera.send(frame(1));
  camera.send(frame(2));
  await camera.settled();
  const viewer = await server.open("/ws/video");
  t.after(() => endAll(camera, viewer));
  assert.deepEqual(await viewer.next(), frame(2));
});

test("for a slow viewer the newest frame wins", async (t) => {
  const camera = await server.open("/ws/esp32cam");
  const slow = await server.open("/ws/video");
  t.after(() => endAll(camera, slow));
  slow.pause();
  const last = 100;
  for (let number = 1; number <= last; number++) camera.send(frame(number, 500_000));
  await camera.settled();
  slow.resume();
  let seen = 0;
  let number = 0;
  while (number !== last) {
    const next = (await slow.next()).readUInt32BE(3);
    assert.ok(next > number, `frame ${next} after ${number}`);
    number = next;
    seen += 1;
  }
  assert.ok(seen < last / 2, `${seen} of ${last} frames`);
});

test("a video connection stays, with and without frames, and when the camera comes back", async (t) => {
  const strict = await start(["--keepalive", "1000"]);
  t.after(() => strict.stop());
  const viewer = await strict.open("/ws/video");
  // Silence is bridged by the server's pings.
  let pings = 0;
  viewer.on("ping", () => pings++);
  await until(() => pings >= 2);
  for (let number = 1; number <= 3; number++) {
    const camera = await strict.open("/ws/esp32cam");
    camera.send(frame(number));
    assert.deepEqual(await viewer.next(), frame(number));
    camera.reset();
    await until(async () => (await strict.health()).connections["/ws/esp32cam"] === 0);
  }
  assert.equal(viewer.readyState, 1);
  assert.equal((await strict.health()).connections["/ws/video"], 1);
});

test("sources do not mix", async (t) => {
  const front = await server.open("/ws/esp32cam?source=front");
  const viewer = await server.open("/ws/video?source=front");
  const other = await server.open("/ws/video?source=rear");
  t.after(() => endAll(front, viewer, other));
  front.send(frame(7));
  assert.deepEqual(await viewer.next(), frame(7));
  other.sendJson({ type: "ping" });
  assert.equal(await other.next(), '{"type":"pong"}');
});

test("what is no JPEG is refused, and the camera stays connected", async (t) => {
  const camera = await server.open("/ws/esp32cam");
  const viewer = await server.open("/ws/video");
  t.after(() => endAll(camera, viewer));
  camera.send(Buffer.from("GIF89a"));
  assert.match((await camera.json("error")).message, /JPEG/);
  camera.send(frame(3));
  assert.deepEqual(await viewer.next(), frame(3));
});

function frame(number, size = 1000) {
  const jpeg = Buffer.alloc(size);
  jpeg.set([0xff, 0xd8, 0xff]);
  jpeg.writeUInt32BE(number, 3);
  return jpeg;
}

/** The next test finds no last frame of this one. */
async function endAll(...clients) {
  for (const client of clients) client.close();
  await until(async () => (await server.health()).total === 0);
}
