//! From one rate to another.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::PI;
use core::num::NonZeroU32;
use core::ops::RangeInclusive;

/// The rates in Hz that samples may come and go at.
pub const RATES: RangeInclusive<u32> = 1000..=768_000;

/// The pass band's end, where half of the amplitude is left: 7500 Hz of 8000 at 16 kHz.
const CUTOFF: f64 = 0.9375;

/// How wide the filter is, in samples at the lower of the two rates. At 48 kHz that is 96 samples.
const WIDTH: u32 = 32;

/// The shape of its window: side lobes of −80 dB.
const BETA: f64 = 8.0;

/// The largest table with a row for each phase, in values.
const LARGEST: usize = 1 << 16;

/// The size of a table in whose rows there is no place for each phase.
const COARSE: usize = 1 << 14;

/// How many samples come in before old ones are moved out.
const CHUNK: usize = 1024;

/// Brings samples from one rate to another, exactly: `n` samples become `⌈n · to / from⌉`, and the
/// first is where the first was. The filter's delay is not heard: it only means that an output comes
/// when half of the filter's width in input has come after it.
///
/// It is a polyphase filter, a windowed sinc; what lies more than an eighth above half of the lower
/// rate is quieter by 60 dB at least.
#[derive(Debug)]
pub struct Resampler(Option<Box<Filter>>);

impl Resampler {
    /// Rates in Hz, within [`RATES`]; what is not is taken for the nearest that is. Equal rates leave
    /// samples as they are.
    pub fn new(from: u32, to: u32) -> Self {
        let [from, to] = [from, to].map(|rate| rate.clamp(*RATES.start(), *RATES.end()));
        Self((from != to).then(|| Box::new(Filter::new(from, to))))
    }

    /// Takes the next sample, and gives those that follow from it.
    pub fn push(&mut self, sample: f32, receive: &mut dyn FnMut(f32)) {
        match &mut self.0 {
            Some(filter) => filter.push(sample, receive),
            None => receive(sample),
        }
    }

    /// Gives the rest. A resampler that goes on afterwards has heard half of the filter's width in
    /// silence.
    pub fn flush(&mut self, receive: &mut dyn FnMut(f32)) {
        let Some(filter) = &mut self.0 else { return };
        for _ in 0..filter.taps / 2 {
            filter.push(0.0, receive);
        }
    }
}

#[derive(Debug)]
struct Filter {
    /// The lengths are as a fraction: `from / to` in lowest terms.
    from: u32,
    to: NonZeroU32,
    /// Where the next output is after the sample at `at`, in parts of `to`.
    phase: u32,
    at: usize,
    taps: usize,
    /// The filter at `rows` equal steps from one sample to the next, and there.
    table: Vec<f32>,
    rows: usize,
    /// What came last, and where the next goes.
    window: Vec<f32>,
    end: usize,
}

impl Filter {
    fn new(from: u32, to: u32) -> Self {
        let divisor = divisor(from, to);
        // A multiple of what is added at once.
        let lower = from.min(to).max(1);
        let taps = ((from * WIDTH).div_ceil(lower).next_multiple_of(16) as usize).max(16);
        let parts = NonZeroU32::new(to / divisor).unwrap_or(NonZeroU32::MIN);
        let every = parts.get() as usize;
        let rows = if every * taps <= LARGEST { every } else { (COARSE / taps).max(1) };
        Self {
            from: from / divisor,
            to: parts,
            phase: 0,
            at: 0,
            taps,
            table: table(f64::from(from.min(to)) / f64::from(from), taps, rows),
            rows,
            window: vec![0.0; taps + CHUNK],
            // The first sample is in the middle of the first output's taps.
            end: taps / 2 - 1,
        }
    }

    fn push(&mut self, sample: f32, receive: &mut dyn FnMut(f32)) {
        if self.end == self.window.len() {
            let passed = self.at.min(self.end);
            self.window.copy_within(passed.., 0);
            self.at -= passed;
            self.end -= passed;
        }
        if let Some(place) = self.window.get_mut(self.end) {
            *place = sample;
            self.end += 1;
        }
        while self.at + self.taps <= self.end {
            receive(self.output());
            self.phase += self.from;
            self.at += (self.phase / self.to) as usize;
            self.phase %= self.to;
        }
    }

    fn output(&self) -> f32 {
        let window = self.window.get(self.at..self.at + self.taps).unwrap_or_default();
        if self.rows == self.to.get() as usize {
            return product(window, self.row(self.phase as usize));
        }
        let place = f64::from(self.phase) * self.rows as f64 / f64::from(self.to.get());
        let row = place as usize;
        let [before, after] = [row, row + 1].map(|row| product(window, self.row(row)));
        before + (after - before) * (place - row as f64) as f32
    }

    fn row(&self, row: usize) -> &[f32] {
        self.table.get(row * self.taps..(row + 1) * self.taps).unwrap_or_default()
    }
}

/// In lanes of its own order, so that it is the same with and without vector instructions.
fn product(window: &[f32], taps: &[f32]) -> f32 {
    let mut lanes = [0.0; 8];
    for (window, taps) in window.as_chunks::<8>().0.iter().zip(taps.as_chunks::<8>().0) {
        for ((lane, sample), tap) in lanes.iter_mut().zip(window).zip(taps) {
            *lane += sample * tap;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

fn divisor(mut a: u32, mut b: u32) -> NonZeroU32 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    NonZeroU32::new(a).unwrap_or(NonZeroU32::MIN)
}

/// The filter for outputs at so many places between two samples; `band` is the pass band's share.
fn table(band: f64, taps: usize, rows: usize) -> Vec<f32> {
    let mut table = vec![0.0; (rows + 1) * taps];
    let half = taps as f64 / 2.0;
    for (row, values) in table.chunks_exact_mut(taps).enumerate() {
        let mut distance = 1.0 - half - row as f64 / rows as f64;
        let mut sum = 0.0;
        for value in values.iter_mut() {
            let edge = distance / half;
            let tap =
                sinc(CUTOFF * band * distance) * series(BETA * BETA * (1.0 - edge * edge), 0.0);
            *value = tap as f32;
            sum += tap;
            distance += 1.0;
        }
        for value in values {
            *value /= sum as f32;
        }
    }
    table
}

/// `sin(πx) / πx`, by the series for what is left of whole turns.
fn sinc(x: f64) -> f64 {
    let turns = (x.abs() + 0.5) as u32;
    let angle = (x.abs() - f64::from(turns)) * PI;
    let sine = series(-angle * angle, 1.0);
    if turns == 0 {
        return sine;
    }
    let sign = if turns.is_multiple_of(2) { 1.0 } else { -1.0 };
    sign * sine * angle / (x.abs() * PI)
}

/// `sin(√−x) / √−x` with a step of 1, and the modified Bessel function `I₀(√x)` with none.
#[inline(never)]
fn series(x: f64, step: f64) -> f64 {
    let (mut term, mut sum, mut number) = (1.0_f64, 1.0, 2.0);
    while term.abs() > 1e-12 {
        term *= x / (number * (number + step));
        sum += term;
        number += 2.0;
    }
    sum
}
