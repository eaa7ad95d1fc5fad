//! A carrier's tie to its session: the counters of both directions, and what is owed to the client.
//!
//! Nothing is queued for a carrier. What it may send next is worked out when it can send, so a slow
//! one costs nothing, a flood of pings is answered once, and acks are as fresh as they can be.

use super::frame::{Control, End, Frame, Hello, Mode, Welcome};
use super::session::Session;
use super::{Config, Millis, SessionId};

pub(crate) struct Link {
    pub(crate) session: SessionId,
    pub(crate) mode: Mode,
    /// Number of the next message that comes. Only a WebSocket may leave it to the welcome.
    up: Option<u64>,
    /// Number of the next message that goes.
    down: u64,
    is_welcomed: bool,
    has_flushed: bool,
    /// What is to be said before the next message.
    pub(crate) owes_pong: bool,
    owes_ping: bool,
    owes_ack: bool,
    ping_at: Option<Millis>,
    /// When the response ends.
    until: Option<Millis>,
}

/// What a link does next.
pub(crate) enum Next {
    Send(Frame),
    /// Nothing, for now.
    Wait,
    /// Nothing, ever: a response is complete.
    Done,
    /// The application closes the session, and all before was said.
    Close(End),
}

impl Link {
    pub(crate) fn new(session: SessionId, hello: &Hello, config: &Config, now: Millis) -> Self {
        let is_response = matches!(hello.mode, Mode::Stream | Mode::Poll);
        let has_heartbeat = matches!(hello.mode, Mode::Ws | Mode::Stream);
        let wait = hello.wait.unwrap_or(config.wait).min(config.max_wait);
        Self {
            session,
            mode: hello.mode,
            up: hello.seq,
            down: 0,
            is_welcomed: false,
            has_flushed: false,
            owes_pong: false,
            owes_ping: false,
            owes_ack: false,
            ping_at: has_heartbeat.then_some(now + config.hb),
            until: is_response.then_some(now + wait),
        }
    }

    /// The number of the message that has just come.
    pub(crate) fn count_up(&mut self) -> Result<u64, End> {
        let n = match (self.mode, self.up) {
            (Mode::Probe, _) => return Err(End::malformed("a probe carries no messages")),
            (_, None) => return Err(End::malformed("a message without a number")),
            (_, Some(n)) => n,
        };
        self.up = Some(n + 1);
        Ok(n)
    }

    pub(crate) fn start_at(&mut self, n: u64) -> Result<(), End> {
        if n == 0 {
            return Err(End::malformed("numbers begin with 1"));
        }
        self.up = Some(n);
        Ok(())
    }

    /// When it has something to say by itself; `ack_at` is when an ack becomes due.
    pub(crate) fn deadline(&self, ack_at: Option<Millis>) -> Option<Millis> {
        [self.ping_at, self.until, self.own(ack_at)].into_iter().flatten().min()
    }

    /// Notes what has become due; whether there is something to transmit.
    pub(crate) fn timeout(&mut self, ack_at: Option<Millis>, config: &Config, now: Millis) -> bool {
        let is_due = |at: Option<Millis>| at.is_some_and(|at| at <= now);
        let ack = is_due(self.own(ack_at));
        let ping = is_due(self.ping_at);
        let end = is_due(self.until);
        self.owes_ack |= ack;
        if ping {
            self.ping_at = Some(now + config.hb);
            self.owes_ping = true;
        }
        if end {
            self.until = None;
        }
        ack || ping || end
    }

    /// Acks go by WebSocket: where a client hears by HTTP, the answers to its POSTs tell it.
    fn own(&self, ack_at: Option<Millis>) -> Option<Millis> {
        ack_at.filter(|_| self.mode == Mode::Ws && !self.owes_ack)
    }

    pub(crate) fn next(
        &mut self,
        session: &mut Session,
        config: &Config,
        is_body_over: bool,
    ) -> Next {
        if !self.is_welcomed {
            // The welcome is the ack of all that came in the same body.
            if self.mode == Mode::Send && !is_body_over {
                return Next::Wait;
            }
            return Next::Send(Frame::Control(self.welcome(session, config)));
        }
        if let Some(control) = self.owed(session, config) {
            return Next::Send(Frame::Control(control));
        }
        match self.mode {
            Mode::Send => Next::Done,
            Mode::Probe => Next::Wait,
            Mode::Ws | Mode::Stream | Mode::Poll => self.message(session, config),
        }
    }

    fn welcome(&mut self, session: &mut Session, config: &Config) -> Control {
        let recv = session.uplink.tell();
        self.is_welcomed = true;
        self.down = session.downlink.first();
        if self.mode == Mode::Ws {
            self.up.get_or_insert(recv + 1);
        }
        Control::Welcome(Box::new(Welcome {
            recv,
            seq: self.down,
            hb: config.hb,
            win: config.win as u64,
            max: config.max as u64,
            ttl: config.ttl,
            protocol: session.protocol.clone(),
            url: config.url.clone(),
        }))
    }

    /// However often it was asked for, one answer with the newest number is enough.
    fn owed(&mut self, session: &mut Session, config: &Config) -> Option<Control> {
        // An application that is behind with its answers slows the client down: what is not
        // acknowledged fills the client's window.
        let may_ack = session.downlink.waiting() < config.win;
        if self.owes_pong || (self.owes_ack && may_ack) {
            (self.owes_pong, self.owes_ack) = (false, false);
            return Some(Control::Ack(session.uplink.tell()));
        }
        if !std::mem::take(&mut self.owes_ping) {
            return None;
        }
        let recv = session.uplink.tell();
        // On a response nobody could answer a ping.
        Some(if self.mode == Mode::Ws { Control::Ping(recv) } else { Control::Ack(recv) })
    }

    fn message(&mut self, session: &mut Session, config: &Config) -> Next {
        // What is left goes by the next one.
        if self.mode == Mode::Stream && self.until.is_none() {
            return Next::Done;
        }
        // An ack on another carrier may have moved the start.
        let first = session.downlink.first();
        let n = self.down.max(first);
        match session.downlink.get(n, config.win) {
            Some(_) if n > self.down => {
                self.down = n;
                Next::Send(Frame::Control(Control::Start(n)))
            }
            Some(message) => {
                self.down = n + 1;
                self.has_flushed = true;
                Next::Send(Frame::Data(message))
            }
            None if self.mode == Mode::Poll && (self.has_flushed || self.until.is_none()) => {
                Next::Done
            }
            None => match &session.closing {
                Some(end) if session.downlink.waiting() == 0 => Next::Close(end.clone()),
                _ => Next::Wait,
            },
        }
    }
}
