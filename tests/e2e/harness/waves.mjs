// What samples sound like.

import assert from "node:assert/strict";

/**
 * A tone and nothing else: without a sine of this frequency and amplitude and any phase, a thousandth
 * is left at most. Anything lost, repeated, out of order or at another rate leaves more. The samples
 * must be whole periods.
 */
export function assertTone(samples, { frequency, amplitude, rate = 16_000 }) {
  const mean = (value) =>
    samples.reduce((sum, sample, at) => {
      return sum + value(sample, (2 * Math.PI * frequency * at) / rate);
    }, 0) / samples.length;
  const sine = 2 * mean((sample, angle) => sample * Math.sin(angle));
  const cosine = 2 * mean((sample, angle) => sample * Math.cos(angle));
  const level = Math.hypot(sine, cosine);
  assert.ok(
    Math.abs(level / amplitude - 1) < 0.01,
    `${frequency} Hz with an amplitude of ${level}`,
  );
  const tone = (angle) => sine * Math.sin(angle) + cosine * Math.cos(angle);
  const rest = Math.sqrt(2 * mean((sample, angle) => (sample - tone(angle)) ** 2));
  assert.ok(rest < amplitude / 1000, `of ${amplitude}, ${rest} are no tone of ${frequency} Hz`);
}

/** The frequency of a tone, whatever else is there now and then. */
export function pitch(samples, rate = 16_000) {
  const crossings = [];
  for (let at = 1; at < samples.length; at++) {
    const [before, after] = [samples[at - 1], samples[at]];
    if (before < 0 && after >= 0) crossings.push(at - after / (after - before));
  }
  const periods = crossings.slice(1).map((crossing, index) => crossing - crossings[index]);
  return rate / periods.sort((a, b) => a - b)[Math.floor(periods.length / 2)];
}
