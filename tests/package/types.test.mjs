// The types in projects of their own, by the compiler of today and the last that resolves as of old.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import typescript from "typescript5";
import { installed, project, root, runIn } from "./harness/project.mjs";

const common = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  types: [],
};

const today = join(root, "node_modules/.bin/tsc");
const before = join(root, "tests/package/node_modules/typescript5/bin/tsc");

for (const [tsc, module, moduleResolution, files] of [
  [today, "NodeNext", "NodeNext", ["types.mts", "types.cts"]],
  [today, "ESNext", "Bundler", ["types.mts"]],
  [before, "NodeNext", "NodeNext", ["types.mts", "types.cts"]],
  [before, "ESNext", "Bundler", ["types.mts"]],
  [before, "ESNext", "node", ["types.mts"]],
  [before, "CommonJS", "node", ["types.cts"]],
]) {
  const version = tsc === today ? "TypeScript" : `TypeScript ${typescript.version}`;
  test(`${version}, modules ${module}, resolved as ${moduleResolution}`, async () => {
    const config = { compilerOptions: { ...common, module, moduleResolution }, files };
    writeFileSync(join(project, "types/tsconfig.json"), JSON.stringify(config));
    await runIn("types", tsc, []);
  });
}

test("an editor tells of each option what it is, and its default", () => {
  const interfaces = optionsOf(join(installed, "pkg/everline.d.ts"));
  assert.ok(interfaces.length >= 5, "the options were found");
  for (const [owner, properties] of interfaces) {
    for (const { name, text, hasDefault, isOptional } of properties) {
      assert.ok(text.length > 10, `${owner}.${name} is not documented`);
      assert.ok(
        !isOptional || hasDefault || /\b(without|none|nothing|by default|off)\b/i.test(text),
        `${owner}.${name} has no default: ${text}`,
      );
    }
  }
});

/** The exported interfaces of options, with their properties as an editor shows them. */
function optionsOf(file) {
  const compiled = typescript.createProgram([file], {
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    module: typescript.ModuleKind.ESNext,
  });
  const checker = compiled.getTypeChecker();
  const exported = checker.getExportsOfModule(
    checker.getSymbolAtLocation(compiled.getSourceFile(file)),
  );
  return exported
    .map((symbol) => checker.getDeclaredTypeOfSymbol(resolved(symbol)))
    .filter((type) => /^(\w*Options|Heartbeat|Fallback|Session)$/.test(type.symbol?.name))
    .map((type) => [type.symbol.name, type.getProperties().map((it) => described(it, checker))]);

  function resolved(symbol) {
    const isAlias = symbol.flags & typescript.SymbolFlags.Alias;
    return isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  }
}

function described(property, checker) {
  return {
    name: property.name,
    text: typescript.displayPartsToString(property.getDocumentationComment(checker)),
    hasDefault: property.getJsDocTags(checker).some(({ name }) => name === "default"),
    isOptional: Boolean(property.flags & typescript.SymbolFlags.Optional),
  };
}
