// Runs in the page: a message now and then, and what becomes of it.

/** How often a message is sent, in ms. */
const EVERY = 50;

/**
 * Tells the story of a socket: when each message was taken, when its echo came, and by what transport, in
 * ms since the beginning. It goes on until `stop()`.
 */
export function tell(open, url) {
  const start = performance.now();
  const now = () => performance.now() - start;
  const story = { taken: [], echoed: {}, transports: [] };
  const socket = open(url, {
    onOpen: say,
    onMessage(text) {
      const { n } = JSON.parse(text);
      if (n === undefined) return;
      story.echoed[n] ??= now();
      const transport = socket.transport();
      if (transport !== story.transports.at(-1)?.transport) {
        story.transports.push({ at: now(), transport });
      }
    },
  });
  function say() {
    try {
      socket.send(JSON.stringify({ type: "echo", n: story.taken.length }));
    } catch {
      // It can neither go nor wait: whoever sends it knows.
      return;
    }
    story.taken.push(now());
  }
  const timer = setInterval(say, EVERY);
  return {
    now,
    /** Resolves once anything has come back, or so many ms later. */
    async first(patience) {
      while (Object.keys(story.echoed).length === 0 && now() < patience) {
        await new Promise((resolve) => setTimeout(resolve, EVERY));
      }
    },
    /** Sends nothing more; what is on its way may still come. */
    hush: () => clearInterval(timer),
    end: () => {
      socket.close();
      return story;
    },
  };
}
