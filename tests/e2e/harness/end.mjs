// Ends that come: nothing that a test leaves behind may hold it, or the process of its file.

/** How long an end may take. */
export const PATIENCE = 20_000;

/** Settles as the promise does, or rejects if that takes too long. */
export async function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`in vain waited for ${what}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a connection at once, by a TCP reset unless its end is on the way already. */
export function reset(socket) {
  // Then Node's reset fails (EINVAL): the socket never says "close", and its handle is never freed,
  // for which Node waits before it ends.
  const { writableEnded, writableFinished, writableLength } = socket;
  const isEnding = writableEnded && !writableFinished && writableLength === 0;
  if (isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
