//! From HTTP to a WebSocket: by a probe, without a gap.

use everline::connection::{Page, Status, Transport};

use crate::bench::{Bench, end, welcome};

#[test]
fn a_probe_comes_first_and_then_the_attach() {
    let mut bench = Bench::on_http();
    bench.run(6250.0);
    assert_eq!(bench.wire(), ["socket 2"]);
    bench.opened();
    assert_eq!(bench.wire(), ["2: h probe recv 0"]);
    // What comes meanwhile comes by the response.
    assert!(bench.message(bench.request(), 1));
    bench.welcome(bench.socket(), welcome(0, 2));
    assert_eq!(bench.wire(), ["2: h ws recv 1, att 2"]);
    assert!(bench.message(bench.request(), 1));
    bench.frame(bench.request(), end(4409, None));
    assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
    // The server repeats what it had not heard of, and it is no news.
    bench.welcome(bench.socket(), welcome(0, 2));
    assert_eq!(bench.status(), (Status::Open, Some(Transport::WebSocket)));
    assert!(!bench.message(bench.socket(), 1));
    assert!(bench.message(bench.socket(), 1));
    assert_eq!(bench.connection.counters().duplicates, 1);
}

#[test]
fn a_probe_that_gets_no_welcome_changes_nothing() {
    let mut bench = Bench::on_http();
    bench.run(6250.0);
    bench.opened();
    bench.said();
    bench.run(10_000.0);
    assert!(bench.said().contains(&"2: gone".into()));
    assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
}

/// The server has ended the response for a WebSocket that then died.
#[test]
fn an_attach_that_dies_leads_back_to_the_response() {
    let mut bench = Bench::on_http();
    bench.run(6250.0);
    bench.opened();
    bench.welcome(bench.socket(), welcome(0, 1));
    bench.frame(bench.request(), end(4409, None));
    bench.said();
    bench.lost();
    assert_eq!(bench.wire(), ["2: gone", "post 2: h stream recv 0, att 3"]);
    assert_eq!(bench.status(), (Status::Open, Some(Transport::Http)));
}

/// Another attach would end the WebSocket's.
#[test]
fn a_response_that_ends_meanwhile_is_not_asked_for_anew() {
    let mut bench = Bench::on_http();
    let response = bench.post;
    bench.run(6250.0);
    bench.opened();
    bench.message(bench.request(), 1);
    bench.welcome(bench.socket(), welcome(0, 2));
    bench.said();
    bench.finished(response, true);
    bench.run(500.0);
    assert_eq!(bench.wire(), [""; 0]);
    bench.lost();
    assert_eq!(bench.wire(), ["2: gone", "post 2: h stream recv 1, att 3"]);
}

#[test]
fn the_page_that_wakes_tries_at_once() {
    let mut bench = Bench::on_http();
    bench.run(1000.0);
    bench.page(Page::Awake);
    bench.run(0.0);
    assert_eq!(bench.wire(), ["socket 2"]);
}

#[test]
fn one_that_does_not_last_makes_the_next_wait_three_times_as_long() {
    let mut bench = Bench::on_http();
    let mut rests = Vec::new();
    for _ in 0..4 {
        let since = bench.now;
        while !bench.wire().iter().any(|line| line.starts_with("socket")) {
            bench.frame(bench.request(), everline::session::Frame::Ack(0));
            bench.run(100.0);
        }
        rests.push(bench.now - since);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
        bench.welcome(bench.socket(), welcome(0, 1));
        assert_eq!(bench.status().1, Some(Transport::WebSocket));
        bench.run(5000.0);
        bench.said();
        bench.lost();
        bench.welcome(bench.request(), welcome(0, 1));
        assert_eq!(bench.status().1, Some(Transport::Http), "{:?}", bench.said());
    }
    for (rest, base) in rests.iter().zip([5000.0, 15_000.0, 45_000.0, 135_000.0]) {
        let (least, most) = (0.75 * base, 1.25 * base + 100.0);
        assert!((least..=most).contains(rest), "{rests:?}");
    }
}
