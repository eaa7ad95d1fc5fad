//! The fault simulator: thousands of random servers and applications, each for virtual hours.
//!
//! A failure prints its seed; `EVERLINE_SEED=… cargo test --test brain faults` lives through that
//! one again, and `EVERLINE_SEEDS=…` sets how many there are.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::scenario::{Scenario, scenario};

const SEEDS: u64 = 2000;

#[test]
fn end_and_the_connection_is_back() {
    if let Some(seed) = number("EVERLINE_SEED") {
        live(seed);
        return;
    }
    let hours: f64 = (0..number("EVERLINE_SEEDS").unwrap_or(SEEDS)).map(live).sum();
    println!("{hours:.0} virtual hours");
}

/// One life, and how many hours it took.
fn live(seed: u64) -> f64 {
    let _culprit = Culprit(seed);
    let scenario = draw(seed);
    let mut world = scenario.play();
    scenario.recover(&mut world);
    world.now() / 3_600_000.0
}

fn draw(seed: u64) -> Scenario {
    // Quick dice, whose first throws are only as good as the bits of their seed.
    let seed = (u128::from(seed) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let dice = TestRng::from_seed(RngAlgorithm::XorShift, &seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Default::default(), dice);
    scenario(40, 200, 240_000.0).new_tree(&mut runner).unwrap().current()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}

struct Culprit(u64);

impl Drop for Culprit {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("EVERLINE_SEED={} lives through this again", self.0);
        }
    }
}
