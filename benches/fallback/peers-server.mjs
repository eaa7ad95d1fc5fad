// Echoes by socket.io and by SockJS.

import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import sockjs from "sockjs";

const server = createServer();
const io = new Server(server, { cors: { origin: true, credentials: true } });
io.on("connection", (socket) => {
  socket.on("message", (text) => socket.send(text));
});
const echo = sockjs.createServer({ log: () => {} });
echo.on("connection", (connection) => {
  connection?.on("data", (text) => connection.write(text));
});
echo.installHandlers(server, { prefix: "/sockjs" });
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(`listening on http://127.0.0.1:${server.address().port}`);
