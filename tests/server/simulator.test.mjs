// The simulator, end to end: what it films and measures arrives, and commands have an effect.

import assert from "node:assert/strict";
import { test } from "node:test";
import { run, start, until } from "./server.mjs";

test("its picture moves, and its telemetry is plausible", async (t) => {
  const { server } = await simulated(t);
  const viewer = await server.open("/ws/video");
  const frames = [await viewer.next(), await viewer.next(), await viewer.next()];
  for (const frame of frames) assert.equal(frame.readUInt16BE(0), 0xffd8);
  assert.ok(!frames[0].equals(frames[1]) && !frames[1].equals(frames[2]));

  const watcher = await watch(server);
  let last;
  for (let count = 0; count < 5; count++) {
    const { temperature, battery, distance, motor, led } = await watcher.json("telemetry");
    assert.ok(temperature > 15 && temperature < 60);
    assert.ok(battery > 0 && battery <= 100);
    assert.ok(distance > 0 && distance < 400);
    assert.ok(motor >= 0 && motor <= 100);
    assert.equal(led, false);
    if (last !== undefined) assert.ok(Math.abs(distance - last) < 20, "smooth");
    last = distance;
  }
});

test("commands are acknowledged and seen in the telemetry", async (t) => {
  const { server } = await simulated(t);
  const watcher = await watch(server);
  await watcher.json("telemetry");
  for (const [value, led] of [
    ["on", true],
    ["toggle", false],
    [true, true],
    ["off", false],
  ]) {
    watcher.sendJson({ type: "command", command: "led", value });
    const ack = await watcher.json("command_ack");
    assert.deepEqual([ack.ok, ack.value], [true, led]);
    while ((await watcher.json("telemetry")).led !== led);
  }
  watcher.sendJson({ type: "command", command: "motor", value: 90, id: "m1" });
  const ack = await watcher.json("command_ack");
  assert.deepEqual([ack.ok, ack.value, ack.id], [true, 90, "m1"]);
  while ((await watcher.json("telemetry")).motor < 60);
  watcher.sendJson({ type: "command", command: "motor", value: 900 });
  assert.equal((await watcher.json("command_ack")).ok, false);
});

test("it comes back by itself after a restart, a reset, a close and a silence", async (t) => {
  const { server } = await simulated(t);
  for (const fault of [
    "restart?down=100",
    "restart?hard=true",
    "drop",
    "close?code=4000",
    "mute?for=100",
  ]) {
    await server.fault(fault);
    await until(() => telemetryFlows(server), `telemetry after ${fault}`);
  }
  assert.equal((await server.health()).errors, 0);
});

test("it takes the token along", async (t) => {
  const { server } = await simulated(
    t,
    ["--token", "secret", "--token-on-loopback"],
    ["--token", "secret"],
  );
  const viewer = await server.open("/ws/video?token=secret");
  await viewer.next();
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} ends it, with a word to the server`, async (t) => {
    const { server, simulator } = await simulated(t);
    assert.deepEqual(await simulator.stop(signal), { code: 0, signal: null });
    await server.logged(/\/ws\/esp32cam #\d+: closed by the peer, 1001 "device switched off"/);
    await server.logged(/\/ws\/pico #\d+: closed by the peer, 1001/);
  });
}

test("the end of standard input ends it only if asked to", async (t) => {
  const { server, simulator } = await simulated(t);
  simulator.child.stdin.end();
  await (await watch(server)).json("telemetry");
  const follower = run("simulator", ["--server", server.url, "--exit-with-stdin"]);
  await follower.logged(/\/ws\/pico: connected/);
  follower.child.stdin.end();
  assert.deepEqual(await follower.exited, { code: 0, signal: null });
});

test("it can be ended while there is no server", async () => {
  const server = await start();
  await server.stop();
  const simulator = run("simulator", ["--server", server.url]);
  await simulator.logged(/\/ws\/pico: .*again in 500 ms/);
  assert.deepEqual(await simulator.stop(), { code: 0, signal: null });
});

async function simulated(t, serverFlags = [], flags = []) {
  const server = await start(["--faults", ...serverFlags]);
  const simulator = run("simulator", ["--server", server.url, ...flags]);
  t.after(async () => {
    if (simulator.child.exitCode === null) await simulator.stop();
    await server.stop();
  });
  await simulator.logged(/\/ws\/esp32cam: connected/);
  await simulator.logged(/\/ws\/pico: connected/);
  return { server, simulator };
}

async function watch(server) {
  const watcher = await server.open("/ws/pico");
  watcher.sendJson({ type: "hello", role: "viewer" });
  await watcher.settled();
  return watcher;
}

/** Whether a new viewer is told something before long. */
async function telemetryFlows(server) {
  const watcher = await watch(server).catch(() => null);
  if (watcher === null) return false;
  const told = watcher.json("telemetry").then(
    () => true,
    () => false,
  );
  const flows = await Promise.race([
    told,
    new Promise((resolve) => setTimeout(resolve, 500, false)),
  ]);
  watcher.terminate();
  return flows;
}
