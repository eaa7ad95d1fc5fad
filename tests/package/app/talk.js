/** Connects, sends a message, and closes with what came back; resolves to how that ended. */
export function talk(Socket, url) {
  const socket = new Socket(url);
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => socket.close(1000, data);
  return new Promise((resolve) => {
    socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
  });
}
