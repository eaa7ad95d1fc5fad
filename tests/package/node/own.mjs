// With the WebSocket that this Node has itself.
import { createRequire } from "node:module";
import { ReconnectingWebSocket } from "everline";

const required = createRequire(import.meta.url)("everline").ReconnectingWebSocket;
for (const Socket of [ReconnectingWebSocket, required]) {
  const socket = new Socket(process.argv[2]);
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => socket.close(1000, data);
  await new Promise((resolve) => {
    socket.onclose = ({ code, reason }) => resolve(console.log(code, reason));
  });
}
