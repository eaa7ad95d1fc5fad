import everline = require("everline");

const socket: WebSocket = new everline.ReconnectingWebSocket("wss://example.com/");
const same: typeof everline.default = everline.ReconnectingWebSocket;
export = { same, socket };
