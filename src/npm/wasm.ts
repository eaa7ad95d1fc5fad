/** The entry point `everline/wasm`: the wasm is a file of its own, compiled while it streams in. */
import start from "../../target/npm/everline.js";
import { explainStart, startWith } from "./core.js";

export * from "./exports.js";
export { ReconnectingWebSocket as default } from "./exports.js";

startWith(() => {
  throw new Error("everline/wasm: await init() before the first socket");
});

let started: Promise<void> | undefined;

/**
 * Loads the wasm file. Await it once, before the first `new ReconnectingWebSocket`; further calls
 * wait for the first.
 *
 * @param source - Where the file is, or a compiled module.
 * @default new URL("everline_bg.wasm", import.meta.url)
 */
export function init(source?: string | URL | WebAssembly.Module): Promise<void> {
  started ??= start(source === undefined ? undefined : { module_or_path: source }).then(
    () => startWith(() => {}),
    (error: unknown) => {
      started = undefined;
      throw explainStart(error);
    },
  );
  return started;
}
