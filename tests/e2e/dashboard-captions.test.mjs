// The dashboard's captions: a recording that is dropped in becomes words, or what is measured where
// nothing recognises them; faults on the way are told where they fell.

import assert from "node:assert/strict";
import { pcm, silence, sine, wav } from "../server/sound.mjs";
import { robot, speak } from "../server/speech.mjs";
import { browserName } from "./harness/browser.mjs";
import {
  dashboard,
  press,
  untilBack,
  untilOver,
  untilText,
  untilTrue,
} from "./harness/dashboard.mjs";
import { permit } from "./harness/speech.mjs";

const COMMANDS = ["go forward ten meters", "turn left ninety degrees", "lights on"];
const ENGINE = ["--transcriber", robot];

dashboard(
  "spoken commands are written down",
  async ({ page }) => {
    const sound = spoken(COMMANDS);
    await page.select("#captions-pace", "once");
    await drop(page, sound);
    await untilIdle(page);
    assert.deepEqual(await lines(page, "final"), COMMANDS);
    assert.deepEqual(await lines(page, "gap"), []);
    await untilText(page, "#captions-engine", "By pocket-sphinx.");
    assert.deepEqual(await figures(page), { sent: length(sound), waiting: 0, lost: 0 });
  },
  ENGINE,
);

dashboard(
  "with WebSocket blocked they are written down as well",
  async ({ page }) => {
    await press(page, "block-websocket");
    await untilOver(page, "http");
    await page.select("#captions-pace", "once");
    await drop(page, spoken(COMMANDS));
    await untilText(page, "#captions-transport", "HTTP");
    await untilIdle(page);
    assert.deepEqual(await lines(page, "final"), COMMANDS);
    await press(page, "block-websocket");
    await untilBack(page);
    await untilText(page, "#journal", "/ws/audio back on WebSocket");
  },
  ENGINE,
);

dashboard("a server that recognises nothing tells what it measures", async ({ page }) => {
  const sound = sine(3);
  await page.select("#captions-pace", "once");
  await drop(page, sound);
  await untilIdle(page);
  const [measured] = await lines(page, "facts");
  assert.match(measured, /^Measured: 3\.0.s, level −9 dB, peak −6 dB, 0\.0.s of it silent$/);
  await untilText(page, "#captions-engine", "--transcriber");
});

dashboard("a line that is dropped comes back in the middle of a recording", async ({ page }) => {
  await drop(page, sine(8));
  await untilText(page, "#captions-text", "Measured so far");
  await page.select("#fault-target", "/ws/audio");
  await press(page, "drop");
  await untilText(page, "#journal", "/ws/audio open again");
  await untilIdle(page);
  // What was measured before the fault, and after it.
  const [before, after] = await lines(page, "facts");
  assert.match(before, /^Measured so far/);
  assert.match(after, /^Measured: /);
  const { sent, waiting, lost } = await figures(page);
  assert.equal(waiting, 0);
  assert.ok(Math.abs(sent + lost - 8) < 0.2, `${sent} s sent, ${lost} s lost`);
});

dashboard("what is lost while nothing gets through is told where it fell", async ({ page }) => {
  await drop(page, sine(150));
  await untilText(page, "#captions-text", "Measured so far");
  await page.select("#fault-http", "refuse");
  await press(page, "block-websocket");
  await untilText(page, "#captions-state", "the line is down");
  const isLost = () =>
    Number.parseFloat(document.querySelector("#captions-lost").textContent) > 0.5;
  await untilTrue(page, isLost);
  await page.select("#fault-http", "none");
  await press(page, "block-websocket");
  await untilText(page, "#captions-state", "Listening over");
  await untilText(page, "#captions-text", "missing: the line was down for too long");
  await page.click("#captions-microphone");
  await untilIdle(page);
  const kinds = await page.$$eval("#captions-text li", (items) =>
    items.map(({ dataset: { kind } }) => kind),
  );
  const places = [kinds.indexOf("facts"), kinds.indexOf("gap"), kinds.lastIndexOf("facts")];
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
    `${kinds}`,
  );
  const told = (await lines(page, "gap")).map((line) => Number.parseFloat(line));
  const { lost, waiting } = await figures(page);
  const sum = told.reduce((sum, seconds) => sum + seconds);
  assert.ok(Math.abs(sum - lost) < 0.1 * told.length, `${told} s told of ${lost} s`);
  assert.equal(waiting, 0);
  await untilBack(page);
});

dashboard("what cannot be heard is said in plain words", async ({ page }) => {
  await dropFile(page, Buffer.from("no sound"));
  await untilText(page, "#captions-text", "no sound in this file");
  // In Firefox nobody may use it anyway.
  if (browserName === "chrome") await permit(page, "denied");
  await page.click("#captions-microphone");
  await untilText(page, "#captions-text", "The microphone may not be used");
  await untilIdle(page);
});

/** Words with pauses between them. */
function spoken(texts) {
  const parts = texts.flatMap((text) => [...speak(text), ...silence(0.8)]);
  return Int16Array.from(parts);
}

/** Drops a recording onto the captions. */
function drop(page, samples) {
  return dropFile(page, wav(pcm(samples)));
}

async function dropFile(page, bytes) {
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "recording.wav", { type: "audio/wav" }));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("#captions-wave").dispatchEvent(event);
  }, bytes.toString("base64"));
  await untilText(page, "#captions-text", "recording.wav");
}

/** Waits until a talk has come to its end. */
function untilIdle(page) {
  const isIdle = () =>
    document.querySelector("#captions").dataset.state === "idle" &&
    document.querySelector("#captions-text").childElementCount > 1;
  return untilTrue(page, isIdle);
}

/** The lines of a kind. */
function lines(page, kind) {
  return page.$$eval(`#captions-text [data-kind="${kind}"]`, (items) =>
    items.map(({ textContent }) => textContent),
  );
}

/** In seconds. */
function figures(page) {
  return page.evaluate(() =>
    Object.fromEntries(
      ["sent", "waiting", "lost"].map((name) => [
        name,
        Number.parseFloat(document.querySelector(`#captions-${name}`).textContent),
      ]),
    ),
  );
}

/** In seconds, as the page says it. */
const length = (samples) => Number((samples.length / 16_000).toFixed(1));
