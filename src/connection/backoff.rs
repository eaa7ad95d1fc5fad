//! How long to wait before the next attempt.

use super::time::Millis;

/// No retry comes sooner than this, whatever the policy says.
pub const SHORTEST_DELAY: Millis = 100.0;

/// No server is left alone for longer than this, whatever it asks for.
const LONGEST_ASKED: Millis = 86_400_000.0;

/// How much of a delay that a server asks for is granted.
pub(super) fn granted(asked: Option<Millis>) -> Option<Millis> {
    asked.map(|asked| asked.min(LONGEST_ASKED))
}

/// `max(100 ms, jitter(min(max, min · factor^retry)))`.
///
/// The jitter comes after the cap: were it the other way round, every client of a server that
/// stays away would in the end wait exactly `max`, and they would all come back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The delay that growth starts from.
    pub min: Millis,
    /// The longest delay before jitter.
    pub max: Millis,
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
        Self { min: 500.0, max: 30_000.0, factor: 2.0, jitter: Jitter::Full }
    }
}

impl Backoff {
    /// The delay before retry number `retry`, counted from 0.
    pub(super) fn delay(&self, retry: u32, random: &mut Random) -> Millis {
        let ceiling = self.ceiling(retry);
        let delay = match self.jitter {
            Jitter::Full => ceiling * random.unit(),
            Jitter::Equal => ceiling * (0.5 + random.unit() / 2.0),
            Jitter::None => ceiling,
        };
        delay.max(SHORTEST_DELAY)
    }

    /// `min(max, min · factor^retry)`.
    fn ceiling(&self, retry: u32) -> Millis {
        let mut ceiling = self.min;
        for _ in 0..retry {
            let grown = ceiling * self.factor;
            // Stops at the cap, and also where growing changes nothing any more.
            if ceiling >= self.max || grown == ceiling {
                break;
            }
            ceiling = grown;
        }
        ceiling.min(self.max)
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
    pub(super) fn unit(&mut self) -> f64 {
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
        Backoff { jitter, ..Backoff::default() }
    }

    #[test]
    fn doubles_up_to_the_cap_without_jitter() {
        let mut random = Random::new(1);
        let delays: Vec<Millis> =
            (0..8).map(|retry| policy(Jitter::None).delay(retry, &mut random)).collect();
        assert_eq!(delays, [500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
    }

    #[test]
    fn full_jitter_spreads_over_the_whole_capped_delay() {
        let mut random = Random::new(7);
        let delays: Vec<Millis> =
            (0..4000).map(|_| policy(Jitter::Full).delay(60, &mut random)).collect();
        let below = |limit| delays.iter().filter(|delay| **delay < limit).count();
        assert!(delays.iter().all(|delay| (SHORTEST_DELAY..=30e3).contains(delay)));
        for third in 1..=3u16 {
            let expected = 4000 * usize::from(third) / 3;
            assert!(below(10e3 * f64::from(third)).abs_diff(expected) < 200, "third {third}");
        }
    }

    #[test]
    fn equal_jitter_keeps_half() {
        let mut random = Random::new(7);
        for _ in 0..1000 {
            let delay = policy(Jitter::Equal).delay(2, &mut random);
            assert!((1000.0..=2000.0).contains(&delay), "{delay:?}");
        }
    }

    #[test]
    fn never_sooner_than_the_shortest_delay() {
        let eager = Backoff { min: 0.0, ..policy(Jitter::Full) };
        let mut random = Random::new(3);
        assert_eq!(eager.delay(0, &mut random), SHORTEST_DELAY);
        assert_eq!(eager.delay(u32::MAX, &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn a_factor_of_one_or_less_ends_too() {
        let mut random = Random::new(3);
        let flat = Backoff { factor: 1.0, ..policy(Jitter::None) };
        assert_eq!(flat.delay(u32::MAX, &mut random), 500.0);
        let shrinking = Backoff { factor: 0.5, ..policy(Jitter::None) };
        assert_eq!(shrinking.delay(u32::MAX, &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn the_seed_decides() {
        let draw = |seed| policy(Jitter::Full).delay(9, &mut Random::new(seed));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}
