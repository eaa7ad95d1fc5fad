//! 2.5 heartbeats without a frame, and the WebSocket is dead.

use everline::connection::{Heartbeat, Page, Status};
use everline::session::Frame;

use crate::bench::{Bench, steady};

#[test]
fn a_silent_websocket_is_asked_and_then_dropped() {
    let mut bench = Bench::open();
    bench.run(39_999.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.said(), ["1: p0"]);
    bench.run(9999.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.said()[..2], ["1: gone", "close 1006"]);
}

#[test]
fn any_frame_is_a_sign_of_life() {
    let mut bench = Bench::open();
    bench.run(49_000.0);
    bench.said();
    bench.message(bench.socket(), 1);
    bench.run(39_000.0);
    bench.frame(bench.socket(), Frame::Ack(0));
    bench.run(39_000.0);
    bench.frame(bench.socket(), Frame::Ping(0));
    bench.run(39_000.0);
    assert_eq!(bench.said(), ["1: a1", "1: a1"]);
    assert_eq!(bench.status().0, Status::Open);
}

/// The machine slept: what came meanwhile is read first.
#[test]
fn a_late_timer_gives_a_second_of_grace() {
    let mut bench = Bench::open();
    bench.run(40_000.0);
    bench.said();
    bench.sleep(60_000.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.frame(bench.socket(), Frame::Ping(0));
    bench.run(30_000.0);
    assert_eq!(bench.said(), ["1: a0"]);
    assert_eq!(bench.status().0, Status::Open);
}

#[test]
fn a_late_timer_does_not_help_the_dead() {
    let mut bench = Bench::open();
    bench.run(40_000.0);
    bench.said();
    bench.sleep(60_000.0);
    bench.run(999.0);
    assert_eq!(bench.said(), [""; 0]);
    bench.run(1.0);
    assert_eq!(bench.said()[..2], ["1: gone", "close 1006"]);
}

#[test]
fn the_application_may_want_it_sooner() {
    let heartbeat = Some(Heartbeat { interval: 5000.0, timeout: 2000.0 });
    let mut bench = Bench::open_with(everline::connection::Config { heartbeat, ..steady() });
    bench.run(5000.0);
    assert_eq!(bench.said(), ["1: p0"]);
    bench.run(2000.0);
    assert_eq!(bench.said()[..2], ["1: gone", "close 1006"]);
}

#[test]
fn doubts_are_settled_in_four_seconds() {
    for page in [Page::Awake, Page::Offline] {
        let mut bench = Bench::open();
        bench.run(1000.0);
        bench.page(page);
        assert_eq!(bench.said(), ["1: p0"]);
        bench.run(3999.0);
        assert_eq!(bench.said(), [""; 0]);
        bench.run(1.0);
        assert_eq!(bench.said()[..2], ["1: gone", "close 1006"]);
    }
}

#[test]
fn a_page_that_is_put_away_keeps_its_session() {
    let mut bench = Bench::open();
    bench.message(bench.socket(), 1);
    bench.send(1);
    bench.said();
    bench.page(Page::Shelved);
    assert_eq!(bench.said()[0], "1: gone");
    bench.run(1000.0);
    bench.opened();
    assert!(bench.wire().contains(&"2: h ws recv 1, att 2".into()));
}
