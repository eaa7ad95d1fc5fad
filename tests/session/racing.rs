//! The first attach: WebSocket at once, HTTP beside it if that takes its time.

use everline::connection::{Status, Transport};

use crate::bench::{Bench, end, steady, welcome};

const OPEN_ON_HTTP: (Status, Option<Transport>) = (Status::Open, Some(Transport::Http));
const OPEN_ON_WEBSOCKET: (Status, Option<Transport>) = (Status::Open, Some(Transport::WebSocket));

#[test]
fn a_quick_websocket_is_alone() {
    let mut bench = Bench::open();
    bench.run(15_000.0);
    assert_eq!(bench.said(), [""; 0]);
}

#[test]
fn http_is_asked_two_and_a_half_seconds_later() {
    let mut bench = Bench::new(steady());
    bench.run(2499.0);
    assert_eq!(bench.said(), ["socket 1"]);
    bench.run(1.0);
    assert_eq!(bench.said(), ["post 1: h stream recv 0, att 1, new"]);
}

#[test]
fn http_is_asked_at_once_when_the_websocket_fails() {
    let mut bench = Bench::new(steady());
    bench.lost();
    assert_eq!(bench.said(), ["socket 1", "close 1006", "post 1: h stream recv 0, att 1, new"]);
}

#[test]
fn http_wins_the_race_and_the_websocket_takes_over() {
    let mut bench = Bench::new(steady());
    bench.run(2500.0);
    bench.send(1);
    bench.said();
    bench.welcome(bench.request(), welcome(0, 1));
    assert_eq!(bench.status(), OPEN_ON_HTTP);
    assert_eq!(bench.said(), ["http", "open", "post 2: h send recv 0, seq 1, [0]"]);

    // The attempt has gone on.
    bench.opened();
    assert_eq!(bench.said(), ["1: h probe recv 0"]);
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.said(), ["1: h ws recv 0, att 2"]);
    assert_eq!(bench.status(), OPEN_ON_HTTP);
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.status(), OPEN_ON_WEBSOCKET);
    // Nobody knows whether the request arrived.
    assert_eq!(bench.said(), ["1: = 0", "abort", "websocket"]);
}

#[test]
fn the_websocket_wins_the_race() {
    let mut bench = Bench::new(steady());
    bench.run(2600.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.status(), OPEN_ON_WEBSOCKET);
    assert!(bench.said().contains(&"abort".into()));
}

/// It is open, but that is not enough.
#[test]
fn a_mute_websocket_is_a_failure() {
    let mut bench = Bench::new(steady());
    bench.opened();
    assert_eq!(bench.status(), (Status::Connecting, None));
    bench.said();
    bench.run(2500.0);
    assert_eq!(bench.said(), ["post 1: h stream recv 0, att 2, new"]);
    bench.welcome(bench.request(), welcome(0, 1));
    assert_eq!(bench.status(), OPEN_ON_HTTP);
    bench.said();
    // Until the attempt's own end.
    bench.run(7500.0);
    assert_eq!(bench.said(), ["1: gone"]);
    assert_eq!(bench.status(), OPEN_ON_HTTP);
}

#[test]
fn if_both_are_mute_both_are_tried_again() {
    let mut bench = Bench::new(steady());
    bench.opened();
    bench.run(10_000.0);
    let said = bench.said();
    assert!(said.contains(&"1: gone".into()), "{said:?}");
    bench.run(30_000.0);
    let said = bench.said();
    assert!(said.contains(&"socket 2".into()), "{said:?}");
    assert_ne!(bench.status().0, Status::Open);
}

/// It works here, so HTTP has to wait for three failures.
#[test]
fn after_a_websocket_that_carried_something_http_waits_for_three_failures() {
    let mut bench = Bench::open();
    assert!(bench.message(bench.socket(), 1));
    bench.lost();
    assert_eq!(bench.said(), ["close 1006", "back in 500"]);
    bench.run(500.0);
    bench.lost();
    bench.run(1000.0);
    assert_eq!(bench.said(), ["socket 2", "close 1006", "back in 1000", "socket 3"]);
    // No race either.
    bench.run(5000.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.lost();
    bench.run(2000.0);
    assert_eq!(bench.said(), ["close 1006", "back in 2000", "socket 4"]);
    bench.lost();
    assert_eq!(bench.said(), ["close 1006", "post 1: h stream recv 1, att 2"]);
    // HTTP does not work either: it is the network.
    bench.unanswered(bench.post);
    assert!(bench.said().contains(&"back in 4000".into()));
}

/// Whatever ends the session ends the attempt as well.
#[test]
fn a_session_that_http_finds_gone_has_no_websocket_left() {
    let mut bench = Bench::new(steady());
    bench.run(2500.0);
    bench.opened();
    bench.said();
    bench.frame(bench.request(), end(4404, Some(0)));
    let said = bench.said();
    assert!(said.contains(&"1: gone".into()), "{said:?}");
    assert_eq!(said.last().unwrap(), "post 2: h stream recv 0, att 1, new");
}
