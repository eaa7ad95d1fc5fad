// Runs in the page and in Node: messages that come back.

/** Sends `count` messages of `size`, `window` of them on their way; resolves once all have come back. */
export async function echoes(open, url, { count, size, window }) {
  const text = "x".repeat(size);
  let [sent, received] = [0, 0];
  let done;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  let isOpen;
  const opened = new Promise((resolve) => {
    isOpen = resolve;
  });
  const socket = open(url, {
    onOpen: isOpen,
    onMessage() {
      if (++received === count) done();
      else if (sent < count) {
        sent++;
        socket.send(text);
      }
    },
  });
  await opened;
  const start = performance.now();
  for (; sent < window; sent++) socket.send(text);
  await all;
  const ms = performance.now() - start;
  socket.close();
  return ms;
}
