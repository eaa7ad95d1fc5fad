const { readFile } = require("node:fs/promises");
const { init, ReconnectingWebSocket } = require("everline/wasm");
const ws = require("ws");

/** The file is found by itself, and may come from elsewhere. */
async function start(argument) {
  if (argument === undefined) return init();
  const file = await readFile(require.resolve("everline/everline_bg.wasm"));
  return init(await WebAssembly.compile(file));
}

start(process.argv[3]).then(() => {
  const socket = new ReconnectingWebSocket(process.argv[2], [], { WebSocket: ws });
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => socket.close(1000, data);
  socket.onclose = ({ code, reason }) => console.log(code, reason);
});
