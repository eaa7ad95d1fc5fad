// How audio is brought from one rate to another in plain JavaScript: as pages do it, and as well as
// Everline does it.

/** A straight line between two samples: what comes from above the new band's end stays. */
export class Linear {
  #step;
  /** Where the next output is, behind the last sample of the piece before. */
  #place = 1;
  #last = 0;

  constructor(from, to) {
    this.#step = from / to;
  }

  process(samples) {
    const count = Math.max(0, Math.ceil((samples.length + 1 - this.#place) / this.#step));
    const output = new Float32Array(count);
    let [place, written] = [this.#place, 0];
    while (place < samples.length) {
      const at = Math.floor(place);
      const before = at === 0 ? this.#last : samples[at - 1];
      output[written++] = before + (samples[at] - before) * (place - at);
      place += this.#step;
    }
    this.#place = place - samples.length;
    this.#last = samples.at(-1) ?? this.#last;
    return output.subarray(0, written);
  }
}

/**
 * A polyphase filter: a windowed sinc with the cut-off, the width and the window of Everline's, in typed
 * arrays and without an allocation inside the loop.
 */
export class Polyphase {
  #from;
  #to;
  #taps;
  #table;
  #phase = 0;
  #rest;

  constructor(from, to) {
    const divisor = greatestDivisor(from, to);
    [this.#from, this.#to] = [from / divisor, to / divisor];
    this.#taps = Math.ceil((from * 32) / Math.min(from, to) / 16) * 16;
    this.#table = filter(this.#taps, this.#to, Math.min(1, to / from) * 0.9375, 8);
    this.#rest = new Float32Array(this.#taps / 2 - 1);
  }

  process(samples) {
    const [taps, table, from, to] = [this.#taps, this.#table, this.#from, this.#to];
    const window = new Float32Array(this.#rest.length + samples.length);
    window.set(this.#rest);
    window.set(samples, this.#rest.length);
    const output = new Float32Array(Math.ceil((window.length * to) / from));
    let [at, phase, written] = [0, this.#phase, 0];
    while (at + taps <= window.length) {
      const row = phase * taps;
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let tap = 0; tap < taps; tap += 4) {
        a += window[at + tap] * table[row + tap];
        b += window[at + tap + 1] * table[row + tap + 1];
        c += window[at + tap + 2] * table[row + tap + 2];
        d += window[at + tap + 3] * table[row + tap + 3];
      }
      output[written++] = a + b + c + d;
      phase += from;
      at += Math.floor(phase / to);
      phase %= to;
    }
    this.#phase = phase;
    this.#rest = window.slice(at);
    return output.subarray(0, written);
  }
}

function filter(taps, phases, band, beta) {
  const table = new Float32Array(phases * taps);
  const half = taps / 2;
  for (let phase = 0; phase < phases; phase++) {
    const row = table.subarray(phase * taps, (phase + 1) * taps);
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap + 1 - half - phase / phases;
      const x = Math.PI * band * distance;
      const edge = Math.max(0, 1 - (distance / half) ** 2);
      row[tap] = (x === 0 ? 1 : Math.sin(x) / x) * bessel(beta * Math.sqrt(edge));
    }
    const sum = row.reduce((sum, value) => sum + value);
    for (let tap = 0; tap < taps; tap++) row[tap] /= sum;
  }
  return table;
}

/** The modified Bessel function of order 0. */
function bessel(x) {
  let [sum, term] = [1, 1];
  for (let n = 1; term > 1e-12; n++) sum += term *= (x / 2 / n) ** 2;
  return sum;
}

function greatestDivisor(a, b) {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
