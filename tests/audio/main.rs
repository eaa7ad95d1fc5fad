//! From samples to batches: what goes out is what came in, less what was told to be missing.
//!
//! [`stream`] is a batcher whose output is checked as it comes. The other modules are behaviours, one
//! each.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod stream;

mod absurd;
mod any_stream;
mod catching_up;
mod conversion;
mod deadline;
mod gaps;
mod input;
mod memory;
mod quality;
mod rails;
mod rates;
mod segments;
mod silence;
mod wav;

use proptest::test_runner::{Config, RngSeed};

/// So many random cases, the same in every run; `PROPTEST_RNG_SEED=…` tries others.
fn cases(cases: u32) -> Config {
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}
