//! `s`: the number of the next message, said where the server could not know it.

use everline::session::Frame;

use crate::bench::{Bench, welcome};

/// Four messages were sent on a WebSocket that was lost, and another has just opened.
fn with_four_unacknowledged() -> Bench {
    let mut bench = Bench::open();
    for _ in 0..4 {
        bench.send(1);
    }
    bench.lost();
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench
}

/// The server heard of 1 and 2 by a request that was under way, while the WebSocket was about to
/// repeat them.
#[test]
fn is_said_when_an_ack_moved_the_replay() {
    let mut bench = with_four_unacknowledged();
    // The socket takes nothing until the ack is there.
    bench.takes = 0;
    bench.welcome(bench.socket(), welcome(0, 1));
    bench.frame(bench.socket(), Frame::Ack(2));
    bench.takes = usize::MAX;
    bench.said();
    bench.send(1);
    assert_eq!(bench.wire(), ["2: s3", "2: = 2", "2: = 3", "2: = 4"]);
    assert_eq!(bench.connection.counters().replayed, 2);
}

#[test]
fn is_not_said_when_the_replay_begins_where_the_server_expects_it() {
    let mut bench = with_four_unacknowledged();
    bench.welcome(bench.socket(), welcome(2, 1));
    assert_eq!(bench.wire(), ["2: = 2", "2: = 3"]);
}

#[test]
fn is_heard() {
    let mut bench = Bench::on_http();
    for _ in 0..3 {
        assert!(bench.message(bench.request(), 1));
    }
    bench.run(6250.0);
    bench.opened();
    bench.welcome(bench.socket(), welcome(0, 1));
    bench.welcome(bench.socket(), welcome(0, 1));
    bench.frame(bench.socket(), Frame::Start(3));
    assert!(!bench.message(bench.socket(), 1));
    assert!(bench.message(bench.socket(), 1));
}
