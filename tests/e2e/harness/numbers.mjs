// Numbered messages, by which a test sees what was lost, doubled or overtaken.

/** Sends the next `count` numbers at once. */
export function sendNumbers(socket, count) {
  return socket.run((socket, count) => {
    globalThis.sent ??= 0;
    for (let times = 0; times < count; times++) socket.send(`${globalThis.sent++}`);
  }, count);
}

/** Sends the next number now and then. */
export function startSending(socket) {
  return socket.run((socket) => {
    globalThis.sent ??= 0;
    globalThis.sending = setInterval(() => socket.send(`${globalThis.sent++}`), 5);
  });
}

/** Resolves to how many were sent. */
export function stopSending(page) {
  return page.evaluate(() => {
    clearInterval(globalThis.sending);
    return globalThis.sent;
  });
}

/** The first `count` of them. */
export function numbered(count) {
  return Array.from({ length: count }, (_, number) => `${number}`);
}
