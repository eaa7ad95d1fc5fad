//! Time as the brain knows it: a value that the caller passes in.

/// A span of time in milliseconds, as JavaScript measures it. `Infinity` is one too.
pub type Millis = f64;

/// How late a timer may fire before its deadline is given [`GRACE`]. A machine that slept, or a
/// page whose timers were throttled, has had no chance to hear what the network had to say.
const LATE: Millis = 1000.0;

/// What a deadline gets when its timer fired late.
const GRACE: Millis = 1000.0;

/// A moment on a monotonic clock whose origin only the caller knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Time(Millis);

impl Time {
    /// Later than any moment.
    pub(crate) const NEVER: Time = Time(Millis::INFINITY);

    /// The moment that lies `since_origin` after the clock's origin.
    pub const fn new(since_origin: Millis) -> Self {
        Self(since_origin)
    }

    /// The span from `earlier` until this moment, zero if it is not earlier.
    pub fn since(self, earlier: Time) -> Millis {
        (self.0 - earlier.0).max(0.0)
    }

    pub(crate) fn min(self, other: Time) -> Time {
        Time(self.0.min(other.0))
    }

    pub(super) fn max(self, other: Time) -> Time {
        Time(self.0.max(other.0))
    }
}

impl core::ops::Add<Millis> for Time {
    type Output = Time;

    fn add(self, span: Millis) -> Time {
        Time(self.0 + span)
    }
}

/// A deadline that ends something, forgiving once when the clock jumped past it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Deadline {
    pub(super) at: Time,
    forgiven: bool,
}

impl Deadline {
    pub(super) fn new(at: Time) -> Self {
        Self { at, forgiven: false }
    }

    /// Whether it is over. A deadline found late for the first time is moved instead.
    pub(super) fn is_over(&mut self, now: Time) -> bool {
        if now < self.at {
            return false;
        }
        if !self.forgiven && now.since(self.at) >= LATE {
            *self = Self { at: now + GRACE, forgiven: true };
            return false;
        }
        true
    }
}
