/** The entry point `everline`, and the script tag's: the wasm is part of the file. */
import bytes from "virtual:everline-wasm";
import { initSync } from "../../target/npm/everline.js";
import { explainStart, startWith } from "./core.js";

export * from "./exports.js";
export { ReconnectingWebSocket as default } from "./exports.js";

startWith(() => {
  try {
    initSync({ module: bytes() });
  } catch (error) {
    throw explainStart(error);
  }
});
