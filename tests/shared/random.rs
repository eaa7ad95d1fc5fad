//! Random cases, the same in every run.

use proptest::test_runner::{Config, RngSeed};

/// So many of them; `PROPTEST_RNG_SEED=…` tries others.
pub(crate) fn cases(cases: u32) -> Config {
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}
