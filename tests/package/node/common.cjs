const assert = require("node:assert/strict");
const everline = require("everline");
const ws = require("ws");

assert.equal(everline.default, everline.ReconnectingWebSocket);
assert.equal(everline.WebSocket, everline.ReconnectingWebSocket);

const socket = new everline.ReconnectingWebSocket(process.argv[2], [], { WebSocket: ws });
socket.onopen = () => socket.send("hello");
socket.onmessage = ({ data }) => socket.close(1000, data);
socket.onclose = ({ code, reason }) => console.log(code, reason);
