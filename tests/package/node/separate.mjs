import assert from "node:assert/strict";
import { init, ReconnectingWebSocket } from "everline/wasm";
import ws from "ws";

assert.throws(() => new ReconnectingWebSocket(process.argv[2], [], { WebSocket: ws }), /init/);
await init();

const socket = new ReconnectingWebSocket(process.argv[2], [], { WebSocket: ws });
socket.onopen = () => socket.send("hello");
socket.onmessage = ({ data }) => socket.close(1000, data);
socket.onclose = ({ code, reason }) => console.log(code, reason);
