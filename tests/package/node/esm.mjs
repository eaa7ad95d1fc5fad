import assert from "node:assert/strict";
import Everline, { ReconnectingWebSocket, version, WebSocket } from "everline";
import ws from "ws";

assert.equal(Everline, ReconnectingWebSocket);
assert.equal(WebSocket, ReconnectingWebSocket);
assert.equal(version, process.env.EXPECTED_VERSION);

const socket = new ReconnectingWebSocket(process.argv[2], [], { WebSocket: ws });
socket.onopen = () => socket.send("hello");
socket.onmessage = ({ data }) => socket.close(1000, data);
socket.onclose = ({ code, reason }) => console.log(code, reason);
