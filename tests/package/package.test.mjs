// What is in the packed tarball, and whether those who judge packages agree.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { installed, packed, tarball } from "./harness/project.mjs";

const manifest = JSON.parse(read("package.json"));

test("what is packed is reached from the entry points, or served as it is", () => {
  const texts = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
  const forOldTools = ["errors/package.json", "wasm/package.json"];
  const served = ["everline.iife.js", "errors.iife.js", "everline_bg.wasm", "everline-worklet.js"];
  const expected = new Set([
    ...["package.json", ...texts, ...forOldTools, "pkg/integrity.json"],
    ...served.map((name) => `pkg/${name}`),
    ...Object.values(manifest.exports).flatMap(targets).filter(isModule),
  ]);
  for (const path of expected) {
    for (const imported of importsOf(path)) expected.add(imported);
  }
  const files = packed.files.map(({ path }) => path);
  assert.deepEqual(files.sort(), [...expected].sort());
});

test("no file refers to a source map", () => {
  for (const { path } of packed.files.filter(({ path }) => /\.c?[jt]s$/.test(path))) {
    assert.doesNotMatch(read(path), /sourceMappingURL/, path);
  }
});

test("what knows no exports finds the same entry points", () => {
  const { main, module, types } = manifest;
  assert.deepEqual({ main, module, types }, legacy(manifest.exports["."]));
  for (const name of ["errors", "wasm"]) {
    const { main, module, types, sideEffects } = JSON.parse(read(`${name}/package.json`));
    const entry = manifest.exports[`./${name}`];
    const here = (path) => path.replace("../", "./");
    assert.deepEqual({ main: here(main), module: here(module), types: here(types) }, legacy(entry));
    assert.equal(sideEffects, manifest.sideEffects);
  }
});

test("the hashes for script tags are those of the files", () => {
  const hashes = JSON.parse(read("pkg/integrity.json"));
  assert.deepEqual(Object.keys(hashes).sort(), ["errors.iife.js", "everline.iife.js"]);
  for (const [name, integrity] of Object.entries(hashes)) {
    const hash = createHash("sha384")
      .update(read(`pkg/${name}`))
      .digest("base64");
    assert.equal(integrity, `sha384-${hash}`);
  }
});

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("the types are right in every way of resolving them", async () => {
  const { problems } = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  assert.deepEqual(problems, []);
});

function read(path) {
  return readFileSync(join(installed, path), "utf8");
}

/** The files that an entry of "exports" leads to, whatever the conditions. */
function targets(entry) {
  if (typeof entry === "string") return [entry.replace("./", "")];
  return Object.values(entry).flatMap(targets);
}

function legacy(entry) {
  const { import: imported, require: required } = entry;
  return {
    main: required.node ?? required.default,
    module: imported.default,
    types: imported.types,
  };
}

function isModule(path) {
  return /^[^*]+\.c?[jt]s$/.test(path);
}

/** What a module or a declaration imports: declarations name the modules that they describe. */
function importsOf(path) {
  if (!isModule(path)) return [];
  const declares = path.includes(".d.");
  const imports = read(path).matchAll(/(?:from|import\(?) *"(\.[^"]+)"/g);
  return Array.from(imports, ([, to]) =>
    join(path, "..", declares ? to.replace(/\.(c?)js$/, ".d.$1ts") : to),
  );
}
