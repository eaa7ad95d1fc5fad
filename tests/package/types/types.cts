import everline = require("everline");
import errors = require("everline/errors");
import separate = require("everline/wasm");

const socket: WebSocket = new everline.ReconnectingWebSocket("wss://example.com/");
const same: typeof everline.default = everline.ReconnectingWebSocket;
const started: Promise<void> = separate.init();
const isOurs = !errors.isExtensionError(new Error("ours"));
export = { isOurs, same, socket, started };
