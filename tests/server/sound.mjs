// Sounds whose measures are known.

/** 16-bit samples of a sine; its RMS is the amplitude over the root of two. */
export function sine(seconds, { rate = 16_000, amplitude = 0.5, frequency = 440 } = {}) {
  return Int16Array.from({ length: Math.round(seconds * rate) }, (_, index) =>
    Math.round(amplitude * 32_768 * Math.sin((2 * Math.PI * frequency * index) / rate)),
  );
}

export function silence(seconds, rate = 16_000) {
  return new Int16Array(Math.round(seconds * rate));
}

/** Little-endian bytes of one sound after the other. */
export function pcm(...sounds) {
  const samples = sounds.flatMap((sound) => [...sound]);
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [index, sample] of samples.entries()) bytes.writeInt16LE(sample, index * 2);
  return bytes;
}

export function wav(data, { rate = 16_000, channels = 1, format = 1, bits = 16, size } = {}) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36);
  header.writeUInt32LE(size ?? data.length, 40);
  return Buffer.concat([header, data]);
}
