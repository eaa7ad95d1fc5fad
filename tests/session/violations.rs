//! A server that breaks the rules: 4400, and no second try.

use everline::connection::{Status, Transport};
use everline::session::Frame;

use crate::bench::{Bench, welcome};

/// The largest number that is exact in every language.
const LARGEST: u64 = (1 << 53) - 1;

fn assert_ends(mut bench: Bench) {
    assert_eq!(bench.status().0, Status::Failed);
    let said = bench.said();
    assert!(said.contains(&"close 4400".into()), "{said:?}");
    assert!(said.contains(&"failed: FinalCode".into()), "{said:?}");
    bench.run(1e6);
    assert_eq!(bench.said(), [""; 0]);
}

fn violated_by(frame: Frame<String>) {
    for make in [Bench::open, Bench::on_http] {
        let mut bench = make();
        let carrier = match bench.status().1 {
            Some(Transport::Http) => bench.request(),
            _ => bench.socket(),
        };
        bench.send(1);
        bench.frame(carrier, frame.clone());
        assert_ends(bench);
    }
}

#[test]
fn what_cannot_be_understood() {
    violated_by(Frame::Bad);
}

#[test]
fn an_ack_of_what_was_never_sent() {
    violated_by(Frame::Ack(2));
    violated_by(Frame::Ping(2));
    violated_by(Frame::Ack(LARGEST));
}

#[test]
fn a_start_that_leaves_a_gap() {
    violated_by(Frame::Start(2));
    violated_by(Frame::Start(LARGEST));
}

/// Numbers begin with 1.
#[test]
fn a_start_with_zero() {
    violated_by(Frame::Start(0));
}

#[test]
fn a_welcome_out_of_turn() {
    violated_by(Frame::Welcome(welcome(0, 1)));
}

#[test]
fn a_welcome_that_leaves_a_gap_or_acknowledges_too_much() {
    for welcome in
        [welcome(0, 2), welcome(1, 1), welcome(LARGEST, 1), welcome(0, LARGEST), welcome(0, 0)]
    {
        let mut bench = Bench::new(crate::bench::steady());
        bench.opened();
        bench.welcome(bench.socket(), welcome);
        assert_ends(bench);
    }
}

#[test]
fn a_message_before_the_welcome() {
    let mut bench = Bench::new(crate::bench::steady());
    bench.opened();
    assert!(!bench.message(bench.socket(), 1));
    assert_ends(bench);
}

#[test]
fn what_was_sent_is_told() {
    let mut bench = Bench::open();
    bench.send(1);
    bench.frame(bench.socket(), Frame::Bad);
    assert!(bench.said().contains(&"reset [] [0]".into()));
}

/// The numbers of the server begin with what the client has, however large that is.
#[test]
fn large_numbers_are_exact() {
    let config = crate::bench::session_with(|session| {
        session.resume = Some(everline::session::Resume {
            recv: LARGEST - 2,
            acked: LARGEST - 2,
            attaches: 7,
            numbered: 0,
            is_new: false,
        });
    });
    let mut bench = Bench::new(config);
    bench.opened();
    assert_eq!(bench.said(), ["socket 1", &format!("1: h ws recv {}, att 8", LARGEST - 2)]);
    bench.welcome(bench.socket(), welcome(LARGEST - 2, LARGEST - 1));
    bench.send(1);
    assert!(bench.message(bench.socket(), 1));
    bench.frame(bench.socket(), Frame::Ack(LARGEST - 1));
    assert_eq!(bench.connection.queued_bytes(), 0);
    bench.said();
    bench.run(1000.0);
    assert_eq!(bench.said(), [format!("1: a{}", LARGEST - 1)]);
}
