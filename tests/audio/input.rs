//! A source that changes in the middle of the stream.

use everline::audio::{Batcher, Config, Source};
use everline::connection::Time;

/// Another microphone, another rate: what the first one said is complete before the next begins.
#[test]
fn a_change_of_rate_loses_nothing() {
    let mut batcher = Batcher::new(Config::default());
    let now = Time::new(0.0);
    let mut expected = 0;
    for (rate, channels) in [(48_000, 1), (44_100, 2), (44_100, 1), (16_000, 1), (8000, 1)] {
        let frames = 12_345;
        let source = Source { rate, channels, ..Source::default() };
        for _ in 0..2 {
            batcher.push(&vec![0.5_f32; frames * channels], source, now).unwrap();
        }
        expected += (2 * frames as u64 * 16_000).div_ceil(rate.into());
    }
    batcher.finish(now);
    assert_eq!(batcher.counters().samples, expected);
    assert_eq!(batcher.counters().samples_in, 5 * 2 * 12_345);
}

#[test]
fn the_level_is_that_of_the_last_piece() {
    let mut batcher = Batcher::new(Config::default());
    let now = Time::new(0.0);
    batcher.push(&[1.0, -1.0], Source::default(), now).unwrap();
    batcher.push(&[0.5, -0.5, 0.0, 0.0], Source::default(), now).unwrap();
    let level = batcher.level();
    assert_eq!((level.power, level.peak), (0.125, 0.5));
}
