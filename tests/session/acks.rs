//! When the client acknowledges: at 64 KiB, or after a second, and never for nothing.

use everline::session::Frame;

use crate::bench::{Bench, welcome};

#[test]
fn a_second_after_the_first_message() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 10);
    bench.run(600.0);
    bench.message(bench.socket(), 10);
    bench.run(399.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.said(), ["1: a2"]);
    bench.run(10_000.0);
    assert_eq!(bench.said(), [""; 0]);
}

#[test]
fn at_once_at_64_kib() {
    let mut bench = Bench::open();
    for _ in 0..63 {
        bench.message(bench.socket(), 1 << 10);
    }
    bench.message(bench.socket(), (1 << 10) - 1);
    assert_eq!(bench.said(), [""; 0]);
    bench.message(bench.socket(), 1);
    assert_eq!(bench.said(), ["1: a65"]);
    bench.run(10_000.0);
    assert_eq!(bench.said(), [""; 0]);
}

#[test]
fn an_answer_to_a_ping_saves_it() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 10);
    bench.run(500.0);
    bench.frame(bench.socket(), Frame::Ping(0));
    assert_eq!(bench.said(), ["1: a1"]);
    bench.run(10_000.0);
    assert_eq!(bench.said(), [""; 0]);
}

#[test]
fn a_repeated_message_is_acknowledged_as_well() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 10);
    bench.lost();
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert!(!bench.message(bench.socket(), 10));
    bench.said();
    bench.run(1000.0);
    assert_eq!(bench.said(), ["2: a1"]);
}

#[test]
fn over_http_by_a_request_without_messages() {
    let mut bench = Bench::on_http();
    bench.message(bench.request(), 10);
    bench.run(999.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.wire(), ["post 2: h send recv 1, seq 1, []"]);
    bench.welcome(bench.request(), welcome(0, 2));
    bench.finished(bench.post, true);
    bench.run(3000.0);
    assert_eq!(bench.wire(), [""; 0]);
}

#[test]
fn over_http_by_a_batch_that_goes_anyway() {
    let mut bench = Bench::on_http();
    bench.message(bench.request(), 10);
    bench.send(1);
    assert_eq!(bench.wire(), ["post 2: h send recv 1, seq 1, [0]"]);
    bench.welcome(bench.request(), welcome(1, 2));
    bench.finished(bench.post, true);
    bench.run(3000.0);
    assert_eq!(bench.wire(), [""; 0]);
}
