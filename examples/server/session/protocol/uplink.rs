//! Messages from the client: which are new, and when to say that they came.

use super::frame::End;
use super::{Config, Millis};

#[derive(Default)]
pub(crate) struct Uplink {
    /// All up to this number are with the application.
    recv: u64,
    /// Bytes that the client does not know about yet.
    untold: usize,
    /// When to tell it.
    due: Option<Millis>,
}

impl Uplink {
    pub(crate) fn recv(&self) -> u64 {
        self.recv
    }

    pub(crate) fn due(&self) -> Option<Millis> {
        self.due
    }

    /// The rule that makes it exactly once, in order: true if message `n` is the next one, false if
    /// it was here before.
    pub(crate) fn accept(
        &mut self,
        n: u64,
        size: usize,
        config: &Config,
        now: Millis,
    ) -> Result<bool, End> {
        if n > self.recv + 1 {
            return Err(End::malformed("a message is missing before this one"));
        }
        let is_new = n == self.recv + 1;
        if is_new {
            self.recv = n;
            self.untold += size;
        }
        // A repeated message was repeated because its ack got lost.
        let due = if self.untold >= config.ack_bytes { now } else { now + config.ack_delay };
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
        Ok(is_new)
    }

    /// What is told to the client, by whatever frame.
    pub(crate) fn tell(&mut self) -> u64 {
        self.untold = 0;
        self.due = None;
        self.recv
    }
}
