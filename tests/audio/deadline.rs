//! How long audio waits for more.

use everline::audio::Config;

use crate::stream::Stream;

#[test]
fn from_the_first_sample_that_waits() {
    let mut stream = Stream::started(Config::default());
    stream.push(900);
    stream.wait(50.0);
    stream.push(100);
    assert_eq!(stream.poll(), 0);
    let deadline = stream.batcher.next_deadline().unwrap();
    assert_eq!(deadline.since(stream.now), 150.0);
    stream.now = deadline;
    assert_eq!(stream.poll(), 1);
    assert_eq!(stream.batches, [1000]);
    assert_eq!(stream.batcher.next_deadline(), None);
}

#[test]
fn of_what_a_batch_left_behind_from_when_it_came() {
    let mut stream = Stream::started(Config::default());
    stream.push(800);
    stream.wait(120.0);
    stream.push(1600);
    assert_eq!(stream.poll(), 1);
    assert_eq!(stream.batcher.next_deadline().unwrap().since(stream.now), 200.0);
}

#[test]
fn too_little_waits_on() {
    let mut stream = Stream::started(Config::default());
    stream.push(799);
    assert_eq!(stream.batcher.next_deadline(), None);
    stream.wait(10_000.0);
    assert_eq!(stream.poll(), 0);
    stream.push(1);
    assert_eq!(stream.poll(), 1);
    assert_eq!(stream.batches, [800]);
}

#[test]
fn nothing_is_due_while_the_way_is_not_ready() {
    let mut stream = Stream::new(Config::default());
    stream.push(16_000);
    stream.wait(10_000.0);
    assert_eq!(stream.poll(), 0);
    assert_eq!(stream.batcher.next_deadline(), None);
    stream.batcher.start(stream.now);
    assert_eq!(stream.batcher.next_deadline(), Some(stream.now));
    assert_eq!(stream.poll(), 1);
    stream.push(16_000);
    stream.batcher.pause();
    assert_eq!(stream.poll(), 0);
}
