//! The application ends the session, and the server is told.

use everline::connection::Status;

use crate::bench::{Bench, welcome};

#[test]
fn on_a_websocket() {
    let mut bench = Bench::open();
    bench.send(1);
    bench.said();
    bench.close(Some(4000));
    assert_eq!(bench.said(), ["1: x 4000"]);
    assert_eq!(bench.status().0, Status::Closing);
    bench.closed(4000);
    assert_eq!(bench.said(), ["close 4000"]);
    assert_eq!(bench.status().0, Status::Closed);
}

#[test]
fn on_http_by_a_request_that_outlives_the_page() {
    let mut bench = Bench::on_http();
    bench.send(1);
    bench.send(1);
    bench.said();
    bench.close(None);
    assert_eq!(bench.wire(), ["abort", "farewell recv 0, seq 1, [0, 1] x 1000"]);
    bench.run(1.0);
    assert_eq!(bench.status().0, Status::Closed);
}

#[test]
fn a_reconnect_after_that_begins_another_session() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 1);
    bench.close(None);
    bench.run(15_000.0);
    assert_eq!(bench.status().0, Status::Closed);
    bench.said();
    bench.reconnect();
    bench.opened();
    let said = bench.said();
    assert!(said.contains(&"renew".into()), "{said:?}");
    assert_eq!(said.last().unwrap(), "2: h ws recv 0, att 1, new");
}

#[test]
fn a_reconnect_without_that_goes_on_with_the_session() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 1);
    bench.send(1);
    bench.said();
    bench.reconnect();
    bench.opened();
    assert_eq!(bench.said(), ["1: gone", "close 1000", "socket 2", "2: h ws recv 1, att 2"]);
    bench.welcome(bench.socket(), welcome(0, 2));
    assert_eq!(bench.wire(), ["2: = 0"]);
}

#[test]
fn the_servers_application_ends_it() {
    let mut bench = Bench::open();
    bench.send(1);
    bench.said();
    bench.frame(bench.socket(), crate::bench::end(1000, Some(1)));
    let said = bench.said();
    assert!(said.contains(&"close 1000".into()), "{said:?}");
    assert_eq!(bench.status().0, Status::Failed);
    bench.reconnect();
    bench.opened();
    assert_eq!(bench.said().last().unwrap(), "2: h ws recv 0, att 1, new");
}
