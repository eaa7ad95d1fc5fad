//! Lines between the client and the server, which carry in order, and die.

use std::collections::VecDeque;

use everline::connection::{AttemptId, Millis, PostId};

use crate::protocol::{CarrierId, Message};

/// A connection of the network, for as long as the world exists.
pub(super) type LineId = usize;

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// What a line carries.
#[derive(Clone, Debug)]
pub(super) enum Load {
    /// The head of a request, or of an upgrade; and the answer to that.
    Head,
    /// A WebSocket's message.
    Frame(Message),
    /// Some of an HTTP body.
    Bytes(Vec<u8>),
    /// A WebSocket's close frame, or the end of a body.
    End(u16, String),
    /// The other side has given the line up.
    Gone,
}

/// Who uses a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Socket(AttemptId),
    Post(PostId),
    /// Somebody in between, who repeats a request by himself.
    Proxy,
}

pub(super) struct Line {
    pub(super) owner: Owner,
    pub(super) up: Pipe,
    pub(super) down: Pipe,
    /// The session and the number of the attach that it was made for.
    pub(super) attach: Option<(String, u64)>,
    /// What the server knows it by.
    pub(super) carrier: Option<CarrierId>,
    /// Whether the server writes: not before the body of a request is complete.
    pub(super) is_answered: bool,
    pub(super) server_left: bool,
    /// How many loads the server may have on their way.
    pub(super) room: usize,
    /// The response breaks after so many bytes,
    pub(super) breaks_after: usize,
    /// which is noticed so much later, if it is.
    pub(super) notice: Option<Millis>,
    /// The response is collected until it is complete.
    pub(super) collected: Option<Vec<u8>>,
}

/// One direction.
pub(super) struct Pipe {
    delay: Millis,
    /// When the last load arrives.
    last: Millis,
    /// What would arrive later is lost.
    pub(super) dead: Millis,
    pub(super) loads: VecDeque<Load>,
}

impl Line {
    pub(super) fn new(owner: Owner, delays: (Millis, Millis), room: usize) -> Self {
        Self {
            owner,
            up: Pipe::new(delays.0),
            down: Pipe::new(delays.1),
            attach: None,
            carrier: None,
            is_answered: matches!(owner, Owner::Socket(_)),
            server_left: false,
            room,
            breaks_after: usize::MAX,
            notice: None,
            collected: None,
        }
    }

    pub(super) fn is_socket(&self) -> bool {
        matches!(self.owner, Owner::Socket(_))
    }

    pub(super) fn pipe(&mut self, to: Side) -> &mut Pipe {
        match to {
            Side::Client => &mut self.down,
            Side::Server => &mut self.up,
        }
    }

    pub(super) fn is_dead(&self, now: Millis) -> bool {
        self.up.dead.min(self.down.dead) <= now
    }

    /// Nothing will happen to it that has not happened yet.
    pub(super) fn heal(&mut self, now: Millis) {
        for pipe in [&mut self.up, &mut self.down] {
            if pipe.dead > now {
                pipe.dead = Millis::INFINITY;
            }
            pipe.last = now;
        }
        self.breaks_after = usize::MAX;
        self.room = usize::MAX;
    }
}

impl Pipe {
    fn new(delay: Millis) -> Self {
        Self { delay, last: 0.0, dead: Millis::INFINITY, loads: VecDeque::new() }
    }

    /// Nothing arrives before.
    pub(super) fn hold_until(&mut self, at: Millis) {
        self.last = self.last.max(at);
    }

    /// Takes a load, and answers when it arrives.
    pub(super) fn push(&mut self, load: Load, now: Millis) -> Millis {
        self.last = self.last.max(now + self.delay);
        self.loads.push_back(load);
        self.last
    }
}
