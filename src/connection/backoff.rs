//! How long to wait before the next attempt.

use core::time::Duration;

/// No retry comes sooner than this, whatever the policy says.
pub const SHORTEST_DELAY: Duration = Duration::from_millis(100);

/// `max(100 ms, jitter(min(max, min · factor^retry)))`.
///
/// The jitter comes after the cap: were it the other way round, every client of a server that
/// stays away would in the end wait exactly `max`, and they would all come back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The delay that growth starts from.
    pub min: Duration,
    /// The longest delay before jitter.
    pub max: Duration,
    /// By how much each further attempt multiplies the delay.
    pub factor: f64,
    /// How the delay is spread.
    pub jitter: Jitter,
}

/// How much of a delay is left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Anything between nothing and the whole delay.
    Full,
    /// Half of the delay, and up to the other half.
    Equal,
    /// The delay as it is.
    None,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min: Duration::from_millis(500),
            max: Duration::from_secs(30),
            factor: 2.0,
            jitter: Jitter::Full,
        }
    }
}

impl Backoff {
    /// The delay before retry number `retry`, counted from 0.
    pub(super) fn delay(&self, retry: u32, random: &mut Random) -> Duration {
        let ceiling = self.ceiling(retry);
        let millis = match self.jitter {
            Jitter::Full => ceiling * random.unit(),
            Jitter::Equal => ceiling * (0.5 + random.unit() / 2.0),
            Jitter::None => ceiling,
        };
        Duration::from_micros((millis * 1000.0) as u64).max(SHORTEST_DELAY)
    }

    /// `min(max, min · factor^retry)` in milliseconds.
    fn ceiling(&self, retry: u32) -> f64 {
        let max = self.max.as_secs_f64() * 1000.0;
        let mut ceiling = self.min.as_secs_f64() * 1000.0;
        for _ in 0..retry {
            let grown = ceiling * self.factor;
            // Stops at the cap, and also where growing changes nothing any more.
            if ceiling >= max || grown == ceiling {
                break;
            }
            ceiling = grown;
        }
        ceiling.min(max)
    }
}

/// SplitMix64: small, and as random as jitter needs. The caller brings the seed.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in `0.0..1.0`.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(jitter: Jitter) -> Backoff {
        Backoff {
            jitter,
            ..Backoff::default()
        }
    }

    #[test]
    fn doubles_up_to_the_cap_without_jitter() {
        let mut random = Random::new(1);
        let delays: Vec<u128> = (0..8)
            .map(|retry| policy(Jitter::None).delay(retry, &mut random).as_millis())
            .collect();
        assert_eq!(
            delays,
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
    }

    #[test]
    fn full_jitter_spreads_over_the_whole_capped_delay() {
        let mut random = Random::new(7);
        let delays: Vec<Duration> = (0..4000)
            .map(|_| policy(Jitter::Full).delay(60, &mut random))
            .collect();
        let below = |seconds| delays.iter().filter(|d| d.as_secs() < seconds).count();
        assert!(
            delays
                .iter()
                .all(|d| (SHORTEST_DELAY..=Duration::from_secs(30)).contains(d))
        );
        for third in 1..=3u64 {
            let expected = 4000 * third as usize / 3;
            assert!(
                below(10 * third).abs_diff(expected) < 200,
                "up to {} s",
                10 * third
            );
        }
    }

    #[test]
    fn equal_jitter_keeps_half() {
        let mut random = Random::new(7);
        for _ in 0..1000 {
            let delay = policy(Jitter::Equal).delay(2, &mut random);
            assert!(
                (1000..=2000).contains(&(delay.as_millis() as u64)),
                "{delay:?}"
            );
        }
    }

    #[test]
    fn never_sooner_than_the_shortest_delay() {
        let eager = Backoff {
            min: Duration::ZERO,
            ..policy(Jitter::Full)
        };
        let mut random = Random::new(3);
        assert_eq!(eager.delay(0, &mut random), SHORTEST_DELAY);
        assert_eq!(eager.delay(u32::MAX, &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn a_factor_of_one_or_less_ends_too() {
        let mut random = Random::new(3);
        let flat = Backoff {
            factor: 1.0,
            ..policy(Jitter::None)
        };
        assert_eq!(flat.delay(u32::MAX, &mut random).as_millis(), 500);
        let shrinking = Backoff {
            factor: 0.5,
            ..policy(Jitter::None)
        };
        assert_eq!(shrinking.delay(u32::MAX, &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn the_seed_decides() {
        let draw = |seed| policy(Jitter::Full).delay(9, &mut Random::new(seed));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}
