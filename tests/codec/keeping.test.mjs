// What outlives a page, in a storage of our own.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "./session.mjs";

const place = "everline:session:ws://host/";
let stored;

beforeEach(() => {
  stored = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
  };
});

function save(session, messages, ...figures) {
  for (const message of messages) session.addPart(message);
  session.save(...figures);
}

test("a session comes back as it was, and only once", () => {
  const { session } = open({ place });
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  session.hear(7, '\u0001x{"code":4421,"url":"wss://node/"}');
  save(session, ["", "é\u0000", bytes, bytes.slice().buffer], 3, 4, 5, 2, 0);
  const { kept, ...again } = open({ place }).session;
  assert.deepEqual(kept.messages, ["", "é\u0000", bytes, bytes]);
  assert.deepEqual(kept.figures, [3, 4, 5, 2, 0]);
  assert.equal(again.address("ws://host/"), session.address("ws://host/"));
  assert.match(again.address("ws://host/"), /^wss:\/\/node\//);
  assert.equal(open({ place }).session.kept, undefined);
});

test("sessions of one URL come back in their order", () => {
  for (const text of ["one", "two"]) save(open({ place }).session, [text], 0, 0, 1, 1, 1);
  const back = () => open({ place }).session.kept?.messages;
  // The second found the first, and kept it no longer than itself.
  assert.deepEqual(back(), ["two"]);
  const [first, second] = [open({ place }).session, open({ place }).session];
  save(first, ["one"], 0, 0, 1, 1, 1);
  save(second, ["two"], 0, 0, 1, 1, 1);
  assert.deepEqual([back(), back(), back()], [["one"], ["two"], undefined]);
});

test("nothing is kept with a blob, without a place, or without a storage", () => {
  save(open({ place }).session, ["text", new Blob(["x"])], 0, 0, 1, 1, 0);
  save(open().session, ["text"], 0, 0, 1, 1, 0);
  assert.equal(stored.size, 0);
  globalThis.sessionStorage = {
    getItem: () => null,
    setItem() {
      throw new Error("full");
    },
  };
  save(open({ place }).session, ["text"], 0, 0, 1, 1, 0);
  delete globalThis.sessionStorage;
  save(open({ place }).session, ["text"], 0, 0, 1, 1, 0);
});

test("what is no session in the storage is none", () => {
  for (const text of [
    "",
    "{",
    "null",
    "{}",
    "[]",
    "[null]",
    "[{}]",
    '[{"messages":[["\u00e9"]]}]',
  ]) {
    stored.set(place, text);
    assert.equal(open({ place }).session.kept, undefined, text);
  }
});
