// Where things are, and which versions of its tools this checkout needs.

import { mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const targetDir = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

// Outside the checkout, so that a fresh clone does not compile the tools again.
export const cacheDir =
  process.env.EVERLINE_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "everline");

export const wasmBindgen = tool("wasm-bindgen-cli", lockedVersion("wasm-bindgen"));
export const wasmPack = tool("wasm-pack", "0.15.1");
export const geckodriver = tool("geckodriver", "0.37.1");
/** A speech recogniser with an English model; its folder belongs on Python's PYTHONPATH. */
export const pocketsphinx = tool("pocketsphinx", requiredVersion("pocketsphinx"));
/** People who speak, from Debian's pocketsphinx-testdata: 16 kHz, with transcripts. */
export const recordings = "/usr/share/pocketsphinx/test/data";

/** Makes a folder of the checkout anew, and answers its path. */
export function emptyFolder(path) {
  const folder = join(root, path);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Puts the pinned tools before whatever else the machine has. */
export function usePinnedTools() {
  const folders = [wasmBindgen, wasmPack, geckodriver].map(({ folder }) => join(folder, "bin"));
  folders.push(join(root, "node_modules", ".bin"), process.env.PATH);
  process.env.PATH = folders.join(delimiter);
}

/** Whether the module is what `node` was asked to run, rather than an import of another one. */
export function isMain(meta) {
  return realpathSync(process.argv[1]) === fileURLToPath(meta.url);
}

function tool(name, version) {
  return { name, version, folder: join(cacheDir, "tools", `${name}@${version}`) };
}

// wasm-pack ignores a wasm-bindgen of any other version than the one in Cargo.lock.
function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${crate}"\\nversion = "(.+)"`))[1];
}

// Its hashes are in the same file.
function requiredVersion(name) {
  const requirements = readFileSync(join(root, "scripts", "lib", `${name}.txt`), "utf8");
  return requirements.match(new RegExp(`^${name}==(\\S+)`, "m"))[1];
}
