//! The client's driver: carries out what the brain wants.

use everline::connection::{Action, AttemptId, Event, GaveUp, Input, Page, PostId, Verdict};
use everline::session::{self, Control, Mode, Source};

use super::{Command, Packet, World};
use crate::protocol::frame::{Control as Word, Hello, Mode as WireMode};
use crate::protocol::{End, Frame};

/// What the brain wants.
impl World {
    /// Performs what is to be done. What a listener adds takes its turn in line, except that what it
    /// closed is closed when it goes on.
    pub(super) fn drain(&mut self) {
        if std::mem::replace(&mut self.client.is_draining, true) {
            while let Some(action) = self.client.connection.poll_hang_up() {
                self.perform(action);
            }
            return;
        }
        while let Some(action) = self.client.connection.poll_action() {
            self.perform(action);
        }
        self.client.is_draining = false;
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Resolve(attempt) => self.resolve(attempt),
            Action::Connect(attempt) => self.connect(attempt),
            Action::Greet(source, mode) => self.greet(source, mode),
            Action::Control(attempt, control) => {
                let number = self.client.connection.acknowledge();
                let source = Source::Socket(attempt);
                self.ledger.on_control(source, control, number, &self.client.id);
                let word = match control {
                    Control::Ack => Word::Ack(number),
                    Control::Ping => Word::Ping(number),
                    Control::Start => Word::Start(number),
                };
                self.mention(attempt, word);
            }
            Action::Flush(attempt) => self.flush(attempt),
            Action::Disconnect { attempt, code, reason } => {
                self.hang_up(attempt, code, reason, false);
            }
            Action::Abandon { attempt, code, reason } => self.hang_up(attempt, code, reason, true),
            Action::Judge { attempt, .. } => self.handle(Input::Verdict(attempt, Verdict::ByCode)),
            Action::Abort => self.abort(),
            Action::Adopt(attempt) => assert!(self.is_open(attempt), "nothing to adopt"),
            Action::Farewell { code, reason } => self.farewell(code, reason),
            Action::Renew => {
                let former = self.client.id.clone();
                self.client.renew();
                self.tell(|| format!("client: a new session {}", self.client.id));
                self.ledger.on_renewal(&self.client.id, &former);
            }
            Action::Reset { exact } => self.reset(exact),
            Action::Save => {
                let resume = self.client.connection.to_resume();
                let kept = std::iter::from_fn(|| self.client.connection.take_kept()).collect();
                self.client.kept = Some((resume, kept));
            }
            Action::Emit(event) => self.emit(event),
            Action::Ping(_) | Action::Post { .. } | Action::SendOff => {
                panic!("{action:?} in a session")
            }
        }
    }

    fn resolve(&mut self, attempt: AttemptId) {
        if !self.network.dice.chance(self.network.climate.providers) {
            return self.handle(Input::Resolved(attempt));
        }
        let is_well = self.network.dice.chance(50);
        if !self.network.dice.chance(20) {
            let at = self.now + self.network.dice.span(12_000.0);
            self.schedule(at, Packet::Resolved(attempt, is_well));
        }
    }

    fn greet(&mut self, source: Source, mode: Mode) {
        let hello = self.client.connection.hello(source, mode);
        let messages = self.in_body(mode);
        self.ledger.on_hello((source, mode), &hello, &messages, &self.client.id);
        let frame = self.hello(&hello, mode);
        match source {
            Source::Socket(attempt) => self.say(attempt, &frame),
            Source::Request(post) => {
                let mut frames = vec![frame];
                frames.extend(messages.iter().map(|number| self.ledger.frame(*number)));
                self.tell(|| format!("client: {mode:?} {hello:?} with {messages:?}"));
                self.post(post, mode, frames);
            }
        }
    }

    fn in_body(&self, mode: Mode) -> Vec<u32> {
        match mode {
            Mode::Send => self.client.connection.in_flight().copied().collect(),
            _ => Vec::new(),
        }
    }

    fn hello(&self, hello: &session::Hello, mode: Mode) -> Frame {
        let wire_mode = match mode {
            Mode::Socket => WireMode::Ws,
            Mode::Probe => WireMode::Probe,
            Mode::Stream => WireMode::Stream,
            Mode::Poll | Mode::Glance => WireMode::Poll,
            Mode::Send => WireMode::Send,
        };
        let wait = match mode {
            Mode::Glance => Some(1),
            Mode::Stream | Mode::Poll => self.client.config.session.map(|it| it.wait as u64),
            _ => None,
        };
        Frame::Control(Word::Hello(Box::new(Hello {
            v: 1,
            id: self.client.id.clone(),
            key: self.client.key.clone(),
            new: hello.is_new,
            recv: hello.recv,
            att: mode.attaches().then_some(hello.attach.into()),
            seq: (mode == Mode::Send).then_some(hello.first),
            mode: wire_mode,
            token: None,
            protocols: None,
            wait,
        })))
    }

    /// A socket that is slow takes the rest a little later.
    pub(super) fn flush(&mut self, attempt: AttemptId) {
        let mut taken = 0;
        while self.is_open(attempt) {
            if taken >= self.network.climate.takes {
                return self.schedule(self.now + 30.0, Packet::Drained(attempt));
            }
            let Some((start, number)) = self.client.connection.next_to_send() else { return };
            taken += 1;
            let source = Source::Socket(attempt);
            if let Some(start) = start {
                self.ledger.on_control(source, Control::Start, start, &self.client.id);
                self.say(attempt, &Frame::Control(Word::Start(start)));
            }
            self.ledger.on_message(source, number, &self.client.id);
            self.say(attempt, &self.ledger.frame(number));
        }
    }

    fn farewell(&mut self, code: Option<u16>, reason: String) {
        let source = Source::Request(PostId(u32::MAX));
        let hello = self.client.connection.hello(source, Mode::Send);
        let messages = self.in_body(Mode::Send);
        self.tell(|| format!("client: farewell {hello:?} with {messages:?}"));
        self.ledger.on_farewell(hello.first, &messages, &self.client.id);
        let mut frames = vec![self.hello(&hello, Mode::Send)];
        frames.extend(messages.iter().map(|number| self.ledger.frame(*number)));
        if let Some(code) = code {
            frames.push(Frame::Control(Word::End(End::new(code, reason))));
        }
        self.send_off(&frames);
    }

    fn reset(&mut self, exact: bool) {
        let delivered: Vec<u32> = self.client.connection.delivered().copied().collect();
        let undelivered: Vec<u32> = self.client.connection.undelivered().copied().collect();
        self.client.connection.forget_told();
        self.tell(|| format!("client: reset {exact} {delivered:?} {undelivered:?}"));
        self.ledger.on_reset(exact, &delivered, &undelivered);
    }

    fn emit(&mut self, event: Event) {
        self.tell(|| format!("client: {event:?}"));
        match event {
            Event::Failed(cause) => {
                let is_final = cause == GaveUp::FinalCode;
                assert!(!is_final || self.client.is_dismissed, "given up for good");
            }
            Event::Dropped { count, .. } => self.ledger.on_dropped(count),
            _ => {}
        }
        if self.client.dice.chance(self.network.climate.whims) {
            let whim = match self.client.dice.below(20) {
                0 => Command::Reconnect,
                1 => Command::Page(Page::Awake),
                2 if self.client.dice.chance(20) => Command::Close(None, "enough"),
                _ => Command::Send(1),
            };
            self.tell(|| format!("  -- on that, {whim:?}"));
            self.execute(whim);
        }
    }
}
