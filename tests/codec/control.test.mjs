// Control frames, as they come on a WebSocket.

import assert from "node:assert/strict";
import { test } from "node:test";
import { escaped } from "../../src/browser/session.js";
import { open } from "./session.mjs";

const welcome = { recv: 3, seq: 4, hb: 20_000, win: 1_048_576, max: 65_536, ttl: 120_000 };
const end = { code: 4404, reason: "gone" };
const largest = Number.MAX_SAFE_INTEGER;
const wrong = [null, true, "1", [1], {}, -1, 0.5, largest + 1, 1e300];

/** What is heard of one frame. */
function heard(text) {
  const { session, log } = open();
  session.hear(7, `\u0001${text}`);
  assert.equal(log.length, 1, `${JSON.stringify(text)} is one frame`);
  return log[0];
}

const json = (letter, members) => heard(letter + JSON.stringify(members));

test("acks, pings and starts have a number", () => {
  for (const letter of ["a", "p", "s"]) {
    for (const number of [0, 1, 42, largest]) {
      assert.deepEqual(heard(letter + number), [letter, number, ""]);
    }
  }
});

test("a number is written in one way, and exact", () => {
  const digits = ["", "-1", "+1", "01", "00", "1.0", "1e3", " 1", "1 ", "0x1", "1n", '"1"', "[1]"];
  const others = ["-0", "{}", "null", "true", "NaN", "\u0661", `${largest + 1}`, "9".repeat(400)];
  for (const text of [...digits, ...others]) {
    for (const letter of ["a", "p", "s"]) assert.deepEqual(heard(letter + text), ["bad", ""], text);
  }
});

test("what has another letter is unintelligible", () => {
  for (const text of ["", "1", "b1", "A1", "h{}", "{}", "\u0001a1", "aa1", "é1", "😀"]) {
    assert.deepEqual(heard(text), ["bad", ""], text);
  }
});

test("a welcome has six numbers, and perhaps two texts", () => {
  const { log, session } = open();
  const more = { ttl: 0, protocol: "chat", url: "wss://node/", unknown: [{}] };
  session.hear(7, `\u0001w${JSON.stringify({ ...welcome, ...more })}`);
  assert.deepEqual(log[0].slice(0, 6), ["w", 3, 4, 20_000, 1_048_576, 65_536]);
  assert.equal(session.protocol(), "chat");
  for (const name of Object.keys(welcome)) {
    const { [name]: _, ...rest } = welcome;
    assert.deepEqual(json("w", rest), ["bad", ""], `without ${name}`);
    assert.equal(json("w", { ...welcome, [name]: largest })[0], "w");
    for (const value of wrong) {
      const shown = `${name}: ${JSON.stringify(value)}`;
      assert.deepEqual(json("w", { ...welcome, [name]: value }), ["bad", ""], shown);
    }
  }
  for (const name of ["protocol", "url"]) {
    for (const value of [1, true, [], {}]) {
      assert.deepEqual(json("w", { ...welcome, [name]: value }), ["bad", ""], name);
    }
  }
  for (const text of ["w", "w1", "wnull", "w[]", "w{}", 'w"{}"', "w{", "wx{}"]) {
    assert.deepEqual(heard(text), ["bad", ""], text);
  }
});

test("an end has a code, and perhaps a reason and two numbers", () => {
  assert.deepEqual(json("x", end), ["x", 4404, Number.NaN, Number.NaN, "gone"]);
  assert.deepEqual(json("x", { code: 1001, recv: 5 }), ["x", 1001, 5, Number.NaN, ""]);
  assert.deepEqual(json("x", { ...end, retry: 0 }), ["x", 4404, Number.NaN, 0, "gone"]);
  for (const code of [undefined, 0, 999, 5000, 65_536, ...wrong]) {
    assert.deepEqual(json("x", { ...end, code }), ["bad", ""], `code ${code}`);
  }
  for (const name of ["recv", "retry"]) {
    for (const value of wrong.slice(1)) {
      assert.deepEqual(json("x", { ...end, [name]: value }), ["bad", ""], `${name} ${value}`);
    }
  }
  for (const reason of [1, true, [], {}]) {
    assert.deepEqual(json("x", { ...end, reason }), ["bad", ""]);
  }
});

test("no part of a welcome or an end is one", () => {
  for (const text of [`w${JSON.stringify(welcome)}`, `x${JSON.stringify(end)}`]) {
    for (let length = 0; length < text.length; length++) {
      assert.deepEqual(heard(text.slice(0, length)), ["bad", ""], text.slice(0, length));
    }
  }
});

test("a changed character changes a frame, and throws nothing", () => {
  for (const text of [
    `w${JSON.stringify(welcome)}`,
    `x${JSON.stringify(end)}`,
    "a12",
    "p3",
    "s4",
  ]) {
    for (let place = 0; place < text.length; place++) {
      for (let bit = 0; bit < 16; bit++) {
        const changed = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit));
        heard(text.slice(0, place) + changed + text.slice(place + 1));
      }
    }
  }
});

test("only texts that begin with the mark are escaped, and come back as they were", () => {
  const bytes = new Uint8Array([1, 97]);
  for (const message of ["", "a7", "=", "a\u0001", bytes]) assert.equal(escaped(message), message);
  for (const message of ["\u0001", "\u0001a7", "\u0001=", "\u0001\u0001", "\u0001=\u0001x"]) {
    const { session, log } = open();
    session.hear(7, escaped(message));
    assert.deepEqual(log, [["data", message]]);
  }
});
