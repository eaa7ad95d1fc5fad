//! How long to wait before the next attempt.

use super::time::Millis;

/// No retry comes sooner than this, whatever the policy says.
pub const SHORTEST_DELAY: Millis = 100.0;

/// No server is left alone for longer than this, whatever it asks for.
const LONGEST_ASKED: Millis = 86_400_000.0;

/// How long somebody asked to stay away, if anybody did. It is handed on so often that an `Option`, two
/// numbers, would be a hundredth of the download.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(Millis);

impl Asked {
    /// Nobody did.
    pub(super) const NOTHING: Self = Self(Millis::NAN);

    /// The application did, which may ask for anything: what is no time is none.
    pub(super) fn by_application(delay: Millis) -> Self {
        Self(delay.max(0.0))
    }

    /// A server did, perhaps.
    pub(super) fn by_server(delay: Option<Millis>) -> Self {
        delay.map_or(Self::NOTHING, |delay| Self(delay.min(LONGEST_ASKED)))
    }

    pub(super) fn delay(self) -> Option<Millis> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

/// What [`Jitter::Spread`] keeps between two attempts of a client, where the formula allows that.
const APART: Millis = 1000.0;

/// So many windows of [`Jitter::Spread`] are one for those whom the server sends away.
const JOINED: u32 = 3;

/// How long its windows become, and then which share of the time since the loss: a minute after it they
/// begin to grow again.
const LONG: Millis = 10_000.0;
const SHARE: f64 = 1.0 / 6.0;

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
#[non_exhaustive]
pub enum Jitter {
    /// Each retry has a window of time after the loss, and each client its own place in all of them,
    /// drawn once. A window begins where the one before ends, but a second after its beginning at
    /// least: with the default delays they are 0.1–0.5, 1.1–1.5, 2.1–3.5, 3.5–7.5 and 7.5–15.5 s after the
    /// loss, then 10 s each, and from the second minute on a sixth of the time since the loss, up to 30 s.
    /// So clients that lost the same server together come back as evenly spread as they can be, not one
    /// of them twice within a second, and no client stays away much longer than the server did. No delay
    /// is longer than without jitter.
    ///
    /// After the codes by which a server sends everybody away, 1012 and 1013, the first three windows
    /// are one.
    Spread,
    /// Anything between nothing and the whole delay.
    Full,
    /// Half of the delay, and up to the other half.
    Equal,
    /// The delay as it is.
    None,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { min: 500.0, max: 30_000.0, factor: 2.0, jitter: Jitter::Spread }
    }
}

impl Backoff {
    /// The delay before retry number `retry`, counted from 0.
    pub(super) fn delay(&self, retry: u32, place: &mut Place, random: &mut Random) -> Millis {
        let ceiling = self.ceiling(retry);
        let delay = match self.jitter {
            Jitter::Spread => self.spread(retry, place),
            Jitter::Full => ceiling * random.unit(),
            Jitter::Equal => ceiling * (0.5 + random.unit() / 2.0),
            Jitter::None => ceiling,
        };
        delay.max(SHORTEST_DELAY)
    }

    fn spread(&self, retry: u32, place: &mut Place) -> Millis {
        let retry = retry.saturating_add(place.skipped);
        let (shortest, longest) = if place.width > 0.0 {
            let long = (place.end * SHARE).max(LONG).max(self.min);
            let longest = self.ceiling(retry).min(long);
            (place.width.max(APART).min(longest), longest)
        } else {
            let joined = retry - place.skipped..=retry;
            let longest = joined.map(|retry| self.ceiling(retry)).sum();
            (SHORTEST_DELAY.min(longest), longest)
        };
        place.width += longest - shortest;
        place.end += longest;
        shortest + place.chance * (longest - shortest)
    }

    /// `min(max, min · factor^retry)`.
    #[inline(never)] // for the size
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

/// A client's place in the windows of [`Jitter::Spread`].
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// From 0 to 1, the beginnings and the ends of the windows.
    chance: f64,
    /// How long the last window was, and when it ended, counted from the loss.
    width: Millis,
    end: Millis,
    /// How many windows the first contains beside its own.
    skipped: u32,
}

impl Place {
    /// A place for the time after a loss, which many may share.
    pub(super) fn draw(is_shared: bool, random: &mut Random) -> Self {
        let skipped = if is_shared { JOINED - 1 } else { 0 };
        Self { chance: random.unit(), skipped, ..Self::default() }
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
    #[inline(never)] // for the size
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
        let delays: Vec<Millis> = (0..8)
            .map(|retry| policy(Jitter::None).delay(retry, &mut Place::default(), &mut random))
            .collect();
        assert_eq!(delays, [500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
    }

    #[test]
    fn full_jitter_spreads_over_the_whole_capped_delay() {
        let mut random = Random::new(7);
        let delays: Vec<Millis> = (0..4000)
            .map(|_| policy(Jitter::Full).delay(60, &mut Place::default(), &mut random))
            .collect();
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
            let delay = policy(Jitter::Equal).delay(2, &mut Place::default(), &mut random);
            assert!((1000.0..=2000.0).contains(&delay), "{delay:?}");
        }
    }

    #[test]
    fn never_sooner_than_the_shortest_delay() {
        let eager = Backoff { min: 0.0, ..policy(Jitter::Full) };
        let mut random = Random::new(3);
        assert_eq!(eager.delay(0, &mut Place::default(), &mut random), SHORTEST_DELAY);
        assert_eq!(eager.delay(u32::MAX, &mut Place::default(), &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn a_factor_of_one_or_less_ends_too() {
        let mut random = Random::new(3);
        let flat = Backoff { factor: 1.0, ..policy(Jitter::None) };
        assert_eq!(flat.delay(u32::MAX, &mut Place::default(), &mut random), 500.0);
        let shrinking = Backoff { factor: 0.5, ..policy(Jitter::None) };
        assert_eq!(shrinking.delay(u32::MAX, &mut Place::default(), &mut random), SHORTEST_DELAY);
    }

    #[test]
    fn the_seed_decides() {
        let draw =
            |seed| policy(Jitter::Full).delay(9, &mut Place::default(), &mut Random::new(seed));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}
