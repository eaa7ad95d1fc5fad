// Every link of the documents leads somewhere: relative ones to a file, and to a heading in it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { documents, read, root } from "./documents.mjs";

for (const path of documents()) {
  test(`the links in ${path}`, () => {
    const broken = links(path).filter((link) => !leadsSomewhere(link, path));
    assert.deepEqual(broken, []);
  });
}

function links(path) {
  const text = withoutCode(read(path));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
}

function leadsSomewhere(link, from) {
  if (/^https?:/.test(link)) return true;
  const [file, anchor] = link.split("#");
  const path = file === "" ? from : normalize(join(dirname(from), file));
  if (path.startsWith("..") || !existsSync(join(root, path))) return false;
  return anchor === undefined || anchors(path).has(anchor);
}

/** The names that headings get on GitHub and elsewhere. */
function anchors(path) {
  const names = new Set();
  for (const [, heading] of withoutBlocks(read(path)).matchAll(/^#+ (.*)$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const name = text.replace(/[^\p{Letter}\p{Number} _-]/gu, "").replaceAll(" ", "-");
    let unique = name;
    for (let count = 1; names.has(unique); count++) unique = `${name}-${count}`;
    names.add(unique);
  }
  return names;
}

function withoutBlocks(text) {
  return text.replace(/^( *`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "");
}

function withoutCode(text) {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, "");
}
