//! What is missing, and how it is told.

use everline::audio::{Config, Gap, Overflow, Piece, Reason};

use crate::stream::Stream;

/// A second of room.
fn config(overflow: Overflow) -> Config {
    Config { overflow, queue: 1000.0, ..Config::default() }
}

fn gap(from: u64, to: u64, reason: Reason) -> Gap {
    Gap { from, to, reason }
}

#[test]
fn the_oldest_are_dropped_by_whole_batches() {
    let mut stream = Stream::new(config(Overflow::DropOldest));
    stream.push(16_001);
    assert_eq!(stream.gaps(), [], "it may still grow");
    assert_eq!(stream.batcher.counters().dropped, 1600);
    stream.push(1600);
    stream.batcher.start(stream.now);
    stream.poll();
    assert_eq!(stream.gaps(), [], "told already, before the batch after it");
    stream.finish();
    stream.poll();
    stream.assert_complete();
    assert_eq!(stream.batcher.counters().dropped, 3200);
    assert_eq!(stream.batcher.counters().gaps, 1, "one outage, one gap");
}

#[test]
fn an_outage_of_an_hour_is_one_gap() {
    let mut stream = Stream::new(config(Overflow::DropOldest));
    for _ in 0..36_000 {
        stream.push(1600);
        assert_eq!(stream.gaps(), []);
    }
    stream.batcher.start(stream.now);
    assert!(stream.batcher.poll(Piece::Batch, stream.now).is_some());
    assert_eq!(stream.gaps(), [gap(0, 35_990 * 1600, Reason::Overflow)]);
}

#[test]
fn the_newest_are_dropped_where_they_are() {
    let mut stream = Stream::new(config(Overflow::DropNewest));
    stream.push(20_000);
    stream.batcher.start(stream.now);
    stream.poll();
    stream.push(8000);
    stream.finish();
    stream.poll();
    stream.assert_complete();
    assert_eq!(stream.batcher.counters().dropped, 4000);
    assert_eq!(stream.batcher.counters().gaps, 1);
}

/// Batches of one length only: what would be shorter is part of the gap.
#[test]
fn no_batch_before_a_gap_is_too_short() {
    let config = Config {
        batch: 100.0,
        min: 100.0,
        max: 100.0,
        queue: 150.0,
        ..config(Overflow::DropNewest)
    };
    let mut stream = Stream::new(config);
    stream.push(4000);
    stream.batcher.start(stream.now);
    stream.poll();
    assert_eq!(stream.batches, [1600]);
    assert_eq!(stream.batcher.counters().dropped, 2400);
    stream.finish();
    stream.assert_complete();
}

#[test]
fn a_lost_batch_is_a_gap_of_its_own() {
    let mut stream = Stream::started(Config::default());
    for _ in 0..5 {
        stream.push(1600);
        stream.poll();
    }
    stream.batcher.pause();
    stream.lose(2, Reason::ConnectionLost);
    assert_eq!(stream.gaps(), [gap(4800, 8000, Reason::ConnectionLost)]);
    stream.batcher.start(stream.now);
    stream.push(1600);
    stream.poll();
    stream.finish();
    stream.assert_complete();
}

#[test]
fn silence_goes_in_the_place_of_what_was_dropped() {
    let mut stream = Stream::new(Config { fill_gaps: true, ..config(Overflow::DropOldest) });
    stream.push(16_000 * 3);
    stream.batcher.start(stream.now);
    stream.poll();
    stream.finish();
    stream.poll();
    stream.assert_complete();
    let counters = stream.batcher.counters();
    assert_eq!((counters.sent_samples, counters.dropped), (48_000, 32_000));
}

#[test]
fn silence_goes_in_the_place_of_what_was_lost() {
    let mut stream = Stream::started(Config { fill_gaps: true, ..Config::default() });
    for _ in 0..3 {
        stream.push(1600);
        stream.poll();
    }
    stream.batcher.pause();
    stream.lose(2, Reason::ConnectionLost);
    stream.gaps();
    stream.push(1600);
    stream.batcher.start(stream.now);
    stream.poll();
    assert_eq!(stream.batches, [1600, 1600, 1600, 4800]);
    stream.finish();
    stream.assert_complete();
}

#[test]
fn what_waits_at_the_end_is_told() {
    let mut stream = Stream::started(Config::default());
    stream.push(2000);
    stream.poll();
    stream.batcher.close();
    assert_eq!(stream.gaps(), [gap(1600, 2000, Reason::Closed)]);
    stream.assert_complete();
}

#[test]
fn what_there_is_no_room_for_goes_another_way() {
    let config = Config { segment: 500.0, ..config(Overflow::Spill) };
    let mut stream = Stream::new(config);
    stream.push(16_000);
    assert_eq!(stream.spill(), []);
    stream.push(1);
    assert_eq!(stream.spill(), [8000]);
    assert_eq!(stream.gaps(), []);
    stream.lose(1, Reason::SpillFailed);
    assert_eq!(stream.gaps(), [gap(0, 8000, Reason::SpillFailed)]);
    // If nobody takes it there, there is an end as well.
    stream.push(40_000);
    stream.spill();
    stream.batcher.start(stream.now);
    stream.finish();
    stream.poll();
    stream.assert_complete();
    assert!(stream.batcher.counters().dropped > 8000);
}
