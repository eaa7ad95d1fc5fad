//! What the codes of the server's last words lead to.

use everline::connection::{Close, Status};
use everline::session::Frame;

use crate::bench::{Bench, end, steady, welcome};

fn end_with_retry(code: u16, retry: f64) -> Frame<String> {
    let close = Close { code, reason: String::new(), clean: true };
    Frame::End { close, recv: Some(0), retry: Some(retry) }
}

#[test]
fn a_server_that_stops_says_when_to_come_back() {
    for code in [1001, 4429] {
        let mut bench = Bench::open();
        bench.frame(bench.socket(), end_with_retry(code, 1234.0));
        let close = format!("close {code}");
        assert_eq!(bench.said(), ["1: gone", close.as_str(), "back in 1234"]);
        bench.run(1234.0);
        bench.opened();
        assert_eq!(bench.said(), ["socket 2", "2: h ws recv 0, att 2"]);
    }
}

#[test]
fn where_http_is_at_hand_that_waits_as_well() {
    let on_http = Bench::on_http();
    let eager = Bench::welcomed(steady());
    for (mut bench, carrier) in [(on_http.request(), on_http), (eager.socket(), eager)]
        .map(|(carrier, bench)| (bench, carrier))
    {
        bench.frame(carrier, end_with_retry(1001, 1234.0));
        bench.run(1233.0);
        let said = bench.said();
        let comes_back = |line: &String| line.starts_with("post") || line.starts_with("socket");
        assert!(!said.iter().any(comes_back), "{said:?}");
        bench.run(1.0);
        assert!(bench.said().iter().any(comes_back));
    }
}

#[test]
fn a_lost_carrier_is_attached_again() {
    for code in [1005, 1006, 1011, 1013, 4421] {
        let mut bench = Bench::open();
        bench.frame(bench.socket(), end(code, None));
        assert_eq!(bench.said()[..2], ["1: gone".into(), format!("close {code}")]);
        bench.run(500.0);
        bench.opened();
        assert!(bench.said().contains(&"2: h ws recv 0, att 2".into()), "{code}");
    }
}

/// The application's own words, and those of a server that will not change its mind.
#[test]
fn final_codes_are_final() {
    for code in [1000, 1002, 1003, 1007, 1008, 1010, 4400, 4403] {
        let mut bench = Bench::open();
        bench.frame(bench.socket(), end(code, Some(0)));
        let said = bench.said();
        assert!(said.contains(&format!("close {code}")), "{said:?}");
        assert!(said.contains(&"failed: FinalCode".into()), "{said:?}");
        bench.run(100_000.0);
        assert_eq!(bench.said(), [""; 0]);
    }
}

#[test]
fn an_expired_token_is_refreshed_once() {
    for code in [3000, 4401] {
        let mut bench = Bench::open();
        bench.frame(bench.socket(), end(code, None));
        assert_eq!(bench.status().0, Status::Waiting);
        bench.run(500.0);
        bench.opened();
        bench.frame(bench.socket(), end(code, None));
        assert_eq!(bench.status().0, Status::Failed, "{code}");
    }
}

#[test]
fn a_token_that_was_good_for_a_while_is_refreshed_again() {
    let mut bench = Bench::open();
    for attempt in 2..5 {
        bench.frame(bench.socket(), end(4401, None));
        bench.run(1000.0);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
        bench.run(6000.0);
        assert_eq!(bench.status().0, Status::Open, "attempt {attempt}");
    }
}

#[test]
fn a_conflict_is_answered_by_another_attach() {
    let mut bench = Bench::open();
    bench.frame(bench.socket(), end(4409, None));
    assert_eq!(bench.said(), ["1: gone", "close 4409", "back in 500"]);
    bench.run(500.0);
    bench.opened();
    assert_eq!(bench.said(), ["socket 2", "2: h ws recv 0, att 2"]);
}

#[test]
fn three_conflicts_in_ten_seconds_mean_that_somebody_else_has_the_session() {
    let mut bench = Bench::open();
    bench.send(1);
    for _ in 0..2 {
        bench.frame(bench.socket(), end(4409, None));
        bench.run(2000.0);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
    }
    bench.said();
    bench.frame(bench.socket(), end(4409, None));
    let said = bench.said();
    assert!(said.contains(&"renew".into()), "{said:?}");
    // Whether it arrived is not known.
    assert!(said.contains(&"reset [] [0]".into()), "{said:?}");
    bench.run(2000.0);
    bench.opened();
    assert!(bench.said().contains(&"4: h ws recv 0, att 1, new".into()));
}

#[test]
fn conflicts_that_are_rare_are_none() {
    let mut bench = Bench::open();
    for _ in 0..5 {
        bench.frame(bench.socket(), end(4409, None));
        bench.run(6000.0);
        bench.opened();
        bench.welcome(bench.socket(), welcome(0, 1));
        assert!(!bench.said().contains(&"renew".into()));
    }
}

/// It is our own newer attach that ended it.
#[test]
fn the_end_of_an_older_carrier_is_no_conflict() {
    let mut bench = Bench::on_http();
    let older = bench.request();
    bench.message(older, 1);
    bench.finished(bench.post, true);
    bench.welcome(bench.request(), welcome(0, 2));
    bench.said();
    for _ in 0..5 {
        bench.frame(older, end(4409, None));
    }
    assert_eq!(bench.said(), [""; 0]);
    assert_eq!(bench.status().0, Status::Open);
}

/// A proxy, or the library below the server, closes without a word. The one that says that all is
/// well knows nothing of sessions.
#[test]
fn the_code_of_a_native_close_means_the_same() {
    for (code, status) in [
        (1000, Status::Waiting),
        (1001, Status::Waiting),
        (1006, Status::Waiting),
        (4403, Status::Failed),
        (4404, Status::Waiting),
    ] {
        let mut bench = Bench::open();
        bench.closed(code);
        assert_eq!(bench.status().0, status, "{code}");
        assert_eq!(bench.said().contains(&"renew".into()), code == 4404, "{code}");
    }
}
