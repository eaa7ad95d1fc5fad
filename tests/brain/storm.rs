//! Thousands of connections lose their server at once: none of the usual libraries returns to it more
//! gently, nor in the end sooner than a server's capacity allows.

use everline::connection::Config;

use crate::simulator::{Farewell, Outcome, PEERS, Policy, Setting, storm};

const SEED: u64 = 1;

/// How long the server is away, in ms.
const AWAY: [f64; 4] = [0.0, 2000.0, 10_000.0, 60_000.0];

fn ours(farewell: Farewell, setting: Setting) -> Outcome {
    storm(&Policy::Everline(Config::default()), farewell, setting, SEED).0
}

fn theirs(name: &str, setting: Setting) -> Outcome {
    let peer = PEERS.iter().find(|peer| peer.name == name).unwrap();
    storm(&Policy::Formula(peer), Farewell::None, setting, SEED).0
}

fn assert_in_time(setting: Setting) {
    for farewell in [Farewell::None, Farewell::Code(1012)] {
        let outcome = ours(farewell, setting);
        let is_in_time = outcome.back99.is_some_and(|at| at <= 2.0 * outcome.limit);
        assert!(is_in_time, "{outcome:?} of {setting:?}, {farewell:?}, seed {SEED}");
        assert_eq!(outcome.lost, 0.0, "{setting:?}, {farewell:?}, seed {SEED}");
    }
}

#[test]
fn all_are_back_within_twice_the_time_that_the_server_needs() {
    for down in AWAY {
        for seconds in [2.0, 10.0, 60.0] {
            assert_in_time(Setting::new(1000, down, seconds));
        }
    }
    assert_in_time(Setting::new(10_000, 2000.0, 10.0));
}

#[test]
fn nobody_comes_twice_within_a_second_nor_all_at_once() {
    for down in AWAY {
        let outcome = ours(Farewell::None, Setting::new(2000, down, 10.0));
        let is_spread = outcome.peak <= 1.0 && outcome.burst < 0.3;
        assert!(is_spread, "{outcome:?}, away {down} ms, seed {SEED}");
    }
}

/// Those whose first retry comes within half a second too.
#[test]
fn the_crowd_is_gentler_than_that_of_other_libraries() {
    for down in [0.0, 10_000.0] {
        let setting = Setting::new(2000, down, 10.0);
        let mine = ours(Farewell::None, setting);
        for name in [
            "reconnecting-websocket",
            "partysocket",
            "rews",
            "sturdy-websocket",
            "robust-websocket",
            "phoenix",
            "SignalR",
            "sockette",
            "centrifuge",
        ] {
            let other = theirs(name, setting);
            assert!(
                mine.peak <= other.peak,
                "{mine:?}, {name} {other:?}, away {down} ms, seed {SEED}"
            );
        }
    }
}

#[test]
fn a_server_that_sends_everybody_away_is_spared_most() {
    for down in [0.0, 10_000.0] {
        let setting = Setting::new(2000, down, 10.0);
        let mine = ours(Farewell::Code(1012), setting);
        for peer in PEERS {
            let other = theirs(peer.name, setting);
            assert!(mine.peak < other.peak, "{mine:?}, {} {other:?}, seed {SEED}", peer.name);
        }
    }
}

#[test]
fn hints_spread_it_as_the_server_likes() {
    let setting = Setting::new(2000, 0.0, 10.0);
    let outcome = ours(Farewell::Hints(1001, 10_000.0), setting);
    assert!(outcome.peak < 0.15 && outcome.wasted < 0.01, "{outcome:?}, seed {SEED}");
}
