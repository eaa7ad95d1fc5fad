//! Where each message is a recording of its own.

use everline::audio::{Config, Encoding, Piece, Silence, Source};

use crate::stream::Stream;

#[test]
fn of_the_longest_length() {
    let mut stream = Stream::started(Config { segment: 1000.0, ..Config::default() });
    stream.push(40_000);
    stream.wait(60_000.0);
    assert_eq!(stream.segments(), [16_000, 16_000]);
    stream.finish();
    assert_eq!(stream.segments(), [8000]);
    stream.assert_complete();
    assert_eq!(stream.batcher.counters().segments, 3);
}

#[test]
fn rather_where_it_is_silent() {
    let silence = Some(Silence { threshold: 0.01, lasting: 200.0 });
    let mut stream = Stream::started(Config { silence, ..Config::default() });
    let push = |stream: &mut Stream, samples: usize, value: f32| {
        let samples = vec![value; samples];
        stream.batcher.push(&samples, Source::default(), stream.now).unwrap();
    };
    push(&mut stream, 16_000, 0.5);
    push(&mut stream, 4800, 0.0);
    push(&mut stream, 16_000, 0.5);
    let segment = stream.batcher.poll(Piece::Segment, stream.now).unwrap();
    assert_eq!((segment.first_sample, segment.samples), (0, 19_200));
    assert_eq!(stream.batcher.poll(Piece::Segment, stream.now), None);
}

#[test]
fn in_16_bits_whatever_the_batches_are_in() {
    let mut stream = Stream::started(Config { encoding: Encoding::Float32, ..Config::default() });
    stream.batcher.push(&[0.5, -0.5], Source::default(), stream.now).unwrap();
    stream.batcher.finish(stream.now);
    let segment = stream.batcher.poll(Piece::Segment, stream.now).unwrap();
    assert_eq!(segment.bytes[40..], [4, 0, 0, 0, 0, 0x40, 0, 0xc0]);
}

#[test]
fn none_while_the_way_is_not_ready() {
    let mut stream = Stream::new(Config::default());
    stream.push(400_000);
    assert_eq!(stream.segments(), []);
}
