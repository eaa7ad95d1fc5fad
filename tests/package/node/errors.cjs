const assert = require("node:assert/strict");
const { isExtensionError } = require("everline/errors");

assert.equal(isExtensionError(new Error("ours")), false);
assert.equal(require("everline").isExtensionError(new Error("ours")), false);
assert.equal(require("everline/package.json").version, process.env.EXPECTED_VERSION);
