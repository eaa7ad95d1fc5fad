// An echo by socket.io; with `recovery` it keeps what a client might miss.

import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
await once(server, "listening");
const connectionStateRecovery = process.argv[2] === "recovery" ? {} : undefined;
const io = new Server(server, { connectionStateRecovery });
io.on("connection", (socket) => {
  socket.on("message", (message) => socket.send(message));
});
console.log(`listening on http://127.0.0.1:${server.address().port}`);
