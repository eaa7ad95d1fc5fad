// The documents, and the fenced code blocks in them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is in a folder and not a document of ours. */
const foreign = ["node_modules", "target", "dist", "pkg"];

/** The paths of all documents, from the root of the project. */
export function documents() {
  const inRoot = readdirSync(root).filter(isDocument);
  return [...inRoot, ...["docs", "examples", "benches"].flatMap(below)];
}

function below(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return foreign.includes(entry.name) ? [] : below(path);
    return isDocument(path) ? [path] : [];
  });
}

function isDocument(path) {
  return path.endsWith(".md");
}

export function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/**
 * The blocks of a document: `{ language, attributes, text, line, name }`. The first line of a block may
 * be a comment with its file's name, by which other blocks of the document can import it.
 */
export function blocks(path) {
  const found = [];
  let block;
  for (const [index, row] of read(path).split("\n").entries()) {
    const fence = row.match(/^ *(`{3,})(.*)$/);
    if (!block && fence) {
      const [language, ...attributes] = fence[2].trim().split(/[,\s]+/);
      block = { fence: fence[1], language, attributes, rows: [], line: index + 2 };
    } else if (fence && fence[1] === block.fence && fence[2] === "") {
      const { language, attributes, rows, line } = block;
      const name = rows[0]?.match(/^\/\/ ([\w-]+)\.tsx?$/)?.[1] ?? `line-${line}`;
      found.push({ language, attributes, text: rows.join("\n"), line, name });
      block = undefined;
    } else block?.rows.push(row);
  }
  if (block) throw new Error(`${path}:${block.line}: the block has no end`);
  return found;
}
