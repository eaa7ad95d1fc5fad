//! Time as the brain knows it: a value that the caller passes in.

use core::time::Duration;

/// How late a timer may fire before its deadline is given [`GRACE`]. A machine that slept, or a
/// page whose timers were throttled, has had no chance to hear what the network had to say.
const LATE: Duration = Duration::from_secs(1);

/// What a deadline gets when its timer fired late.
const GRACE: Duration = Duration::from_secs(1);

/// A moment on a monotonic clock whose origin only the caller knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Duration);

impl Time {
    /// The moment that lies `since_origin` after the clock's origin.
    pub const fn new(since_origin: Duration) -> Self {
        Self(since_origin)
    }

    /// The span from `earlier` until this moment, zero if it is not earlier.
    pub fn since(self, earlier: Time) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl core::ops::Add<Duration> for Time {
    type Output = Time;

    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(span))
    }
}

/// A deadline that ends something, forgiving once when the clock jumped past it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deadline {
    pub(super) at: Time,
    forgiven: bool,
}

impl Deadline {
    pub(super) fn new(at: Time) -> Self {
        Self {
            at,
            forgiven: false,
        }
    }

    /// Whether it is over. A deadline found late for the first time is moved instead.
    pub(super) fn is_over(&mut self, now: Time) -> bool {
        if now < self.at {
            return false;
        }
        if !self.forgiven && now.since(self.at) >= LATE {
            *self = Self {
                at: now + GRACE,
                forgiven: true,
            };
            return false;
        }
        true
    }
}
