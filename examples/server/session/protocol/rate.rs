//! Token buckets: how often somebody may do something.

use super::Millis;
use super::config::Rate;

#[derive(Default)]
pub(crate) struct Bucket {
    /// How much of the burst is used up, as of `at`.
    used: f64,
    at: Millis,
}

impl Bucket {
    /// Takes one, or says in how many milliseconds there is one.
    pub(crate) fn take(&mut self, rate: Rate, now: Millis) -> Result<(), Millis> {
        self.refill(rate, now);
        if self.used + 1.0 > rate.burst {
            let missing = self.used + 1.0 - rate.burst;
            return Err((missing / rate.per_second * 1000.0).ceil() as Millis);
        }
        self.used += 1.0;
        Ok(())
    }

    /// Whether it is as good as new, so that nobody has to remember it.
    pub(crate) fn is_full(&mut self, rate: Rate, now: Millis) -> bool {
        self.refill(rate, now);
        self.used == 0.0
    }

    fn refill(&mut self, rate: Rate, now: Millis) {
        let seconds = now.saturating_sub(self.at) as f64 / 1000.0;
        self.used = (self.used - seconds * rate.per_second).max(0.0);
        self.at = now;
    }
}
