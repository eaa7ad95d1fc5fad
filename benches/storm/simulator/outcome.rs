//! What a storm was like.

use everline::connection::Millis;
use serde::Serialize;

/// Counts by time since the loss.
#[derive(Default)]
pub(crate) struct Histogram(Vec<u32>);

/// How finely time is counted.
const BIN: Millis = 10.0;

/// So many bins are a second, and the tenth of one.
const SECOND: usize = 100;
const BURST: usize = 10;

impl Histogram {
    pub(crate) fn count(&mut self, at: Millis) {
        let bin = (at / BIN) as usize;
        if self.0.len() <= bin {
            self.0.resize(bin + 1, 0);
        }
        self.0[bin] += 1;
    }

    /// The most in so many bins one after the other.
    fn peak(&self, bins: usize) -> u32 {
        let mut window = 0;
        let mut peak = 0;
        for (last, count) in self.0.iter().enumerate() {
            window += count;
            if last >= bins {
                window -= self.0[last - bins];
            }
            peak = peak.max(window);
        }
        peak
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// When so many had been counted.
    fn reached(&self, goal: u64) -> Option<Millis> {
        let mut total = 0;
        for (bin, count) in self.0.iter().enumerate() {
            total += u64::from(*count);
            if total >= goal {
                return Some((bin + 1) as f64 * BIN);
            }
        }
        None
    }

    /// The largest share of the clients by which one is ahead of the other.
    pub(crate) fn distance(&self, other: &Self, clients: usize) -> f64 {
        let bins = self.0.len().max(other.0.len());
        let count = |counts: &Self, bin| counts.0.get(bin).copied().unwrap_or(0);
        let mut ahead = 0i64;
        let mut most = 0;
        for bin in 0..bins {
            ahead += i64::from(count(self, bin)) - i64::from(count(other, bin));
            most = most.max(ahead.abs());
        }
        most as f64 / clients as f64
    }

    /// When each of so many equal shares of all clients had been counted.
    pub(crate) fn curve(&self, clients: usize, points: usize) -> Vec<Option<Millis>> {
        (1..=points).map(|point| self.reached((clients * point).div_ceil(points) as u64)).collect()
    }
}

/// What is counted while it lasts.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) arrivals: Histogram,
    /// Those at the server that was up.
    pub(crate) at_living: Histogram,
    pub(crate) back: Histogram,
}

/// Times in seconds since the loss, everything else as a share of the clients.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// The most arrivals in any second.
    pub(crate) peak: f64,
    /// The same from when the server is back.
    pub(crate) living_peak: f64,
    /// The most in any tenth of a second.
    pub(crate) burst: f64,
    /// When 99 % and all are back; `None` if they never are.
    pub(crate) back99: Option<f64>,
    pub(crate) back: Option<f64>,
    /// When they could be at best: the server's absence, and the time that it takes to accept all.
    pub(crate) limit: f64,
    /// Attempts in vain per client.
    pub(crate) wasted: f64,
    /// Those that never come back.
    pub(crate) lost: f64,
}

impl Outcome {
    pub(crate) fn new(counts: &Counts, clients: usize, limit: Millis) -> Self {
        let share = |count: f64| count / clients as f64;
        let seconds = |goal: usize| Some(counts.back.reached(goal as u64)? / 1000.0);
        let back = counts.back.total() as f64;
        Self {
            peak: share(counts.arrivals.peak(SECOND).into()),
            living_peak: share(counts.at_living.peak(SECOND).into()),
            burst: share(counts.arrivals.peak(BURST).into()),
            back99: seconds((clients * 99).div_ceil(100)),
            back: seconds(clients),
            limit: limit / 1000.0,
            wasted: share(counts.arrivals.total() as f64 - back),
            lost: share(clients as f64 - back),
        }
    }
}
