//! The server's messages over HTTP: by a stream, or where that is held back by one response after the
//! other.

use everline::connection::{Status, Transport};
use everline::session::Frame;

use crate::bench::{Bench, welcome};

const OPEN_ON_HTTP: (Status, Option<Transport>) = (Status::Open, Some(Transport::Http));

#[test]
fn a_stream_that_is_complete_is_followed_by_the_next() {
    let mut bench = Bench::on_http();
    assert!(bench.message(bench.request(), 1));
    bench.finished(bench.post, true);
    assert_eq!(bench.wire(), ["post 2: h stream recv 1, att 2"]);
    assert_eq!(bench.status(), OPEN_ON_HTTP);
}

#[test]
fn a_stream_that_was_cut_is_too() {
    let mut bench = Bench::on_http();
    let response = bench.post;
    assert!(bench.message(bench.request(), 1));
    bench.run(1500.0);
    bench.said();
    bench.finished(response, false);
    assert_eq!(bench.wire(), ["post 3: h stream recv 1, att 2"]);
    assert_eq!(bench.status(), OPEN_ON_HTTP);
}

/// A proxy that ends them at once is not asked a thousand times a second.
#[test]
fn empty_responses_are_asked_for_once_a_second() {
    let mut bench = Bench::on_http();
    for post in 2..6 {
        bench.finished(bench.post, true);
        assert_eq!(bench.wire(), [""; 0]);
        bench.run(1000.0);
        assert_eq!(bench.wire(), [format!("post {post}: h stream recv 0, att {post}")]);
        bench.welcome(bench.request(), welcome(0, 1));
    }
}

#[test]
fn a_stream_without_a_welcome_is_taken_for_buffered_and_polling_begins() {
    let mut bench = Bench::new(crate::bench::steady());
    bench.lost();
    assert_eq!(bench.wire(), ["socket 1", "post 1: h stream recv 0, att 1, new"]);
    bench.run(2999.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.run(1.0);
    let wire = bench.wire();
    assert!(wire.contains(&"post 2: h glance recv 0, att 2, new".into()), "{wire:?}");
    bench.welcome(bench.request(), welcome(0, 1));
    assert_eq!(bench.status(), OPEN_ON_HTTP);
    bench.finished(bench.post, true);
    assert_eq!(bench.wire().last().unwrap(), "post 3: h poll recv 0, att 3");
    bench.welcome(bench.request(), welcome(0, 1));
    assert!(bench.message(bench.request(), 1));
    bench.finished(bench.post, true);
    assert_eq!(bench.wire(), ["post 4: h poll recv 1, att 4"]);
}

#[test]
fn a_stream_that_is_silent_for_two_and_a_half_heartbeats_is_asked_for_anew() {
    let mut bench = Bench::on_http();
    for _ in 0..4 {
        bench.run(49_000.0);
        bench.frame(bench.request(), Frame::Ack(0));
    }
    let asks = |wire: Vec<String>| {
        wire.into_iter().filter(|line| line.contains("h stream")).collect::<Vec<_>>()
    };
    assert_eq!(asks(bench.wire()), [""; 0]);
    bench.run(49_999.0);
    assert_eq!(asks(bench.wire()), [""; 0]);
    bench.run(1.0);
    assert_eq!(asks(bench.wire()).len(), 1);
}
