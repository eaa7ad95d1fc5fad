// Records, as they come in the answer to a request.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDice } from "../e2e/harness/dice.mjs";
import { answered, CUT, FINISHED, join, record } from "./session.mjs";

const [TEXT, BINARY, CONTROL] = [0, 1, 2];
const text = "aé€😀\ufeff\u0001a1";
const records = [
  record(CONTROL, "a12"),
  record(TEXT, text),
  record(TEXT, ""),
  record(BINARY, [0, 255, 1]),
  record(BINARY, []),
  record(CONTROL, "p12"),
];
const body = join(...records);
const heard = [
  ["a", 12, ""],
  ["data", text],
  ["data", ""],
  ["data", Uint8Array.of(0, 255, 1).buffer],
  ["data", new ArrayBuffer(0)],
  ["p", 12, ""],
];

test("a body comes apart at any byte", async () => {
  const whole = [...heard, ["told", FINISHED]];
  assert.deepEqual(await answered(body), whole);
  assert.deepEqual(await answered(...Array.from(body, (byte) => Uint8Array.of(byte))), whole);
  for (let at = 1; at < body.length; at++) {
    assert.deepEqual(await answered(body.slice(0, at), body.slice(at)), whole, `at byte ${at}`);
  }
});

test("an answer may be empty, also in pieces", async () => {
  assert.deepEqual(await answered(), [["told", FINISHED]]);
  assert.deepEqual(await answered(new Uint8Array(), new Uint8Array()), [["told", FINISHED]]);
});

test("of a body that was cut short, what is complete counts", async () => {
  for (let length = 1; length < body.length; length++) {
    const log = await answered(body.slice(0, length));
    const told = log.pop();
    assert.deepEqual(log, heard.slice(0, log.length), `${length} bytes`);
    const isWhole = join(...records.slice(0, log.length)).length === length;
    assert.deepEqual(told, ["told", isWhole ? FINISHED : CUT], `${length} bytes`);
  }
});

test("a flipped bit throws nothing, and is told if it can be known", async () => {
  for (let place = 0; place < body.length; place++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = body.slice();
      flipped[place] ^= 1 << bit;
      const [kind, value] = (await answered(flipped)).at(-1);
      const isTold = kind === "bad" || (kind === "told" && (value === CUT || value === FINISHED));
      assert.ok(isTold, `bit ${bit} of byte ${place}: ${kind} ${value}`);
    }
  }
});

test("a body that never was one is cut short", async () => {
  const page = new TextEncoder().encode("<!doctype html><title>Please log in</title>");
  assert.deepEqual(await answered(page), [["told", CUT]]);
  assert.deepEqual(await answered(record(3, "x")), [["told", CUT]]);
  assert.deepEqual(await answered(record(TEXT, "x"), record(255, "")), [
    ["data", "x"],
    ["told", CUT],
  ]);
});

test("a text that is no UTF-8 is unintelligible, and the last that is heard", async () => {
  for (const bytes of [
    [0x80],
    [0xc3],
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
  ]) {
    for (const kind of [TEXT, CONTROL]) {
      const log = await answered(join(record(kind, bytes), record(TEXT, "after")));
      assert.deepEqual(log, [["bad", ""]], `${kind}: ${bytes}`);
    }
  }
});

test("a length beyond all messages is unintelligible, and takes no memory", async () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const length of [0x1000001, 0x7fffffff, 0xffffffff]) {
    const head = new Uint8Array(5);
    new DataView(head.buffer).setUint32(1, length);
    assert.deepEqual(await answered(head, new Uint8Array(10)), [["bad", ""]]);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

test("a large message in small pieces is put together once", async () => {
  const message = new Uint8Array(4_000_000).map((_, index) => index * 7);
  const whole = record(BINARY, message);
  const pieces = Array.from({ length: Math.ceil(whole.length / 1000) }, (_, index) =>
    whole.slice(index * 1000, (index + 1) * 1000),
  );
  const [[, data]] = await answered(...pieces);
  assert.deepEqual(new Uint8Array(data), message);
});

test("nothing is heard after an end", async () => {
  const end = record(CONTROL, 'x{"code":4409,"reason":"superseded"}');
  const log = await answered(join(end, record(TEXT, "late")), record(CONTROL, "a1"));
  assert.deepEqual(
    log.map(([what]) => what),
    ["x"],
  );
});

test("any bytes are heard without a throw", async () => {
  const seed = Number(process.env.EVERLINE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const dice = makeDice(seed);
  const anyByte = () => dice.below(256);
  const bytes = (limit) => Uint8Array.from({ length: dice.below(limit) }, anyByte);
  for (let round = 0; round < 2000; round++) {
    // Half of them begin like records, to come further.
    const pieces = Array.from({ length: dice.below(6) }, () =>
      dice.chance(0.5) ? bytes(40) : record(dice.below(3), bytes(20)),
    );
    const log = await answered(...pieces);
    assert.ok(["told", "bad", "x"].includes(log.at(-1)[0]), `EVERLINE_SEED=${seed}`);
  }
});
