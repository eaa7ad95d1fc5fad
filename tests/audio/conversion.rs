//! What becomes of a sample's value.

use everline::audio::{Batcher, Config, Encoding, Layout, Piece, Source, to_i16};
use everline::connection::Time;
use proptest::prelude::*;

use crate::random;

/// What goes out for what came in, at one rate.
fn through(samples: &[f32], source: Source, encoding: Encoding) -> Vec<u8> {
    let mut batcher = Batcher::new(Config { encoding, ..Config::default() });
    let (now, mut output) = (Time::new(0.0), Vec::new());
    batcher.start(now);
    batcher.push(samples, source, now).unwrap();
    batcher.finish(now);
    while let Some(batch) = batcher.poll(Piece::Batch, now) {
        output.extend_from_slice(batch.bytes);
    }
    output
}

fn pcm16(samples: &[f32], channels: usize, layout: Layout) -> Vec<i16> {
    let source = Source { channels, layout, ..Source::default() };
    let bytes = through(samples, source, Encoding::Pcm16);
    bytes.chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect()
}

#[test]
fn every_sample_of_16_bits_stays_what_it_is() {
    for sample in i16::MIN..=i16::MAX {
        assert_eq!(to_i16(f32::from(sample) / 32_768.0), sample);
    }
}

#[test]
fn what_is_too_loud_is_cut_and_what_is_no_number_is_silent() {
    assert_eq!(to_i16(1.0), i16::MAX);
    assert_eq!(to_i16(-1.0), i16::MIN);
    assert_eq!(to_i16(1e30), i16::MAX);
    assert_eq!(to_i16(f32::INFINITY), i16::MAX);
    assert_eq!(to_i16(f32::NEG_INFINITY), i16::MIN);
    assert_eq!(to_i16(f32::NAN), 0);
    assert_eq!(to_i16(-0.0), 0);
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5];
    assert_eq!(pcm16(&odd, 1, Layout::Interleaved), [0, 0, 0, 16_384]);
}

#[test]
fn of_two_equally_near_the_even_one() {
    for (halves, expected) in [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (65_533, 32_766)] {
        assert_eq!(to_i16(halves as f32 / 65_536.0), expected, "{halves} halves");
    }
}

proptest! {
    #![proptest_config(random::cases(2000))]

    #[test]
    fn rounds_as_the_standard_library(sample in any::<f32>(), small in -1.5..1.5_f32) {
        for sample in [sample, small] {
            prop_assert_eq!(to_i16(sample), (sample * 32_768.0).round_ties_even() as i16);
        }
    }
}

#[test]
fn least_significant_byte_first() {
    let source = Source { full_scale: 32_768.0, ..Source::default() };
    let bytes = through(&[4660.0, -2.0], source, Encoding::Pcm16);
    assert_eq!(bytes, [0x34, 0x12, 0xfe, 0xff]);
    let bytes = through(&[0.15625], Source::default(), Encoding::Float32);
    assert_eq!(bytes, [0, 0, 0x20, 0x3e]);
}

#[test]
fn floats_are_not_rounded() {
    let samples = [0.1, -0.2, 1.5, 1e-20, f32::NAN];
    let bytes = through(&samples, Source::default(), Encoding::Float32);
    let expected: Vec<u8> =
        [0.1_f32, -0.2, 1.5, 1e-20, 0.0].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!(bytes, expected);
}

/// Not the first one alone: that may be the microphone that nobody speaks into.
#[test]
fn the_mean_of_all_channels() {
    let frames = [0.5, 0.25, -1.0, 1.0, 0.0, 0.5];
    assert_eq!(pcm16(&frames, 2, Layout::Interleaved), [12_288, 0, 8192]);
    assert_eq!(pcm16(&frames, 3, Layout::Interleaved), [-2731, 16_384]);
    let planes = [0.5, -1.0, 0.0, 0.25, 1.0, 0.5];
    assert_eq!(pcm16(&planes, 2, Layout::Planar), [12_288, 0, 8192]);
}

#[test]
fn the_mean_of_channels_of_16_bits() {
    let source = Source { channels: 2, full_scale: 32_768.0, ..Source::default() };
    let bytes = through(&[100.0, 300.0, 32_767.0, 32_767.0], source, Encoding::Pcm16);
    assert_eq!(bytes, [200, 0, 0xff, 0x7f]);
}
