//! Liveness by deadlines: a ping every interval, and anything heard in time is life.

use super::time::{Deadline, Millis, Time};

/// How long a line has to prove itself when there is reason for doubt: the machine woke, the
/// network changed, the browser says it is offline.
const DOUBT: Millis = 4000.0;

/// When to ask, and how long to wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heartbeat {
    /// The time between two pings.
    pub interval: Millis,
    /// How long after a ping silence means that the line is dead.
    pub timeout: Millis,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self { interval: 25_000.0, timeout: 10_000.0 }
    }
}

/// The heartbeat of one open connection.
#[derive(Debug)]
pub(super) struct Pulse {
    heartbeat: Heartbeat,
    phase: Phase,
    /// When the last ping left that no reply was matched to. Any message ends the wait for life,
    /// only a reply tells the round-trip time.
    unanswered: Option<Time>,
}

#[derive(Debug)]
enum Phase {
    /// Nothing is asked; the next ping is due then.
    Resting(Time),
    /// Asked; dead after the deadline unless something is heard.
    Asking(Deadline),
}

/// What a moment asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Nothing,
    Ping,
    Dead,
}

impl Pulse {
    pub(super) fn new(heartbeat: Heartbeat, now: Time) -> Self {
        Self { heartbeat, phase: Phase::Resting(now + heartbeat.interval), unanswered: None }
    }

    pub(super) fn deadline(&self) -> Time {
        match &self.phase {
            Phase::Resting(due) => *due,
            Phase::Asking(deadline) => deadline.at,
        }
    }

    pub(super) fn on_timeout(&mut self, now: Time) -> Beat {
        match &mut self.phase {
            Phase::Resting(due) if now < *due => Beat::Nothing,
            Phase::Resting(_) => self.ask(self.heartbeat.timeout, now),
            Phase::Asking(deadline) => {
                if deadline.is_over(now) {
                    Beat::Dead
                } else {
                    Beat::Nothing
                }
            }
        }
    }

    /// Asks at once, because there is reason for doubt. A question that is out already only gets
    /// less time for its answer.
    pub(super) fn doubt(&mut self, now: Time) -> Beat {
        let patience = self.heartbeat.timeout.min(DOUBT);
        match &mut self.phase {
            Phase::Resting(_) => self.ask(patience, now),
            Phase::Asking(deadline) => {
                *deadline = Deadline::new(deadline.at.min(now + patience));
                Beat::Nothing
            }
        }
    }

    pub(super) fn heard(&mut self, now: Time) {
        if let Phase::Asking(_) = self.phase {
            self.phase = Phase::Resting(now + self.heartbeat.interval);
        }
    }

    /// The same, but also a ping that is yet to come waits for the next silence.
    pub(super) fn refresh(&mut self, now: Time) {
        self.phase = Phase::Resting(now + self.heartbeat.interval);
    }

    /// The round-trip time, if a ping was out.
    pub(super) fn replied(&mut self, now: Time) -> Option<Millis> {
        self.heard(now);
        Some(now.since(self.unanswered.take()?))
    }

    fn ask(&mut self, patience: Millis, now: Time) -> Beat {
        self.phase = Phase::Asking(Deadline::new(now + patience));
        self.unanswered = Some(now);
        Beat::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Time {
        Time::new(f64::from(seconds) * 1000.0)
    }

    fn pulse() -> Pulse {
        Pulse::new(Heartbeat::default(), at(0))
    }

    #[test]
    fn pings_after_the_interval_and_dies_after_the_timeout() {
        let mut pulse = pulse();
        assert_eq!(pulse.on_timeout(at(24)), Beat::Nothing);
        assert_eq!(pulse.on_timeout(at(25)), Beat::Ping);
        assert_eq!(pulse.on_timeout(at(34)), Beat::Nothing);
        assert_eq!(pulse.on_timeout(at(35)), Beat::Dead);
    }

    #[test]
    fn anything_heard_is_life() {
        let mut pulse = pulse();
        pulse.on_timeout(at(25));
        pulse.heard(at(30));
        assert_eq!(pulse.deadline(), at(55));
    }

    #[test]
    fn a_reply_after_other_messages_still_tells_the_round_trip() {
        let mut pulse = pulse();
        pulse.on_timeout(at(25));
        pulse.heard(at(26));
        assert_eq!(pulse.replied(at(28)), Some(3000.0));
        assert_eq!(pulse.replied(at(29)), None);
    }

    #[test]
    fn a_timer_that_fires_late_gives_a_second_of_grace_once() {
        let mut pulse = pulse();
        pulse.on_timeout(at(25));
        assert_eq!(pulse.on_timeout(at(95)), Beat::Nothing);
        assert_eq!(pulse.deadline(), at(96));
        assert_eq!(pulse.on_timeout(at(155)), Beat::Dead);
    }

    #[test]
    fn doubt_asks_at_once_and_shortens_what_is_asked() {
        let mut pulse = pulse();
        assert_eq!(pulse.doubt(at(3)), Beat::Ping);
        assert_eq!(pulse.deadline(), at(7));
        pulse.heard(at(4));
        pulse.on_timeout(at(29));
        assert_eq!(pulse.deadline(), at(39));
        assert_eq!(pulse.doubt(at(30)), Beat::Nothing);
        assert_eq!(pulse.deadline(), at(34));
    }
}
