//! After a pause: longer batches, and not faster than is allowed.

use everline::audio::{Config, Overflow};

use crate::stream::Stream;

#[test]
fn batches_are_as_long_as_possible_until_it_is_live_again() {
    let mut stream = Stream::new(Config::default());
    stream.push(16_000 * 5 / 2);
    stream.batcher.start(stream.now);
    stream.poll();
    assert_eq!(stream.batches, [16_000, 16_000, 8000]);
    for _ in 0..4 {
        stream.push(800);
        stream.poll();
    }
    assert_eq!(stream.batches[3..], [1600, 1600]);
}

#[test]
fn not_faster_than_is_allowed() {
    let mut stream = Stream::new(Config { catch_up: 2.0, ..Config::default() });
    stream.push(16_000 * 10);
    stream.batcher.start(stream.now);
    let mut sent = Vec::new();
    loop {
        if stream.poll_one() {
            sent.push(stream.now);
        }
        match stream.batcher.next_deadline() {
            Some(deadline) => stream.now = deadline,
            None => break,
        }
    }
    let spans: Vec<f64> = sent.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert_eq!(spans, [500.0; 9]);
    stream.finish();
    stream.assert_complete();
}

#[test]
fn a_long_wait_earns_no_burst() {
    let mut stream = Stream::started(Config { catch_up: 1.0, ..Config::default() });
    stream.wait(60_000.0);
    stream.push(3200);
    assert_eq!(stream.poll(), 1);
    stream.wait(99.0);
    assert_eq!(stream.poll(), 0);
    stream.wait(1.0);
    assert_eq!(stream.poll(), 1);
}

#[test]
fn what_blocks_has_room_again_when_something_has_gone() {
    let config = Config { overflow: Overflow::Block, queue: 1000.0, ..Config::default() };
    let mut stream = Stream::new(config);
    assert!(stream.push(16_000), "what fits is taken");
    assert!(!stream.push(100));
    assert!(!stream.batcher.has_room());
    stream.batcher.start(stream.now);
    stream.poll();
    assert!(stream.batcher.has_room());
    assert!(stream.push(100));
    assert!(!stream.push(16_000 * 60));
    stream.flush();
    stream.poll();
    assert!(stream.push(16_000 * 60), "anything has room where nothing waits");
    stream.finish();
    stream.poll();
    stream.assert_complete();
    assert_eq!(stream.batcher.counters().dropped, 0);
}
