// Every code block of the documents is compiled, or looked up, so that none of them can rot. Rust is
// compiled by `cargo test`, which must have been told.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { complaints, project } from "./compiler.mjs";
import { blocks, documents, read, root } from "./documents.mjs";

const all = documents().map((path) => ({ path, blocks: blocks(path) }));
const of = (...languages) =>
  all
    .map(({ path, blocks }) => ({
      path,
      blocks: blocks.filter(({ language }) => languages.includes(language)),
    }))
    .filter(({ blocks }) => blocks.length > 0);
const checked = ["ts", "tsx", "js", "html", "rust", "sh", "json", "text"];

test("every block says what it is", () => {
  const unknown = all.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => !checked.includes(language))
      .map(({ language, line }) => `${path}:${line}: ${language || "no language"}`),
  );
  assert.deepEqual(unknown, []);
});

let found;
/** What the compiler complains about; it is asked once. */
function faults() {
  found ??= compile(of("ts", "tsx", "js", "html"));
  return found;
}

for (const { path, blocks } of of("ts", "tsx", "js", "html")) {
  test(`the code in ${path} compiles: ${blocks.length} blocks`, () => {
    const own = faults().filter((row) => row.startsWith(`${folderOf(path)}/`));
    assert.deepEqual(own, []);
  });
}

test("the compiler has nothing else to say", () => {
  const folders = all.map(({ path }) => `${folderOf(path)}/`);
  const others = faults().filter((row) => !folders.some((folder) => row.startsWith(folder)));
  assert.deepEqual(others, []);
});

for (const { path, blocks } of of("html")) {
  test(`the scripts that ${path} loads are in the package`, () => {
    for (const { text } of blocks) {
      for (const [, src] of text.matchAll(/<script[^>]* src="([^"]*)"/g)) {
        assert.ok(existsSync(join(root, "pkg", basename(src))), src);
      }
    }
  });
}

for (const { path, blocks } of of("rust")) {
  test(`the Rust in ${path} is compiled by cargo test`, () => {
    const ignored = blocks.filter(({ attributes }) => attributes.includes("ignore"));
    assert.deepEqual(
      ignored.map(({ line }) => `${path}:${line}`),
      [],
    );
    assert.ok(isDoctest(path), `no include_str! in src/ names ${path}`);
  });
}

for (const { path, blocks } of of("json")) {
  test(`the JSON in ${path} is valid`, () => {
    for (const { text } of blocks) parse(text);
  });
}

for (const { path, blocks } of of("sh")) {
  test(`the commands in ${path} exist`, () => {
    const rows = blocks.flatMap(({ text }) => text.split("\n"));
    const commands = rows.map((row) => row.replace(/(^|\s)#.*/, "").trim()).filter(Boolean);
    assert.deepEqual(
      commands.filter((command) => !exists(command)),
      [],
    );
  });
}

/** Has all blocks compiled at once; gives what the compiler complains about. */
function compile(documents) {
  const folder = project("target/docs");
  cpSync(join(root, "tests/docs/prelude.d.ts"), join(folder, "prelude.d.ts"));
  for (const { path, blocks } of documents) {
    mkdirSync(join(folder, folderOf(path)), { recursive: true });
    for (const block of blocks) {
      const extension = block.language === "html" ? "ts" : block.language;
      writeFileSync(join(folder, folderOf(path), `${block.name}.${extension}`), source(block));
    }
  }
  return complaints(folder);
}

/** The block as a module in which each line has the number that it has in the document. */
function source({ language, text, line }) {
  const code = language === "html" ? scripts(text) : text;
  return `${"\n".repeat(line - 1)}${code}\nexport {};\n`;
}

/** Of a page, what its scripts say. */
function scripts(html) {
  return html
    .split(/(<script[^>]*>|<\/script>)/)
    .map((part, index) => (index % 4 === 2 ? part : part.replace(/[^\n]/g, "")))
    .join("");
}

function folderOf(path) {
  return path.replace(/\.md$/, "");
}

function isDoctest(path) {
  return readdirSync(join(root, "src"), { recursive: true })
    .filter((file) => file.endsWith(".rs"))
    .some((file) =>
      read(`src/${file}`)
        .match(/include_str!\("[./]*([^"]*)"\)/g)
        ?.some((found) => found.includes(path)),
    );
}

/** JSON, or JSON in each line. */
function parse(text) {
  try {
    JSON.parse(text);
  } catch {
    for (const row of text.split("\n")) JSON.parse(row);
  }
}

/** Whether a command of the documents can be run here. */
function exists(command) {
  const words = command.split(" ");
  const [program, verb, name] = words;
  const isFile = (word) => /\/.*\.\w+"?$/.test(word);
  const files = words.filter(isFile).map((word) => word.replaceAll('"', ""));
  if (!files.every((file) => existsSync(join(root, file)))) return false;
  const { scripts } = JSON.parse(read("package.json"));
  switch (program) {
    case "npm":
      if (verb === "run") return name in scripts;
      return verb in scripts || ["install", "ci"].includes(verb);
    case "cargo":
      if (verb === "run") return name === "--example" && isExample(words[3]);
      return ["add", "build", "doc", "test", "bench"].includes(verb);
    case "node":
      return isFile(verb);
    case "wasm-pack":
      return verb === "build";
    case "python3":
      return isFile(verb) || (verb === "-m" && name === "http.server");
    case "pip":
      return verb === "install";
    default:
      return false;
  }
}

function isExample(name) {
  return existsSync(join(root, "examples", name, "main.rs"));
}
