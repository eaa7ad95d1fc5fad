//! Batches that end where somebody stopped speaking.

use everline::audio::{Batcher, Config, Piece, Silence, Source};
use everline::connection::Time;

fn batches(config: Config, pieces: &[(usize, f32)]) -> Vec<usize> {
    let (mut batcher, now) = (Batcher::new(config), Time::new(0.0));
    let mut lengths = Vec::new();
    batcher.start(now);
    for (samples, value) in pieces {
        for _ in 0..samples / 160 {
            batcher.push(&[*value; 160], Source::default(), now).unwrap();
            while let Some(batch) = batcher.poll(Piece::Batch, now) {
                lengths.push(batch.samples);
            }
        }
    }
    lengths
}

fn config() -> Config {
    let silence = Some(Silence { threshold: 0.01, lasting: 100.0 });
    Config { batch: 1000.0, silence, ..Config::default() }
}

#[test]
fn as_soon_as_it_has_lasted() {
    let lengths = batches(config(), &[(8000, 0.1), (4800, 0.001), (16_000, 0.1)]);
    assert_eq!(lengths, [9600, 16_000]);
}

#[test]
fn once_however_long_it_lasts() {
    let lengths = batches(config(), &[(8000, 0.1), (40_000, 0.0)]);
    assert_eq!(lengths, [9600, 16_000, 16_000]);
}

#[test]
fn not_where_it_was_too_short_or_not_silent() {
    assert_eq!(batches(config(), &[(4000, 0.1), (1440, 0.0), (10_560, 0.1)]), [16_000]);
    assert_eq!(batches(config(), &[(4000, 0.1), (12_000, 0.011)]), [16_000]);
}

#[test]
fn not_if_the_batch_would_be_too_short() {
    let config = Config { min: 500.0, ..config() };
    assert_eq!(batches(config, &[(1600, 0.1), (4000, 0.0), (10_400, 0.1)]), [16_000]);
}

#[test]
fn nobody_listens_by_default() {
    let config = Config { batch: 1000.0, ..Config::default() };
    assert_eq!(batches(config, &[(16_000, 0.0)]), [16_000]);
}
