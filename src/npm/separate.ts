/** The sockets' wasm as a file of its own, compiled while it streams in; it stands in for `embedded.ts`. */
import { initSync } from "../../target/npm-socket/everline.js";
import { explainStart } from "./start.js";

let isStarted = false;

let started: Promise<void> | undefined;

/**
 * Loads the wasm file. Await it once, before the first `new ReconnectingWebSocket`; further calls
 * wait for the first.
 *
 * @param source - Where the file is, or a compiled module.
 * @default new URL("everline_bg.wasm", import.meta.url)
 */
export function init(source?: string | URL | WebAssembly.Module): Promise<void> {
  started ??= start(source);
  return started;
}

async function start(source: string | URL | WebAssembly.Module | undefined): Promise<void> {
  try {
    initSync({ module: await load(source) });
    isStarted = true;
  } catch (error) {
    started = undefined;
    throw explainStart(error);
  }
}

async function load(
  source: string | URL | WebAssembly.Module | undefined,
): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const response = await fetch(source ?? new URL("everline_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`everline: ${response.url} answered ${response.status}`);
  // A server that does not know the type of the file is no reason to fail.
  const canStream = response.headers.get("Content-Type") === "application/wasm";
  return canStream
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

export function ensureStarted(): void {
  if (!isStarted) throw new Error("everline/wasm: await init() before the first socket");
}
