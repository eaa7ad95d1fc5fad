//! The client's messages over HTTP: one request at a time, repeated until its answer came.

use everline::connection::{Config, Input, Status, Transport};
use everline::session::Frame;

use crate::bench::{Bench, steady, welcome};

#[test]
fn one_is_under_way_and_the_rest_waits_for_its_answer() {
    let mut bench = Bench::on_http();
    bench.send(1);
    assert_eq!(bench.wire(), ["post 2: h send recv 0, seq 1, [0]"]);
    bench.send(1);
    bench.send(1);
    assert_eq!(bench.wire(), [""; 0]);
    bench.welcome(bench.request(), welcome(1, 1));
    bench.finished(bench.post, true);
    assert_eq!(bench.wire(), ["post 3: h send recv 0, seq 2, [1, 2]"]);
    bench.welcome(bench.request(), welcome(3, 1));
    bench.finished(bench.post, true);
    assert_eq!(bench.wire(), [""; 0]);
    assert_eq!(bench.connection.queued_bytes(), 0);
}

#[test]
fn one_that_failed_is_sent_again_unchanged() {
    let mut bench = Bench::on_http();
    bench.send(1);
    let post = bench.post;
    bench.unanswered(post);
    bench.send(1);
    bench.said();
    bench.run(499.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.wire(), ["post 3: h send recv 0, seq 1, [0, 1]"]);
}

#[test]
fn a_status_that_asks_for_patience_gets_it() {
    let mut bench = Bench::on_http();
    bench.send(1);
    let post = bench.post;
    bench.tell(Input::Answered { post, status: 503, retry_after: Some(4000.0) });
    bench.said();
    bench.run(3999.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.wire(), ["post 3: h send recv 0, seq 1, [0]"]);
}

#[test]
fn an_ack_by_the_response_spares_the_repetition() {
    let mut bench = Bench::on_http();
    let response = bench.request();
    bench.send(1);
    bench.unanswered(bench.post);
    bench.frame(response, Frame::Ack(1));
    bench.said();
    bench.run(1000.0);
    assert_eq!(bench.wire(), [""; 0]);
}

#[test]
fn four_failures_in_a_row_are_a_loss() {
    let mut bench = Bench::on_http();
    bench.send(1);
    for _ in 0..4 {
        assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
        bench.unanswered(bench.post);
        bench.run(2000.0);
    }
    let said = bench.said();
    assert!(said.contains(&"close 1006".into()), "{said:?}");
}

/// A browser has six connections to a server over HTTP/1.1, and other pages hold them with their
/// responses: this page's must not do so as well.
#[test]
fn one_that_gets_no_connection_is_made_way_for() {
    let mut bench = Bench::on_http();
    bench.send(1);
    let batch = bench.request();
    bench.run(2999.0);
    bench.said();
    bench.run(1.0);
    assert_eq!(bench.wire(), ["post 3: h glance recv 0, att 2"]);
    // The batch is still under way.
    bench.welcome(batch, welcome(1, 1));
    assert_eq!(bench.connection.queued_bytes(), 0);
    // There is a pause between two glances, in which others have their turn.
    bench.welcome(bench.request(), welcome(1, 1));
    bench.finished(bench.post, true);
    bench.run(999.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.wire(), ["post 4: h glance recv 0, att 3"]);
}

#[test]
fn one_that_takes_too_long_is_sent_again() {
    let mut bench = Bench::on_http();
    bench.send(1);
    bench.said();
    let mut again = None;
    while again.is_none() {
        bench.run(100.0);
        for line in bench.wire() {
            if line.contains("h glance") {
                bench.welcome(bench.request(), welcome(0, 1));
                bench.finished(bench.post, true);
            } else if line.contains("h send") {
                again = Some((bench.now, line));
            }
        }
    }
    // After its time and the first pause.
    let (when, line) = again.unwrap();
    assert_eq!(when, 10_500.0);
    assert!(line.ends_with("h send recv 0, seq 1, [0]"), "{line}");
    assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
}

/// However little patience there is.
#[test]
fn a_way_is_made_before_the_batch_is_given_up() {
    let mut bench = Bench::on_http_with(Config { connection_timeout: 1000.0, ..steady() });
    bench.send(1);
    bench.said();
    bench.run(1000.0);
    let wire = bench.wire();
    assert!(wire.iter().any(|line| line.contains("h glance")), "{wire:?}");
}
