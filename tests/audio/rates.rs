//! From one rate to another: exactly, and however the input is divided.

use everline::audio::{Batcher, Config, Encoding, Piece, RATES, Resampler, Source};
use everline::connection::Time;
use proptest::prelude::*;

use crate::random;

/// Noise that is the same every time.
fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

pub(crate) fn resample(input: &[f32], from: u32, to: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to);
    let mut output = Vec::new();
    for sample in input {
        resampler.push(*sample, &mut |sample| output.push(sample));
    }
    resampler.flush(&mut |sample| output.push(sample));
    output
}

/// What a batcher makes of it, when it comes in pieces of these lengths.
fn batched(input: &[f32], rate: u32, config: Config, lengths: &[usize]) -> Vec<u8> {
    let mut batcher = Batcher::new(config);
    let mut output = Vec::new();
    let (mut rest, now) = (input, Time::new(0.0));
    batcher.start(now);
    let mut drain = |batcher: &mut Batcher| {
        while let Some(batch) = batcher.poll(Piece::Batch, now) {
            output.extend_from_slice(batch.bytes);
        }
    };
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, later) = rest.split_at(rest.len().min(length + 1));
        batcher.push(piece, Source { rate, ..Source::default() }, now).unwrap();
        drain(&mut batcher);
        rest = later;
    }
    batcher.finish(now);
    drain(&mut batcher);
    output
}

fn count(samples: usize, from: u32, to: u32) -> usize {
    (samples as u64 * u64::from(to)).div_ceil(from.into()) as usize
}

fn rate() -> impl Strategy<Value = u32> {
    prop_oneof![
        prop::sample::select(vec![
            8000_u32, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000
        ]),
        8000..192_000_u32,
    ]
}

proptest! {
    #![proptest_config(random::cases(150))]

    #[test]
    fn how_the_input_is_divided_changes_no_bit(
        (from, to) in (rate(), rate()),
        samples in 0..20_000_usize,
        lengths in prop::collection::vec(0..3000_usize, 1..20),
        is_float in any::<bool>(),
    ) {
        let encoding = if is_float { Encoding::Float32 } else { Encoding::Pcm16 };
        let config = Config { sample_rate: to, encoding, ..Config::default() };
        let input = noise(samples);
        let whole = batched(&input, from, config, &[samples]);
        let width = if is_float { 4 } else { 2 };
        prop_assert_eq!(whole.len(), width * count(samples, from, to));
        prop_assert!(batched(&input, from, config, &lengths) == whole);
    }

    #[test]
    fn every_count_is_exact(from in RATES, to in RATES, samples in 0..3000_usize) {
        // What becomes too many is left out.
        prop_assume!(count(samples, from, to) < 1_000_000);
        prop_assert_eq!(resample(&noise(samples), from, to).len(), count(samples, from, to));
    }
}

/// Resampling each of an `AudioWorklet`'s pieces alone, and rounding, is 0.8 % too fast.
#[test]
fn pieces_of_128_frames_make_no_error_of_rate() {
    for rate in [44_100, 48_000] {
        let config = Config::default();
        let seconds = 20;
        let input = noise(rate as usize * seconds);
        let bytes = batched(&input, rate, config, &[127]);
        assert_eq!(bytes.len(), 2 * 16_000 * seconds, "{rate} Hz");
    }
}

#[test]
fn equal_rates_change_nothing() {
    let input = noise(5000);
    assert_eq!(resample(&input, 16_000, 16_000), input);
}

#[test]
fn an_output_is_at_the_time_of_its_input() {
    for (from, to) in [(48_000, 16_000), (44_100, 16_000), (8000, 16_000), (22_051, 16_000)] {
        // A slow swell, whose peak is 0.3 s after the start.
        let swell = |at: f64| (-((at - 0.3) / 0.02).powi(2)).exp();
        let input: Vec<f32> =
            (0..from).map(|at| swell(f64::from(at) / f64::from(from)) as f32).collect();
        for (at, sample) in resample(&input, from, to).iter().enumerate() {
            let expected = swell(at as f64 / f64::from(to));
            assert!((f64::from(*sample) - expected).abs() < 1e-4, "{from} → {to}: {at}");
        }
    }
}
