//! What arrives: each message once, and when to acknowledge it.

use super::frame::{Mode, Source, Welcome};
use crate::connection::{Millis, Time};

/// So much is acknowledged at once,
const ACK_BYTES: usize = 64 << 10;
/// and less after this time.
const ACK_DELAY: Millis = 1000.0;

/// What the receiver's rule says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    New,
    /// It was here before.
    Repeated,
    /// Something before it is missing.
    Gap,
}

#[derive(Debug)]
pub(crate) struct Downlink {
    /// The last message that arrived.
    pub(crate) recv: u64,
    /// The number that the next message has on a carrier. Two overlap while the server is changing
    /// from HTTP to a WebSocket.
    socket: Option<(Source, u64)>,
    request: Option<(Source, u64)>,
    /// Bytes that arrived since the last ack.
    owed: usize,
    due: Time,
}

impl Downlink {
    pub(crate) fn new(recv: u64) -> Self {
        Self { recv, socket: None, request: None, owed: 0, due: Time::NEVER }
    }

    /// False if what the welcome announces leaves a gap.
    pub(crate) fn begin(&mut self, source: Source, mode: Mode, welcome: &Welcome) -> bool {
        if !mode.attaches() {
            return true;
        }
        *self.counter(source) = Some((source, 0));
        self.start(source, welcome.seq)
    }

    /// False if that leaves a gap, or nothing was to follow there.
    pub(crate) fn start(&mut self, source: Source, number: u64) -> bool {
        let is_possible = (1..=self.recv + 1).contains(&number);
        match self.counter(source) {
            Some((known, next)) if *known == source => {
                *next = number;
                is_possible
            }
            _ => false,
        }
    }

    pub(crate) fn receive(&mut self, source: Source, bytes: usize, now: Time) -> Arrival {
        let number = match self.counter(source) {
            Some((known, next)) if *known == source => {
                *next += 1;
                *next - 1
            }
            _ => return Arrival::Gap,
        };
        if number > self.recv + 1 {
            return Arrival::Gap;
        }
        // What comes again was not acknowledged in time.
        self.owed = self.owed.saturating_add(bytes);
        let due = if self.owed >= ACK_BYTES { now } else { now + ACK_DELAY };
        self.due = self.due.min(due);
        if number <= self.recv {
            return Arrival::Repeated;
        }
        self.recv = number;
        Arrival::New
    }

    /// When an ack is due, if nothing says it before.
    pub(crate) fn ack_due(&self) -> Time {
        self.due
    }

    /// What is told by any frame that acknowledges.
    pub(crate) fn acknowledge(&mut self) -> u64 {
        self.owed = 0;
        self.due = Time::NEVER;
        self.recv
    }

    fn counter(&mut self, source: Source) -> &mut Option<(Source, u64)> {
        match source {
            Source::Socket(_) => &mut self.socket,
            Source::Request(_) => &mut self.request,
        }
    }
}
