//! What may be on its way without an ack, and what waits behind that.

use everline::connection::{Config, Limits, Overflow};
use everline::session::{Frame, Welcome};

use crate::bench::{Bench, session_with, steady, welcome};

/// What a message costs beyond its bytes.
const OVERHEAD: usize = 64;

fn window_for(messages: usize, bytes: usize) -> Config {
    session_with(|session| session.window = messages * (bytes + OVERHEAD))
}

#[test]
fn what_does_not_fit_waits_for_an_ack() {
    let mut bench = Bench::open_with(window_for(2, 10));
    for _ in 0..4 {
        bench.send(10);
    }
    assert_eq!(bench.wire(), ["1: = 0", "1: = 1"]);
    assert_eq!((bench.connection.queued(), bench.connection.queued_bytes()), (2, 40));
    bench.frame(bench.socket(), Frame::Ack(1));
    assert_eq!(bench.wire(), ["1: = 2"]);
    bench.frame(bench.socket(), Frame::Ack(3));
    assert_eq!(bench.wire(), ["1: = 3"]);
    bench.frame(bench.socket(), Frame::Ack(4));
    assert_eq!((bench.connection.queued(), bench.connection.queued_bytes()), (0, 0));
}

#[test]
fn one_message_always_fits() {
    let mut bench = Bench::open_with(window_for(1, 10));
    bench.send(1000);
    bench.send(1);
    assert_eq!(bench.wire(), ["1: = 0"]);
    bench.frame(bench.socket(), Frame::Ack(1));
    assert_eq!(bench.wire(), ["1: = 1"]);
}

#[test]
fn the_server_may_allow_less() {
    let mut bench = Bench::new(steady());
    bench.opened();
    bench.welcome(bench.socket(), Welcome { window: 2 * (10 + OVERHEAD), ..welcome(0, 1) });
    bench.said();
    for _ in 0..3 {
        bench.send(10);
    }
    assert_eq!(bench.wire(), ["1: = 0", "1: = 1"]);
}

#[test]
fn over_http_it_bounds_a_batch() {
    let mut bench = Bench::on_http_with(window_for(2, 10));
    for _ in 0..4 {
        bench.send(10);
    }
    assert_eq!(bench.wire(), ["post 2: h send recv 0, seq 1, [0]"]);
    bench.welcome(bench.request(), welcome(1, 1));
    bench.finished(bench.post, true);
    assert_eq!(bench.wire(), ["post 3: h send recv 0, seq 2, [1, 2]"]);
}

#[test]
fn only_what_has_no_number_is_dropped() {
    let limits = Limits { messages: 2, overflow: Overflow::DropOldest, ..Limits::default() };
    let mut bench = Bench::open_with(Config { limits, ..window_for(2, 10) });
    for _ in 0..6 {
        bench.send(10);
    }
    assert_eq!(bench.said(), ["1: = 0", "1: = 1", "dropped 1 Overflow", "dropped 1 Overflow"]);
    bench.lost();
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.wire(), ["2: = 0", "2: = 1"]);
    bench.frame(bench.socket(), Frame::Ack(2));
    assert_eq!(bench.wire(), ["2: = 4", "2: = 5"]);
}

#[test]
fn only_what_has_no_number_gets_too_old() {
    let limits = Limits { time_to_live: 1000.0, ..Limits::default() };
    let mut bench = Bench::open_with(Config { limits, ..window_for(1, 10) });
    bench.send(10);
    bench.send(10);
    bench.run(5000.0);
    assert_eq!(bench.said(), ["1: = 0", "dropped 1 Expired"]);
    bench.lost();
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.wire(), ["2: = 0"]);
}

/// Before the first welcome nobody knows how large a message may be.
#[test]
fn a_message_that_is_too_large_never_gets_a_number() {
    let mut bench = Bench::new(steady());
    assert_eq!(bench.connection.largest(), usize::MAX);
    bench.send(10);
    bench.send(101);
    bench.send(100);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), Welcome { largest: 100, ..welcome(0, 1) });
    let said = bench.said();
    assert!(said.contains(&"dropped 1 Rejected".into()), "{said:?}");
    assert!(said.contains(&"1: = 0".into()) && said.contains(&"1: = 2".into()), "{said:?}");
    assert_eq!(bench.connection.largest(), 100);
}
