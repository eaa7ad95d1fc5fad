// For "and nothing more follows": time that passes by events instead of by a sleep.

import { startPeer } from "./peer.mjs";
import { openSocket } from "./socket.mjs";

/** The shortest delays that there are, without chance. */
export const soon = { minReconnectionDelay: 100, maxReconnectionDelay: 100, jitter: "none" };

/**
 * Resolves after another socket of the page, with the delays of `soon`, was lost twice and came back
 * twice: what was to follow with the same delays has followed by then.
 */
export async function timePasses(page) {
  const peer = await startPeer();
  try {
    const socket = await openSocket(page, peer.url, [], soon);
    for (let losses = 0; losses < 2; losses++) {
      (await peer.connection()).close(1012);
      await socket.next("close");
      await socket.next("open");
    }
    await socket.call("close");
    await socket.next("close");
  } finally {
    await peer.stop();
  }
}
