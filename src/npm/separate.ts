/** The sockets' wasm as a file of its own, compiled while it streams in; it stands in for `embedded.ts`. */
import { initSync } from "../../target/npm-socket/everline.js";
import { explainStart } from "./start.js";

let exports: unknown;

let started: Promise<void> | undefined;

/**
 * Loads the wasm file. Await it once, before the first `new ReconnectingWebSocket`; further calls
 * wait for the first.
 *
 * @param source - Where the file is, or a compiled module.
 * @default the file beside this one: `new URL("everline_bg.wasm", import.meta.url)`
 */
export function init(source?: string | URL | WebAssembly.Module): Promise<void> {
  started ??= start(source);
  return started;
}

async function start(source: string | URL | WebAssembly.Module | undefined): Promise<void> {
  try {
    exports = initSync({ module: await load(source) });
  } catch (error) {
    started = undefined;
    throw explainStart(error);
  }
}

async function load(
  source: string | URL | WebAssembly.Module | undefined,
): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const address = source ?? new URL("everline_bg.wasm", import.meta.url);
  const file = `${address}`.startsWith("file:") && readFile(new URL(address));
  if (file) return WebAssembly.compile(file);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`everline: ${response.url} answered ${response.status}`);
  // A server that does not know the type of the file is no reason to fail.
  const canStream = response.headers.get("Content-Type") === "application/wasm";
  return canStream
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** Node fetches no files. Asked for in this way, its file system is not looked for by bundlers. */
function readFile(address: URL): BufferSource | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): { readFileSync(address: URL): BufferSource } };
  };
  return process?.getBuiltinModule?.("node:fs").readFileSync(address);
}

/** The exports of the wasm. */
export function ensureStarted(): unknown {
  if (!exports) throw new Error("everline/wasm: await init() before the first socket");
  return exports;
}
