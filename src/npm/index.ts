/** The entry point `everline`, and the script tag's: the wasm is part of the file. */
export * from "./exports.js";
export { ReconnectingWebSocket as default } from "./exports.js";
