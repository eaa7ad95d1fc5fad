//! How good resampling is, by tones; and against rubato, whose filter is twice as long.

use std::f64::consts::TAU;

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use crate::rates::resample;

fn tone(frequency: f64, rate: u32) -> Vec<f32> {
    let step = TAU * frequency / f64::from(rate);
    (0..rate).map(|at| (0.5 * (step * f64::from(at)).sin()) as f32).collect()
}

/// The level in dB, where the tone's is 0; without the beginning and the end.
fn level(samples: &[f32]) -> f64 {
    let inner = &samples[samples.len() / 10..samples.len() * 9 / 10];
    let power: f64 =
        inner.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / inner.len() as f64;
    10.0 * (power / 0.125).max(1e-20).log10()
}

fn loudness(frequency: f64, from: u32, to: u32) -> f64 {
    level(&resample(&tone(frequency, from), from, to))
}

/// Taking every third sample, or interpolating between two, lets all of it through.
#[test]
fn what_is_too_high_is_not_folded_back() {
    for from in [44_100, 48_000] {
        for frequency in [9000.0, 9500.0, 10_000.0, 12_000.0, 15_000.0, 17_000.0, 20_000.0] {
            let level = loudness(frequency, from, 16_000);
            assert!(level <= -60.0, "{frequency} Hz at {from} Hz is at {level:.1} dB");
        }
    }
}

#[test]
fn speech_passes() {
    for from in [44_100, 48_000] {
        for frequency in [100.0, 1000.0, 3400.0, 6000.0, 7000.0] {
            let level = loudness(frequency, from, 16_000);
            assert!(
                (-1.5..0.1).contains(&level),
                "{frequency} Hz at {from} Hz is at {level:.2} dB"
            );
        }
    }
}

/// The same in proportion, also for rates that share hardly a divisor, and for steep ones.
#[test]
fn other_rates_are_as_good() {
    for (from, to) in
        [(22_051, 16_000), (96_000, 16_000), (192_000, 8000), (44_100, 24_000), (47_999, 8000)]
    {
        let high = 1.125 * f64::from(to) / 2.0;
        let alias = loudness(high, from, to);
        assert!(alias <= -60.0, "{from} → {to}: {high} Hz is at {alias:.1} dB");
        let passed = loudness(0.875 * f64::from(to) / 2.0, from, to);
        assert!((-1.5..0.1).contains(&passed), "{from} → {to}: {passed:.2} dB");
    }
    for (from, to) in [(8000, 16_000), (16_000, 48_000), (11_025, 16_000), (8001, 16_000)] {
        let passed = loudness(0.85 * f64::from(from) / 2.0, from, to);
        assert!((-1.5..0.1).contains(&passed), "{from} → {to}: {passed:.2} dB");
    }
}

/// What is left when the tone is taken away is noise and distortion.
#[test]
fn a_tone_stays_a_tone() {
    for (from, to) in [(48_000, 16_000), (44_100, 16_000), (22_051, 16_000), (8000, 16_000)] {
        let expected = tone(1000.0, to);
        let output = resample(&tone(1000.0, from), from, to);
        let rest: Vec<f32> = output.iter().zip(&expected).map(|(a, b)| a - b).collect();
        // What is left is in the gain; at 1 kHz it is tiny.
        let noise = level(&rest);
        assert!(noise <= -70.0, "{from} → {to}: {noise:.1} dB");
    }
}

/// Where nothing is to be filtered away, two resamplers must agree.
#[test]
fn rubato_hears_the_same() {
    for from in [44_100_u32, 48_000] {
        let tones = |at: f64| -> f32 {
            let tones = [220.0, 1234.5, 3000.0, 5000.0];
            tones.iter().map(|tone| 0.2 * (TAU * tone * at).sin() as f32).sum()
        };
        let input = |later: f64| -> Vec<f32> {
            (0..from).map(|at| tones(f64::from(at) / f64::from(from) - later)).collect()
        };
        let ours = resample(&input(0.0), from, 16_000);
        // It takes away its filter's delay in whole samples, and begins one step later.
        let delay = SINC as f64 / 2.0 * 16_000.0 / f64::from(from);
        let theirs = rubato(&input((delay.floor() - delay + 1.0) / 16_000.0), from, 16_000);
        let inner = 1000..15_000;
        let worst = inner.map(|at| (ours[at] - theirs[at]).abs()).fold(0.0, f32::max);
        assert!(worst < 2e-3, "{from} Hz: they differ by {worst}");
    }
}

const SINC: usize = 192;

fn rubato(input: &[f32], from: u32, to: u32) -> Vec<f32> {
    let parameters = SincInterpolationParameters {
        sinc_len: SINC,
        f_cutoff: Some(0.95),
        oversampling_factor: 256,
        interpolation: SincInterpolationType::Cubic,
        window: WindowFunction::BlackmanHarris2,
    };
    let ratio = f64::from(to) / f64::from(from);
    let mut resampler =
        Async::<f32>::new_sinc(ratio, 1.0, &parameters, 1024, 1, FixedAsync::Input).unwrap();
    let channels = vec![input.to_vec()];
    let input = SequentialSliceOfVecs::new(&channels, 1, input.len()).unwrap();
    let output = resampler.process_all(&input, channels[0].len(), None).unwrap();
    output.take_data()
}
