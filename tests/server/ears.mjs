// A program for --transcriber that hears nothing: it counts, and misbehaves as it is told to.
//   node ears.mjs MANNER [FILE]

import { existsSync, readSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const [manner, file] = process.argv.slice(2);
const STDIN = 0;
let samples = 0;

const manners = {
  /** Says what it counts, and at the end what it was told. */
  count() {
    listen((bytes) => {
      samples += bytes / 2;
      say({ text: `${samples}`, final: false });
    });
    const { EVERLINE_SAMPLE_RATE: rate, EVERLINE_SOURCE_LANGUAGE: source } = process.env;
    const { EVERLINE_TARGET_LANGUAGE: target, EVERLINE_ENGINE: engine } = process.env;
    say({ text: "first", final: true, more: "ignored" });
    const told = [samples, rate, source, target, engine].join(" ");
    say({ text: told, final: true, translation: "zuletzt", language: "en-GB" });
  },
  /** Ends each second as an utterance. */
  utter() {
    let told = 0;
    listen((bytes) => {
      samples += bytes / 2;
      while (samples - told >= 16_000) {
        told += 16_000;
        say({ text: `second ${told / 16_000}`, final: true });
      }
    });
  },
  fail() {
    listen(() => {
      writeSync(2, "cannot go on\n");
      process.exit(3);
    });
  },
  quit() {
    listen(() => process.exit(0));
  },
  async endless() {
    say({ text: `${process.pid}`, final: true });
    listen(() => {});
    await delay(1e9);
  },
  async deaf() {
    say({ text: `${process.pid}`, final: true });
    await delay(1e9);
  },
  /** Reads only when the file is there. */
  async lag() {
    while (!existsSync(file)) await delay(10);
    manners.count();
  },
  babble() {
    writeSync(1, "what?\n[]\n{}\n\n");
    writeSync(1, Buffer.from([0xff, 0xfe, 10]));
    say({ text: "x".repeat(100_000), final: true });
    writeSync(2, `${"y".repeat(5000)}\n`);
    listen(() => {});
    // The end of the line is missing.
    writeSync(1, JSON.stringify({ text: "sorry", final: true }));
  },
  flood() {
    for (let count = 0; count < 20_000; count++) say({ text: `${count}`, final: false });
    listen((bytes) => {
      samples += bytes / 2;
    });
    for (let count = 0; count < 2000; count++) say({ text: `${count}`, final: true });
    say({ text: `${samples}`, final: true });
  },
};

await manners[manner]();

function listen(hear) {
  const buffer = Buffer.alloc(1 << 16);
  for (;;) {
    const bytes = readSync(STDIN, buffer);
    if (bytes === 0) return;
    hear(bytes);
  }
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
