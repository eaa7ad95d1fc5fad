//! A page that is loaded anew goes on with its session.

use everline::connection::Page;
use everline::session::{Frame, Resume};

use crate::bench::{Bench, session_with, welcome};

fn persistent() -> everline::connection::Config {
    session_with(|session| session.persists = true)
}

#[test]
fn what_is_needed_is_saved_as_the_page_goes() {
    let mut bench = Bench::open_with(persistent());
    for _ in 0..3 {
        bench.send(10);
    }
    bench.frame(bench.socket(), Frame::Ack(1));
    bench.message(bench.socket(), 1);
    bench.said();
    bench.page(Page::Leaving);
    assert_eq!(bench.said(), ["save 1 1 1 2 false [1, 2]"]);
}

#[test]
fn what_waits_is_saved_behind_what_was_sent() {
    let mut bench = Bench::open_with(session_with(|session| {
        session.persists = true;
        session.window = 1;
    }));
    bench.send(10);
    bench.send(10);
    bench.said();
    bench.page(Page::Leaving);
    assert_eq!(bench.said(), ["save 0 0 1 1 false [0, 1]"]);
}

#[test]
fn without_it_nothing_is_saved() {
    let mut bench = Bench::open();
    bench.page(Page::Leaving);
    assert_eq!(bench.said(), [""; 0]);
}

/// Over HTTP what is on its way goes once more, in a request that outlives the page.
#[test]
fn without_it_a_page_on_http_sends_off_what_it_has() {
    let mut bench = Bench::on_http();
    bench.send(1);
    bench.send(1);
    bench.said();
    bench.page(Page::Leaving);
    let said = bench.said();
    assert!(said.contains(&"farewell recv 0, seq 1, [0, 1]".into()), "{said:?}");
}

/// A page that goes on with three messages, of which two have numbers.
fn restored() -> Bench {
    let resume = Resume { recv: 5, acked: 1, attaches: 3, numbered: 2, is_new: false };
    let mut bench = Bench::unstarted(session_with(|session| session.resume = Some(resume)));
    for _ in 0..3 {
        bench.send(10);
    }
    bench.tell(everline::connection::Input::Start);
    bench.opened();
    bench
}

#[test]
fn the_next_page_goes_on() {
    let mut bench = restored();
    assert_eq!(bench.said(), ["socket 1", "1: h ws recv 5, att 4"]);
    // The server had one of them.
    bench.welcome(bench.socket(), welcome(2, 6));
    assert_eq!(bench.wire(), ["1: = 1", "1: = 2"]);
    assert!(bench.message(bench.socket(), 1));
    bench.frame(bench.socket(), Frame::Ack(4));
    assert_eq!(bench.connection.queued_bytes(), 0);
}

#[test]
fn a_session_that_is_gone_meanwhile_is_told_exactly() {
    let mut bench = restored();
    bench.frame(bench.socket(), crate::bench::end(4404, Some(2)));
    assert!(bench.said().contains(&"reset exact [0] [1]".into()));
}
