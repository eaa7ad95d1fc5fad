/**
 * The wasm core, started by whichever entry point was imported: `everline` starts it at the first
 * use, `everline/wasm` when the page calls `init`.
 */
import { RawFigure, RawSocket } from "../../target/npm/everline.js";

export { RawFigure, RawSocket };

let start: (() => void) | undefined;

/** Says how to start the core. Importing runs nothing, so that it is safe wherever code is only rendered. */
export function startWith(starter: () => void): void {
  start = starter;
}

/** Starts the core if that has not happened yet. */
export function ensureStarted(): void {
  start?.();
  start = undefined;
}
