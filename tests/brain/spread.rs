//! The default delays: a crowd that lost one server stays spread, and each client comes by itself.

use everline::connection::{Backoff, Config, Jitter, Millis};

use crate::world::{Fate, Plan, World};

/// The delays of one client that is refused again and again.
fn delays(seed: u64, retries: usize) -> Vec<Millis> {
    delays_after(seed, retries, |_| Plan::failing())
}

fn delays_after(seed: u64, retries: usize, plan: impl FnMut(u32) -> Plan + 'static) -> Vec<Millis> {
    delays_of(Config { seed, ..Config::default() }, retries, plan)
}

fn delays_of(
    config: Config,
    retries: usize,
    plan: impl FnMut(u32) -> Plan + 'static,
) -> Vec<Millis> {
    World::new(config).plan(plan).started().delays(retries)
}

/// When the retries come, since the loss, if an attempt takes no time.
fn times(delays: &[Millis]) -> Vec<Millis> {
    let mut now = 0.0;
    delays
        .iter()
        .map(|delay| {
            now += delay;
            now
        })
        .collect()
}

const WINDOWS: [(Millis, Millis); 12] = [
    (100.0, 500.0),
    (1100.0, 1500.0),
    (2100.0, 3500.0),
    (3500.0, 7500.0),
    (7500.0, 15_500.0),
    (15_500.0, 25_500.0),
    (25_500.0, 35_500.0),
    (35_500.0, 45_500.0),
    (45_500.0, 55_500.0),
    (55_500.0, 65_500.0),
    // A sixth of 65.5 s is more than ten.
    (65_500.0, 65_500.0 * 7.0 / 6.0),
    (65_500.0 * 7.0 / 6.0, 65_500.0 * 49.0 / 36.0),
];

#[test]
fn each_retry_has_its_window_and_each_client_its_place_in_all_of_them() {
    for seed in 0..100 {
        let times = times(&delays(seed, WINDOWS.len()));
        let places: Vec<f64> = times
            .iter()
            .zip(WINDOWS)
            .map(|(time, (start, end))| (time - start) / (end - start))
            .collect();
        assert!((0.0..1.0).contains(&places[0]), "{times:?} of seed {seed}");
        for place in &places {
            assert!((place - places[0]).abs() < 1e-9, "{places:?} of seed {seed}");
        }
    }
}

/// After a server's absence of more than a minute nobody waits for longer than a sixth of it.
#[test]
fn the_windows_grow_with_the_outage_up_to_the_longest_delay() {
    for seed in 0..20 {
        let delays = delays(seed, 60);
        let times = times(&delays);
        for (at, delay) in times.iter().zip(&delays) {
            let before = at - delay;
            let longest = (before / 6.0).max(11_000.0) + 1e-6;
            assert!(*delay <= longest, "{delay} at {before} of seed {seed}");
        }
        assert!(delays[5..].is_sorted_by(|a, b| *b >= a - 1e-6), "{delays:?} of seed {seed}");
        assert!((delays[59] - 30_000.0).abs() < 1e-6, "{delays:?} of seed {seed}");
    }
}

#[test]
fn the_clients_take_all_places() {
    let mut tenths = [0; 10];
    for seed in 0..2000u64 {
        let first = delays(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1)[0];
        tenths[((first - 100.0) / 40.0) as usize] += 1;
    }
    assert!(tenths.iter().all(|count| (140..260).contains(count)), "{tenths:?}");
}

#[test]
fn another_loss_is_another_place() {
    let flapping = |_| Plan::living([(0.0, Fate::Message), (1.0, Fate::Cut)]);
    let firsts = delays_after(1, 20, flapping);
    assert!(firsts.iter().all(|delay| (100.0..500.0).contains(delay)), "{firsts:?}");
    assert!(firsts.iter().any(|delay| (delay - firsts[0]).abs() > 50.0), "{firsts:?}");
}

/// The documented bounds hold for any delays; the world checks each.
#[test]
fn no_delay_is_longer_than_the_formula_allows() {
    for (min, max, factor) in [
        (0.0, 0.0, 2.0),
        (50.0, 80.0, 1.0),
        (200.0, 200.0, 1.0),
        (4000.0, 9000.0, 1.3),
        (800.0, 60_000.0, 4.0),
        (3000.0, 3000.0, 1.0),
    ] {
        let backoff = Backoff { min, max, factor, jitter: Jitter::Spread };
        for seed in 0..20 {
            delays_of(Config { backoff, seed, ..Config::default() }, 12, |_| Plan::failing());
        }
    }
}

#[test]
fn a_server_that_sends_everybody_away_gets_a_wider_first_window() {
    for code in [1012, 1013] {
        for seed in 0..50 {
            let plan = move |n| match n {
                1 => Plan::living([(6000.0, Fate::Close(code, ""))]),
                _ => Plan::failing(),
            };
            let times = times(&delays_after(seed, 3, plan));
            let place = (times[0] - 100.0) / 3400.0;
            assert!((0.0..1.0).contains(&place), "{times:?} of seed {seed}");
            assert!((times[1] - (3500.0 + place * 4000.0)).abs() < 1e-6, "{times:?}");
            assert!((times[2] - (7500.0 + place * 8000.0)).abs() < 1e-6, "{times:?}");
        }
    }
}

#[test]
fn other_closes_are_drops_like_any() {
    for code in [1000, 1001, 1005, 1006, 1011, 4000] {
        for seed in 0..20 {
            let plan = move |_| Plan::living([(6000.0, Fate::Close(code, ""))]);
            let first = delays_after(seed, 1, plan)[0];
            assert!((100.0..500.0).contains(&first), "{first} after {code}");
        }
    }
}

#[test]
fn whoever_was_told_when_to_come_is_spread_from_then_on() {
    let plan = |n| match n {
        1 => Plan::living([(6000.0, Fate::Close(1011, "retry=7000"))]),
        _ => Plan::failing(),
    };
    for seed in 0..20 {
        let delays = delays_after(seed, 4, plan);
        let place = (delays[1] - 100.0) / 900.0;
        assert_eq!(delays[0], 7000.0);
        assert!((0.0..1.0).contains(&place), "{delays:?} of seed {seed}");
        assert!((delays[2] - (1000.0 + place * 1000.0)).abs() < 1e-6, "{delays:?}");
    }
}
