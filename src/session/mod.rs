//! The client's numbers of a session (resume.v1, `docs/PROTOCOL.md`): what has arrived, what may have
//! been lost on the way, and what is to be sent again.
//!
//! It knows nothing of how carriers come and go; that is [`connection`](crate::connection)'s.

mod config;
mod downlink;
mod frame;
mod uplink;

use alloc::collections::LinkedList;

use self::downlink::Downlink;
use self::uplink::Uplink;
use crate::connection::{Millis, Parcel, Time};

pub use self::config::{Config, Resume};
pub(crate) use self::downlink::Arrival;
pub use self::frame::{Control, Frame, Hello, Mode, Source, Welcome};
pub(crate) use self::uplink::messages;

/// So many conflicts in so short a time mean that somebody else has the session.
const CONFLICTS: u32 = 3;
const CONFLICT_TIME: Millis = 10_000.0;

/// One session, and after its end the next.
#[derive(Debug)]
pub(crate) struct Session<M> {
    pub(crate) uplink: Uplink<M>,
    pub(crate) downlink: Downlink,
    /// Attaches so far.
    attaches: u32,
    /// It was never welcomed.
    is_new: bool,
    /// Either end has ended it; the next carrier begins another.
    pub(crate) is_over: bool,
    /// What the last welcome said.
    pub(crate) terms: Welcome,
    /// The carrier that attached last.
    pub(crate) newest: Option<Source>,
    conflicts: u32,
    first_conflict: Time,
    /// How many of the messages that come next had numbers before the page was loaded anew.
    restored: u32,
    /// What the last reset told, if it is not sent again.
    pub(crate) delivered: LinkedList<Parcel<M>>,
    returned: LinkedList<Parcel<M>>,
}

impl<M> Session<M> {
    pub(crate) fn new(resume: Option<Resume>) -> Self {
        let resume = resume.unwrap_or_default();
        Self {
            uplink: Uplink::new(resume.acked),
            downlink: Downlink::new(resume.recv),
            attaches: resume.attaches,
            is_new: resume.is_new,
            is_over: false,
            terms: Welcome::default(),
            newest: None,
            conflicts: 0,
            first_conflict: Time::default(),
            restored: resume.numbered,
            delivered: LinkedList::new(),
            returned: LinkedList::new(),
        }
    }

    /// What to say on a new carrier.
    pub(crate) fn hello(&mut self, source: Source, mode: Mode) -> Hello {
        if mode.attaches() {
            self.attaches += 1;
            self.newest = Some(source);
        }
        Hello {
            recv: self.downlink.acknowledge(),
            first: if mode == Mode::Send { self.uplink.acked + 1 } else { 0 },
            attach: self.attaches,
            is_new: self.is_new,
        }
    }

    /// False if the welcome contradicts what is known.
    pub(crate) fn welcomed(&mut self, source: Source, mode: Mode, welcome: Welcome) -> bool {
        if !self.uplink.acknowledged(welcome.recv) || !self.downlink.begin(source, mode, &welcome) {
            return false;
        }
        if mode == Mode::Socket {
            self.uplink.send_again(welcome.recv);
        }
        self.is_new = false;
        self.terms = welcome;
        true
    }

    /// Gives a number to a message that had one before the page was loaded anew.
    pub(crate) fn restore(&mut self) -> bool {
        let is_restored = self.restored > 0;
        self.restored = self.restored.saturating_sub(1);
        is_restored
    }

    /// Another has attached after this carrier. True if that was nobody here, and too often.
    pub(crate) fn conflict(&mut self, source: Source, now: Time) -> bool {
        if self.newest != Some(source) {
            return false;
        }
        if now.since(self.first_conflict) > CONFLICT_TIME {
            self.conflicts = 0;
        }
        if self.conflicts == 0 {
            self.first_conflict = now;
        }
        self.conflicts += 1;
        self.conflicts >= CONFLICTS
    }

    /// Gives the session up, and parts the messages: those up to `recv` arrived, the others did not,
    /// as far as is known. The others are sent again, or kept for being told.
    pub(crate) fn reset(&mut self, recv: Option<u64>, returns: bool) {
        self.delivered = self.uplink.take_until(recv.unwrap_or(0));
        if returns {
            self.returned = self.uplink.take_until(u64::MAX);
        }
        // What is left is numbered anew.
        self.uplink.send_again(0);
        self.uplink.acked = 0;
        self.downlink = Downlink::new(0);
        self.attaches = 0;
        self.is_new = true;
        self.is_over = false;
        self.newest = None;
        self.conflicts = 0;
    }

    pub(crate) fn undelivered(&self) -> &LinkedList<Parcel<M>> {
        if self.returned.is_empty() { &self.uplink.unsent } else { &self.returned }
    }

    /// What was told is not needed any more.
    pub(crate) fn forget_told(&mut self) {
        self.delivered.clear();
        self.returned.clear();
    }

    /// What a later page needs to go on.
    pub(crate) fn to_resume(&self) -> Resume {
        Resume {
            recv: self.downlink.recv,
            acked: self.uplink.acked,
            attaches: self.attaches,
            numbered: self.uplink.len() as u32,
            is_new: self.is_new,
        }
    }
}
