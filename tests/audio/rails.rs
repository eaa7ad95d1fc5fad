//! How long batches are.

use everline::audio::{Config, Piece, Source};

use crate::stream::Stream;

#[test]
fn however_the_audio_comes() {
    for piece in [1, 43, 128, 1600, 1601, 5000] {
        let mut stream = Stream::started(Config::default());
        for _ in 0..40_000 / piece {
            stream.push(piece);
            stream.poll();
        }
        assert!(stream.batches.iter().all(|length| *length == 1600), "pieces of {piece}");
    }
}

#[test]
fn a_flush_sends_what_is_there_and_no_more() {
    let mut stream = Stream::started(Config::default());
    stream.push(5);
    stream.flush();
    stream.push(1600);
    stream.poll();
    assert_eq!(stream.batches, [5, 1600]);
    stream.flush();
    assert_eq!(stream.poll(), 0);
}

#[test]
fn the_last_one_is_as_long_as_it_is() {
    let mut stream = Stream::started(Config { trailing_silence: 10.0, ..Config::default() });
    stream.push(1602);
    stream.finish();
    stream.poll();
    assert_eq!(stream.batches, [1600, 162]);
    stream.assert_complete();
}

#[test]
fn bytes_limit_it_too_and_divide_no_sample() {
    let mut stream = Stream::started(Config { max_bytes: 1001, ..Config::default() });
    stream.push(1600);
    stream.poll();
    assert_eq!(stream.batches, [500, 500, 500]);
}

#[test]
fn the_header_numbers_batches_and_samples() {
    let mut stream = Stream::started(Config { sequence: true, ..Config::default() });
    let headers: Vec<Vec<u8>> = (0..3)
        .map(|_| {
            stream.batcher.push(&[0.0; 1600], Source::default(), stream.now).unwrap();
            stream.batcher.poll(Piece::Batch, stream.now).unwrap().bytes[..16].to_vec()
        })
        .collect();
    assert_eq!(headers[0], *b"EVA1\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(headers[2], *b"EVA1\x02\0\0\0\x80\x0c\0\0\0\0\0\0");
}
