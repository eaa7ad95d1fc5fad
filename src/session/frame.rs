//! What carriers say, without the text that it is written in.

use crate::connection::{AttemptId, Close, Millis, PostId};

/// A carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The WebSocket of this attempt.
    Socket(AttemptId),
    /// This request.
    Request(PostId),
}

/// What a carrier is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Both directions, on a WebSocket.
    #[default]
    Socket,
    /// To see whether a WebSocket works; nothing attaches.
    Probe,
    /// A response that stays open.
    Stream,
    /// A response that ends with the first messages, or after a while.
    Poll,
    /// A poll that ends at once.
    Glance,
    /// Messages in a request.
    Send,
}

impl Mode {
    /// Whether the server's messages go there from now on.
    pub fn attaches(self) -> bool {
        !matches!(self, Mode::Probe | Mode::Send)
    }
}

/// The first words on a carrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The last message that arrived.
    pub recv: u64,
    /// The number of the first message that follows; 0 except for [`Mode::Send`].
    pub first: u64,
    /// The number of this attach, if it is one ([`Mode::attaches`]).
    pub attach: u32,
    /// The server never welcomed the session.
    pub is_new: bool,
}

/// A control frame from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<R> {
    /// The answer to a hello.
    Welcome(Welcome),
    /// All messages up to this one arrived.
    Ack(u64),
    /// The same, and it is to be answered.
    Ping(u64),
    /// The next message on this carrier has this number.
    Start(u64),
    /// The last words.
    End {
        /// Why.
        close: Close<R>,
        /// What arrived.
        recv: Option<u64>,
        /// When to come back.
        retry: Option<Millis>,
    },
    /// It cannot be understood.
    Bad,
}

/// What a welcome says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welcome {
    /// The last message that the server has.
    pub recv: u64,
    /// The number of its first message on this carrier.
    pub seq: u64,
    /// The time between its signs of life.
    pub heartbeat: Millis,
    /// The most bytes that may be sent without an ack.
    pub window: usize,
    /// The largest message that it takes.
    pub largest: usize,
}

impl Default for Welcome {
    fn default() -> Self {
        Self { recv: 0, seq: 1, heartbeat: 20_000.0, window: usize::MAX, largest: usize::MAX }
    }
}

/// A control frame that only holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// All messages up to this one arrived.
    Ack,
    /// The same, and an answer is wanted.
    Ping,
    /// The next message has this number.
    Start,
}
