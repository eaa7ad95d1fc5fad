// Runs in the page: the recorder hears what is rendered faster than it plays, so that every sample is
// known.

/**
 * Resolves to the pieces that the recorder posts, `{ samples, rate, channels }`. Each of `sources` is
 * `{ start, frames, channels, wave(index, channel) }`, at frame `start`.
 */
export async function record(rate, sources) {
  const length = Math.max(...sources.map(({ start = 0, frames }) => start + frames));
  const context = new OfflineAudioContext({ length, sampleRate: rate });
  await context.audioWorklet.addModule("/pkg/everline-worklet.js");
  const recorder = new AudioWorkletNode(context, "everline", { numberOfOutputs: 0 });
  for (const source of sources) play(context, source).connect(recorder);
  const pieces = [];
  const ended = new Promise((resolve) => {
    recorder.port.onmessage = ({ data }) => {
      if (data === null) resolve();
      else pieces.push({ samples: [...data[0]], rate: data[1], channels: data[2] });
    };
  });
  await context.startRendering();
  recorder.port.postMessage(0);
  await ended;
  return pieces;
}

/** A node that plays a source once. */
export function play(context, { start = 0, frames, channels, wave }) {
  const { sampleRate } = context;
  const buffer = new AudioBuffer({ length: frames, numberOfChannels: channels, sampleRate });
  for (let channel = 0; channel < channels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let index = 0; index < frames; index++) samples[index] = wave(index, channel);
  }
  const node = new AudioBufferSourceNode(context, { buffer });
  node.start(start / sampleRate);
  return node;
}
