/** The sockets' wasm as a part of the file, and so there at once. */
import bytes from "virtual:everline-socket";
import { initSync } from "../../target/npm-socket/everline.js";
import { embedded } from "./start.js";

export const ensureStarted: () => unknown = /* @__PURE__ */ embedded(initSync, bytes);
