// The check of sizes: what grew too much is told by its name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { growth } from "../../scripts/lib/growth.mjs";

const accepted = [
  {
    entry: "sockets",
    gzip: 20_000,
    brotli: 18_000,
    parts: { "src/link.ts": 8_000, "src/socket.ts": 6_000, "embedded socket": 30_000 },
  },
];

function measured(changes) {
  return [{ ...accepted[0], ...changes }];
}

test("what did not change is fine, and so is what shrank", () => {
  assert.deepEqual(growth(accepted, accepted), []);
  assert.deepEqual(growth(measured({ gzip: 100, brotli: 90 }), accepted), []);
});

test("one percent is allowed, and not a byte more", () => {
  assert.deepEqual(growth(measured({ gzip: 20_200, brotli: 18_180 }), accepted), []);
  assert.equal(growth(measured({ gzip: 20_201 }), accepted).length, 1);
  assert.equal(growth(measured({ brotli: 18_181 }), accepted).length, 1);
});

test("what grew is named, most first, and what shrank is not", () => {
  const parts = {
    "src/link.ts": 8_102,
    "src/socket.ts": 5_000,
    "src/new.ts": 40,
    "embedded socket": 30_210,
  };
  assert.deepEqual(growth(measured({ gzip: 20_312, parts }), accepted), [
    "sockets: +312 bytes gzip (1.6 %): embedded socket +210, src/link.ts +102, src/new.ts +40",
  ]);
});

test("both ways to compress are told of", () => {
  const [message] = growth(measured({ gzip: 22_000, brotli: 19_800 }), accepted);
  assert.match(
    message,
    /^sockets: \+2000 bytes gzip \(10\.0 %\), \+1800 bytes brotli \(10\.0 %\): /,
  );
});

test("what only compresses less is told without a name", () => {
  const [message] = growth(measured({ gzip: 20_400 }), accepted);
  assert.match(message, /no part is longer, but they compress less$/);
});

test("an entry that nobody accepted is told of", () => {
  assert.deepEqual(growth([...accepted, { ...accepted[0], entry: "more" }], accepted), [
    "more is new",
  ]);
});
