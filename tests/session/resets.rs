//! A session that is gone: what arrived is told, and the rest is sent again or handed back.

use everline::connection::Status;

use crate::bench::{Bench, end, session_with, welcome};

/// An open connection that has sent messages 0 to 3, of which 0 is acknowledged.
fn busy(bench: &mut Bench) {
    for _ in 0..4 {
        bench.send(10);
    }
    bench.frame(bench.socket(), everline::session::Frame::Ack(1));
    bench.said();
}

#[test]
fn the_undelivered_are_sent_in_the_next_session_before_all_else() {
    for code in [4404, 4408, 4413] {
        let mut bench = Bench::open();
        busy(&mut bench);
        bench.frame(bench.socket(), end(code, Some(2)));
        bench.send(10);
        let said = bench.said();
        let place = said.iter().position(|line| line == "renew").unwrap();
        assert_eq!(said[place + 1], "reset exact [1] [2, 3]");
        assert!(said.contains(&format!("close {code}")));
        bench.run(500.0);
        bench.opened();
        assert!(bench.said().contains(&"2: h ws recv 0, att 1, new".into()));
        bench.welcome(bench.socket(), welcome(0, 1));
        assert_eq!(bench.wire(), ["2: = 2", "2: = 3", "2: = 4"]);
        assert_eq!(bench.status().0, Status::Open);
    }
}

#[test]
fn the_undelivered_are_handed_back() {
    let mut bench = Bench::open_with(session_with(|session| session.returns = true));
    busy(&mut bench);
    bench.frame(bench.socket(), end(4404, Some(2)));
    bench.send(10);
    assert!(bench.said().contains(&"reset exact [1] [2, 3]".into()));
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.wire(), ["2: = 4"]);
}

/// The server crashed: all that is not acknowledged may have arrived, or not.
#[test]
fn without_a_count_nothing_is_exact() {
    let mut bench = Bench::open();
    busy(&mut bench);
    bench.frame(bench.socket(), end(4404, None));
    assert!(bench.said().contains(&"reset [] [1, 2, 3]".into()));
}

#[test]
fn over_http_it_is_the_same() {
    let mut bench = Bench::on_http();
    let response = bench.request();
    bench.send(10);
    bench.said();
    bench.frame(response, end(4404, Some(0)));
    let said = bench.said();
    assert!(said.contains(&"reset exact [] [0]".into()), "{said:?}");
    assert!(said.contains(&"post 3: h stream recv 0, att 1, new".into()), "{said:?}");
    bench.welcome(bench.request(), welcome(0, 1));
    assert_eq!(bench.wire(), ["post 4: h send recv 0, seq 1, [0]"]);
}

#[test]
fn nothing_of_a_session_that_was_never_welcomed_is_lost() {
    let mut bench = Bench::new(crate::bench::steady());
    bench.send(10);
    bench.opened();
    bench.said();
    bench.frame(bench.socket(), end(4404, Some(0)));
    assert_eq!(bench.wire().last().unwrap(), "post 1: h stream recv 0, att 1, new");
    bench.welcome(bench.request(), welcome(0, 1));
    assert_eq!(bench.wire(), ["post 2: h send recv 0, seq 1, [0]"]);
}

/// Sent again it would end the next session, too. WebSocket libraries close by themselves, so there
/// may be no `x` before it.
#[test]
fn a_message_that_the_server_finds_too_large_is_handed_back() {
    for is_native in [false, true] {
        let mut bench = Bench::open();
        busy(&mut bench);
        if is_native {
            bench.closed(1009);
        } else {
            bench.frame(bench.socket(), end(1009, None));
        }
        let said = bench.said();
        assert!(said.contains(&"reset [] [1, 2, 3]".into()), "{said:?}");
        bench.run(500.0);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
        assert_eq!(bench.status().0, Status::Open);
        assert!(!bench.said().iter().any(|line| line.contains("= ")));
    }
}

#[test]
fn without_a_message_that_could_be_too_large_the_code_is_final() {
    let mut bench = Bench::open();
    bench.closed(1009);
    assert_eq!(bench.status().0, Status::Failed);
}

#[test]
fn acks_of_the_former_session_count_no_more() {
    let mut bench = Bench::open();
    busy(&mut bench);
    let former = bench.socket();
    bench.frame(former, end(4404, Some(1)));
    bench.frame(former, everline::session::Frame::Ack(4));
    bench.said();
    bench.run(500.0);
    bench.opened();
    bench.said();
    bench.welcome(bench.socket(), welcome(0, 1));
    assert_eq!(bench.wire(), ["2: = 1", "2: = 2", "2: = 3"]);
    assert!(bench.message(bench.socket(), 1), "the server's numbers begin anew as well");
}
