//! How long a retry waits. The world checks every delay against the documented formula.

use everline::connection::{Config, Jitter, Millis, SHORTEST_DELAY, Verdict};

use crate::world::{Answer, Fate, Plan, World, steady};

fn delays(config: Config, plan: Plan, retries: usize) -> Vec<Millis> {
    World::new(config).plan(move |_| plan.clone()).started().delays(retries)
}

#[test]
fn double_up_to_the_cap() {
    let delays = delays(steady(), Plan::failing(), 8);
    assert_eq!(delays, [500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
}

#[test]
fn are_spread_after_the_cap() {
    let spread = |jitter| {
        let mut config = steady();
        config.backoff.jitter = jitter;
        delays(config, Plan::failing(), 200).split_off(7)
    };
    let (full, equal) = (spread(Jitter::Full), spread(Jitter::Equal));
    assert!(full.iter().any(|delay| *delay < 5e3) && full.iter().any(|delay| *delay > 25e3));
    assert!(equal.iter().all(|delay| *delay >= 15e3) && equal.iter().any(|delay| *delay < 18e3));
}

#[test]
fn differ_between_clients() {
    let of = |seed| delays(Config { seed, ..Config::default() }, Plan::failing(), 6);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn are_never_shorter_than_the_shortest() {
    let mut config = steady();
    config.backoff.min = 0.0;
    assert_eq!(delays(config, Plan::failing(), 3), [SHORTEST_DELAY; 3]);

    let hinting = Plan::living([(0.0, Fate::Close(1013, "retry=0"))]);
    assert_eq!(delays(steady(), hinting, 3), [SHORTEST_DELAY; 3]);

    for asked in [0.0, -1.0, Millis::NAN] {
        let config = Config { judged: true, ..steady() };
        let verdict = Answer::Now(Verdict::RetryAfter(asked));
        let judged = Plan { verdict, ..Plan::failing() };
        assert_eq!(delays(config, judged, 3), [SHORTEST_DELAY; 3], "{asked}");
    }
}

#[test]
fn are_told_and_counted() {
    let mut world = World::new(steady()).plan(|_| Plan::failing()).started();
    assert_eq!(world.connection().counters().last_delay, None);
    world.run(500.0);
    assert_eq!(world.connection().counters().last_delay, Some(1000.0));
    assert_eq!(world.attempts(), [0.0, 500.0]);
}
