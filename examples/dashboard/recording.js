/** A file with sound in it, fed into an `AudioBatcher` as if somebody said it now, or at once. */

/** The rate that files are decoded to; the batcher makes of it what the server wants. */
const RATE = 48_000;
/** The length of a piece, in ms. */
const PIECE = 100;

/** The channels of a file, whatever the browser can decode. */
export async function decode(file) {
  // A context that only decodes plays nothing, and needs nobody's leave.
  const context = new OfflineAudioContext(1, 1, RATE);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  return Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at));
}

/**
 * Feeds the channels in, piece by piece, until the end or until `signal` says so. `told` is called
 * after each piece.
 */
export async function feed(audio, channels, { atOnce, signal, told }) {
  const size = (RATE * PIECE) / 1000;
  const started = performance.now();
  for (let piece = 0; piece * size < channels[0].length; piece += 1) {
    // One that is late, as in a page in the background, is followed by those that are late, too.
    if (!atOnce) await until(started + piece * PIECE);
    const samples = channels.map((channel) => channel.subarray(piece * size, (piece + 1) * size));
    while (!signal.aborted && !audio.push(samples, { sampleRate: RATE }) && atOnce) {
      await audio.room();
    }
    if (signal.aborted) return;
    told();
  }
}

function until(time) {
  const delay = time - performance.now();
  return delay > 0 ? new Promise((resolve) => setTimeout(resolve, delay)) : undefined;
}
