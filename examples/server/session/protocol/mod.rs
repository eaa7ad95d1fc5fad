//! The server's half of the session protocol, without input or output of its own: no sockets, no
//! clock, no randomness, no threads. `docs/PROTOCOL.md` says what it speaks.
//!
//! [`Sessions`] is told what happens on carriers ([`open`](Sessions::open), then
//! [`text`](Sessions::text) and [`binary`](Sessions::binary) for a WebSocket or
//! [`bytes`](Sessions::bytes) and [`finished`](Sessions::finished) for a POST, and
//! [`closed`](Sessions::closed) at last), what the application says ([`send`](Sessions::send),
//! [`close`](Sessions::close)), and the time. After each call:
//!
//! - take the [`Event`]s, until there is none;
//! - for each [`Event::Transmit`], and whenever that carrier can take more, ask
//!   [`transmit`](Sessions::transmit) for what to write, until it answers `None`;
//! - at [`next_deadline`](Sessions::next_deadline), which may have moved, call
//!   [`timeout`](Sessions::timeout).
//!
//! All memory is bounded by the [`Config`]; nothing is kept for a carrier that has not shown the
//! key of its session.

mod carrier;
pub(crate) mod config;
mod crowd;
mod downlink;
pub(crate) mod frame;
mod hello;
mod link;
mod rate;
pub(crate) mod record;
mod session;
mod sessions;
mod timers;
mod tombstones;
mod uplink;

use std::sync::Arc;

pub(crate) use self::carrier::{Gate, Kind, Opening};
pub(crate) use self::config::{Config, Millis};
pub(crate) use self::frame::{End, Frame, Message};
pub(crate) use self::sessions::Sessions;

/// The name that the client gave its session.
pub(crate) type SessionId = Arc<str>;

/// A carrier, for as long as the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CarrierId(u64);

/// What the caller has to know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// There is something to write.
    Transmit(CarrierId),
    /// A session begins. Its first carrier tells more of who it is.
    Opened { session: SessionId, carrier: CarrierId },
    /// The next message of the client.
    Message { session: SessionId, message: Message },
    /// A session has ended, and why.
    Closed { session: SessionId, end: End },
}

/// What to write on a carrier.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transmit {
    Frame(Frame),
    /// Close it: with this code, if it is a WebSocket; a response that is complete has none.
    End(Option<End>),
}

/// For those who look at the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sessions: usize,
    pub(crate) carriers: usize,
    pub(crate) tombstones: usize,
}
