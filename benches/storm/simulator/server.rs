//! A server that is away for a while, and then accepts so many connections a second. Some more may
//! wait for it; the others are refused.

use std::collections::VecDeque;

use everline::connection::Millis;

pub(crate) struct Server {
    up_at: Millis,
    /// How long it takes to accept one.
    service: Millis,
    /// How many may wait.
    room: usize,
    line: VecDeque<Caller>,
    is_busy: bool,
}

/// An attempt that has arrived.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) client: u32,
    pub(crate) attempt: u32,
}

impl Server {
    pub(crate) fn new(up_at: Millis, rate: f64, room: usize) -> Self {
        let room = room.max(1);
        Self { up_at, service: 1000.0 / rate, room, line: VecDeque::new(), is_busy: false }
    }

    /// False if it is refused.
    pub(crate) fn arrive(&mut self, caller: Caller, now: Millis) -> bool {
        let is_taken = now >= self.up_at && self.line.len() < self.room;
        if is_taken {
            self.line.push_back(caller);
        }
        is_taken
    }

    /// Begins with the next, if it has time: who that is, and when it will be accepted. Those who have
    /// hung up cost nothing.
    pub(crate) fn begin(
        &mut self,
        waits: impl Fn(Caller) -> bool,
        now: Millis,
    ) -> Option<(Millis, Caller)> {
        if self.is_busy {
            return None;
        }
        loop {
            let caller = self.line.pop_front()?;
            if waits(caller) {
                self.is_busy = true;
                return Some((now + self.service, caller));
            }
        }
    }

    /// One is accepted.
    pub(crate) fn finish(&mut self) {
        self.is_busy = false;
    }
}
