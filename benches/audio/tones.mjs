// How much of a tone there is in samples of one second, and how much of anything else.

const TO = 16_000;

/**
 * What becomes of tones, in dB: what is beside one of 1 kHz, and what is left of those inside and outside
 * the new band. `heard(frequency)` gives a second of it at 16 kHz; the tone has an amplitude of 0.5.
 */
export async function qualityOf(heard) {
  const level = async (frequency) => toneLevel(await heard(frequency), 0.5);
  const aliases = {};
  for (const frequency of [9000, 10_000, 12_000]) aliases[frequency] = await level(frequency);
  return { snr: toneToNoise(await heard(1000), 1000, TO), pass: await level(7000), aliases };
}

/** The level of a tone of `amplitude`, whatever it has become, in dB of what went in. */
function toneLevel(samples, amplitude) {
  return decibels(power(samples) / (amplitude ** 2 / 2));
}

/** The tone's power over that of all else, in dB. */
function toneToNoise(samples, frequency, rate) {
  const angle = (at) => (2 * Math.PI * frequency * at) / rate;
  const mean = (wave) =>
    samples.reduce((sum, sample, at) => sum + sample * wave(angle(at)), 0) / samples.length;
  const [sine, cosine] = [2 * mean(Math.sin), 2 * mean(Math.cos)];
  const rest = samples.map(
    (sample, at) => sample - sine * Math.sin(angle(at)) - cosine * Math.cos(angle(at)),
  );
  return decibels((sine ** 2 + cosine ** 2) / 2 / power(rest));
}

function power(samples) {
  return samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
}

function decibels(ratio) {
  // 16 bits end far above that.
  return 10 * Math.log10(Math.max(ratio, 1e-14));
}
