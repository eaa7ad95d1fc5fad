// Spoken commands, recognised by PocketSphinx behind --transcriber.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./server.mjs";
import { pcm, silence, wav } from "./sound.mjs";
import { robot, speak } from "./speech.mjs";

const COMMANDS = [
  "go forward ten meters",
  "turn left ninety degrees",
  "stop",
  "lights on",
  "go back three centimeters",
];

let server;
before(async () => {
  server = await start(["--transcriber", robot]);
});
after(() => server.stop());

for (const voice of ["slt", "rms"]) {
  test(`commands with pauses are recognised one by one (${voice})`, async (t) => {
    const pause = silence(0.8);
    const sound = pcm(...COMMANDS.flatMap((command) => [speak(command, voice), pause]));
    const { settled, partial } = await recognise(t, {}, [...cut(sound, 3200)]);
    assert.deepEqual(settled, COMMANDS);
    assert.ok(partial.includes("go forward"), partial.join(", "));
  });
}

test("the last word is not lost, however the audio is cut", async (t) => {
  const sound = pcm(speak(COMMANDS[0]));
  for (const size of [sound.length, 999]) {
    const { settled, last } = await recognise(t, {}, [...cut(sound, size)]);
    assert.deepEqual(settled, COMMANDS.slice(0, 1));
    assert.equal(last.text, COMMANDS[0]);
  }
});

test("floats, and another rate, are understood as well", async (t) => {
  const sound = speak(COMMANDS[1]);
  const floats = Float32Array.from(sound, (sample) => sample / 32_768);
  const asFloats = await recognise(t, { format: "float32" }, [Buffer.from(floats.buffer)]);
  assert.deepEqual(asFloats.settled, [COMMANDS[1]]);
  // Every sample three times: crude, but it is speech.
  const tripled = Int16Array.from(
    { length: 3 * sound.length },
    (_, at) => sound[Math.floor(at / 3)],
  );
  const faster = await recognise(t, { sampleRate: 48_000 }, [pcm(tripled)]);
  assert.deepEqual(faster.settled, [COMMANDS[1]]);
});

test("a recording by HTTP is answered by its words", async () => {
  const body = wav(pcm(speak(COMMANDS[0])));
  const response = await server.fetch("/api/translate", { method: "POST", body });
  const [{ text, final, end }] = await response.json();
  assert.deepEqual([text, final, end], [COMMANDS[0], true, true]);
});

test("who says nothing is not misunderstood", async (t) => {
  const { settled, last } = await recognise(t, {}, [pcm(silence(2))]);
  assert.deepEqual([settled, last.text, last.facts.silentMs], [[], "", 2000]);
});

/** Says all this, and resolves to the texts that were final, and those that were not. */
async function recognise(t, init, messages) {
  const client = await server.open("/ws/audio");
  t.after(() => client.terminate());
  client.sendJson({ type: "init", ...init });
  assert.equal((await client.json()).engine, "pocket-sphinx");
  for (const message of messages) client.send(message);
  client.sendJson({ type: "end" });
  const [settled, partial] = [[], []];
  for (;;) {
    const last = await client.json();
    assert.equal(last.type, "transcription");
    if (last.text !== "") (last.final ? settled : partial).push(last.text);
    if (last.end) return { settled, partial, last };
  }
}

function* cut(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
