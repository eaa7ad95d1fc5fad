// Runs in the page: a context that plays a counter, whose samples are captured without a stream
// between, which would be free to skip some.

import { play } from "./recorder.mjs";

/** One that plays 1, 2, 3 … divided by `SCALE`, for half a minute. */
export async function startCounter(rate) {
  const context = new AudioContext({ sampleRate: rate });
  // Half a second is a whole number of frames, and ahead.
  const start = rate / 2;
  const wave = (index) => (index + 1) / SCALE;
  const source = play(context, { start, frames: 30 * rate, channels: 1, wave });
  // It only begins when somebody listens.
  const listener = new MediaStreamAudioDestinationNode(context);
  source.connect(listener);
  context.createMediaStreamSource = () => source;
  return {
    capture: { context, stream: listener.stream },
    /** Stops it; resolves to how far it has counted. */
    async stop() {
      await context.suspend();
      return Math.round(context.currentTime * rate) - start;
    },
  };
}

/** Floats have integers up to 24 bits. */
export const SCALE = 2 ** 21;
