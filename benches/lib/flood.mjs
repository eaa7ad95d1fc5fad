// A server that takes what comes, and floods a page that asks for it by `{"count":…,"bytes":…,"binary":…}`: a
// process of its own, which is to be forked and says its port.
//
// The frames are made once and written many at a time, so that the page is what limits.

import { once } from "node:events";
import { WebSocketServer } from "ws";

const PIECE = 1 << 18;

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
await once(server, "listening");
server.on("connection", (ws, { socket }) => {
  ws.on("error", () => {});
  ws.on("message", (message, isBinary) => {
    // 0x7b is the `{`.
    if (!isBinary && message[0] === 0x7b) flood(socket, JSON.parse(message));
  });
});
process.on("disconnect", () => process.exit());
process.send(`ws://127.0.0.1:${server.address().port}/`);

async function flood(socket, { count, bytes, binary }) {
  const frame = frameOf(bytes, binary);
  const most = Math.max(1, Math.floor(PIECE / frame.length));
  const piece = Buffer.concat(Array(most).fill(frame));
  for (let left = count; left > 0; left -= most) {
    const isTaken = socket.write(left < most ? piece.subarray(0, left * frame.length) : piece);
    if (!isTaken) await once(socket, "drain");
  }
}

/** A whole message in one frame, as a server sends it: RFC 6455, section 5.2. */
function frameOf(bytes, binary) {
  const opcode = 0x80 | (binary ? 2 : 1);
  const payload = Buffer.alloc(bytes, "x");
  if (bytes < 126) return Buffer.concat([Buffer.from([opcode, bytes]), payload]);
  const isLong = bytes >= 65_536;
  const header = Buffer.alloc(isLong ? 10 : 4);
  header.writeUInt16BE((opcode << 8) | (isLong ? 127 : 126));
  if (isLong) header.writeBigUInt64BE(BigInt(bytes), 2);
  else header.writeUInt16BE(bytes, 2);
  return Buffer.concat([header, payload]);
}
