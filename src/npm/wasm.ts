/** The entry point `everline/wasm`: the sockets' wasm is a file of its own. */
export * from "./exports.js";
export { ReconnectingWebSocket as default } from "./exports.js";
export { init } from "./separate.js";
