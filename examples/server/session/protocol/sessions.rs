//! All sessions of a server, and all carriers.

use std::collections::{BTreeMap, VecDeque};

use super::carrier::{Carrier, Phase};
use super::crowd::Crowd;
use super::frame::{Control, End, Frame, MAX_CONTROL, Malformed, Message};
use super::link::Next;
use super::session::Session;
use super::timers::{Owner, Timers};
use super::tombstones::{Tombstone, Tombstones};
use super::{CarrierId, Config, Counts, Event, Millis, Opening, SessionId, Transmit};

pub(crate) struct Sessions {
    pub(super) config: Config,
    pub(super) carriers: BTreeMap<CarrierId, Carrier>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) tombstones: Tombstones,
    pub(super) crowd: Crowd,
    pub(super) events: VecDeque<Event>,
    timers: Timers,
    last_carrier: u64,
}

/// Inputs: the carriers.
impl Sessions {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            carriers: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tombstones: Tombstones::default(),
            crowd: Crowd::default(),
            events: VecDeque::new(),
            timers: Timers::default(),
            last_carrier: 0,
        }
    }

    /// A WebSocket is open, or a POST has come.
    pub(crate) fn open(&mut self, opening: Opening, now: Millis) -> CarrierId {
        self.last_carrier += 1;
        let id = CarrierId(self.last_carrier);
        self.carriers.insert(id, Carrier::new(opening, now));
        self.arm(id);
        id
    }

    /// A text message came on a WebSocket.
    pub(crate) fn text(&mut self, id: CarrierId, text: &str, now: Millis) {
        let Some(carrier) = self.carriers.get(&id) else { return };
        let frame = if matches!(carrier.phase, Phase::Silent) && text.len() > MAX_CONTROL {
            Err(Malformed::TooLarge)
        } else {
            Frame::from_text(text)
        };
        self.websocket(id, frame, now);
    }

    /// A binary message came on a WebSocket.
    pub(crate) fn binary(&mut self, id: CarrierId, bytes: &[u8], now: Millis) {
        self.websocket(id, Ok(Frame::Data(Message::Binary(bytes.into()))), now);
    }

    fn websocket(&mut self, id: CarrierId, frame: Result<Frame, Malformed>, now: Millis) {
        let Some(carrier) = self.carriers.get(&id) else { return };
        let frame = match frame {
            Ok(Frame::Data(message)) if message.len() > carrier.max(&self.config) => {
                Err(Malformed::TooLarge)
            }
            frame => frame,
        };
        self.receive(id, frame, now);
    }

    /// Some more of a POST's body came.
    pub(crate) fn bytes(&mut self, id: CarrierId, mut bytes: &[u8], now: Millis) {
        let Some(carrier) = self.carriers.get_mut(&id) else { return };
        carrier.body += bytes.len();
        if carrier.body > self.config.max_body {
            return self.fail(id, End::new(4413, "body too long"), now);
        }
        loop {
            let Some(carrier) = self.carriers.get_mut(&id) else { return };
            if carrier.is_over() {
                return;
            }
            let max = carrier.max(&self.config);
            match carrier.decoder.next(&mut bytes, max) {
                Ok(Some(frame)) => self.receive(id, Ok(frame), now),
                Ok(None) => break,
                Err(problem) => return self.receive(id, Err(problem), now),
            }
        }
        self.heard(id, now);
    }

    /// A POST's body is complete.
    pub(crate) fn finished(&mut self, id: CarrierId, now: Millis) {
        let Some(carrier) = self.carriers.get_mut(&id) else { return };
        carrier.is_body_over = true;
        let is_silent = matches!(carrier.phase, Phase::Silent);
        if is_silent || !carrier.decoder.is_between_records() {
            return self.receive(id, Err(Malformed::Invalid("a body that was cut short")), now);
        }
        self.wake(id);
        self.arm(id);
    }

    /// The carrier is no more, whoever ended it.
    pub(crate) fn closed(&mut self, id: CarrierId, now: Millis) {
        self.detach(id, now);
        self.carriers.remove(&id);
        self.timers.set(Owner::Carrier(id), None);
    }

    /// Ends a carrier, for reasons of the caller's. Its session lives on; what arrived is told.
    pub(crate) fn leave(&mut self, id: CarrierId, end: End, now: Millis) {
        let recv = self.linked(id).and_then(|it| Some(self.sessions.get(&it)?.uplink.recv()));
        self.end(id, End { recv, ..end }, now);
    }
}

/// Inputs: the application.
impl Sessions {
    /// Sends a message, or keeps it until it can be sent. A client that does not keep up loses its
    /// session: better than losing single messages without a word.
    pub(crate) fn send(&mut self, id: &SessionId, message: Message, now: Millis) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.closing.is_some() {
            return;
        }
        session.downlink.push(message);
        if session.downlink.size() > self.config.win + self.config.outbox {
            return self.bury(id, End::new(4413, "too much is waiting"), now);
        }
        if let Some(carrier) = session.carrier {
            self.wake(carrier);
        }
    }

    /// Closes the session, once all that was sent before is on its way.
    pub(crate) fn close(&mut self, id: &SessionId, end: End) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.closing.get_or_insert(end);
        if let Some(carrier) = session.carrier {
            self.wake(carrier);
        }
    }

    /// Forgets everything, as a crash would.
    pub(crate) fn forget(&mut self, now: Millis) {
        while let Some(id) = self.sessions.keys().next().cloned() {
            self.bury(&id, End::new(1001, "the server starts anew"), now);
        }
        self.tombstones.clear();
    }
}

/// Inputs: the time.
impl Sessions {
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// May come early or late, and for nothing.
    pub(crate) fn timeout(&mut self, now: Millis) {
        for owner in self.timers.due(now) {
            match owner {
                Owner::Carrier(id) => self.carrier_timeout(id, now),
                Owner::Session(id) => self.bury(&id, End::new(4408, "expired"), now),
            }
        }
    }

    fn carrier_timeout(&mut self, id: CarrierId, now: Millis) {
        let Some(carrier) = self.carriers.get(&id) else { return };
        let is_dead = carrier.dead_at(&self.config).is_some_and(|at| at <= now);
        match &carrier.phase {
            // The client may have been asleep: it should try again.
            Phase::Silent => self.end(id, End::new(1013, "no hello in time"), now),
            Phase::Linked(_) if is_dead => {
                self.end(id, End::new(1013, "no sign of life"), now);
            }
            Phase::Linked(_) => self.remind(id, now),
            Phase::Ending(_) | Phase::Ended(_) => {}
        }
    }

    /// Has a carrier say what is due.
    fn remind(&mut self, id: CarrierId, now: Millis) {
        let Some(Carrier { phase: Phase::Linked(link), .. }) = self.carriers.get_mut(&id) else {
            return;
        };
        let ack_at = self.sessions.get(&link.session).and_then(|session| session.ack_at(id));
        if link.timeout(ack_at, &self.config, now) {
            self.wake(id);
        }
        self.arm(id);
    }
}

/// Outputs.
impl Sessions {
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What to write next on this carrier; `None` until the next [`Event::Transmit`].
    pub(crate) fn transmit(&mut self, id: CarrierId, now: Millis) -> Option<Transmit> {
        loop {
            let carrier = self.carriers.get_mut(&id)?;
            let next = match &mut carrier.phase {
                Phase::Silent => Next::Wait,
                Phase::Linked(link) => match self.sessions.get_mut(&link.session) {
                    Some(session) => link.next(session, &self.config, carrier.is_body_over),
                    None => {
                        let session = link.session.clone();
                        let end = self.gone(&session, now);
                        self.end(id, end, now);
                        continue;
                    }
                },
                Phase::Ending(end) => {
                    let end = end.clone();
                    carrier.phase = Phase::Ended(Some(end.clone()));
                    return Some(Transmit::Frame(Frame::Control(Control::End(end))));
                }
                Phase::Ended(end) => return Some(Transmit::End(end.clone())),
            };
            match next {
                Next::Send(frame) => {
                    self.arm(id);
                    return Some(Transmit::Frame(frame));
                }
                Next::Wait => {
                    carrier.is_woken = false;
                    return None;
                }
                Next::Done => self.finish(id, Phase::Ended(None), now),
                Next::Close(end) => {
                    let Phase::Linked(link) = &carrier.phase else { continue };
                    let session = link.session.clone();
                    self.bury(&session, end, now);
                }
            }
        }
    }

    /// Whether nothing that comes on this carrier matters any more.
    pub(crate) fn is_over(&self, id: CarrierId) -> bool {
        self.carriers.get(&id).is_none_or(Carrier::is_over)
    }

    pub(crate) fn counts(&mut self, now: Millis) -> Counts {
        Counts {
            sessions: self.sessions.len(),
            carriers: self.carriers.len(),
            tombstones: self.tombstones.count(&self.config, now),
        }
    }
}

/// What comes.
impl Sessions {
    fn receive(&mut self, id: CarrierId, frame: Result<Frame, Malformed>, now: Millis) {
        let Some(carrier) = self.carriers.get_mut(&id) else { return };
        if carrier.is_over() {
            return;
        }
        let outcome = match (frame, &carrier.phase) {
            (Err(problem), _) => Err(carrier.complaint(problem)),
            (Ok(Frame::Control(Control::Hello(hello))), phase) if phase.expects_hello() => {
                self.hello(id, &hello, now)
            }
            (Ok(_), Phase::Silent) => Err(End::malformed("a hello comes first")),
            (Ok(frame), _) => self.record(id, frame, now),
        };
        match outcome {
            Ok(()) => self.heard(id, now),
            Err(end) => self.fail(id, end, now),
        }
    }

    /// A frame after the hello.
    fn record(&mut self, id: CarrierId, frame: Frame, now: Millis) -> Result<(), End> {
        let Some(Carrier { phase: Phase::Linked(link), .. }) = self.carriers.get_mut(&id) else {
            return Ok(());
        };
        let name = link.session.clone();
        let Some(session) = self.sessions.get_mut(&name) else { return Err(self.gone(&name, now)) };
        match frame {
            Frame::Data(message) => {
                let n = link.count_up()?;
                if session.uplink.accept(n, message.len(), &self.config, now)? {
                    self.events.push_back(Event::Message { session: name.clone(), message });
                }
            }
            Frame::Control(Control::Ack(n)) => session.downlink.acknowledge(n)?,
            Frame::Control(Control::Ping(n)) => {
                session.downlink.acknowledge(n)?;
                link.owes_pong = true;
                self.wake(id);
            }
            Frame::Control(Control::Start(n)) => link.start_at(n)?,
            Frame::Control(Control::End(end)) => {
                self.end(id, end.echoed(), now);
                self.bury(&name, end, now);
            }
            Frame::Control(Control::Hello(_) | Control::Welcome(_)) => {
                return Err(End::malformed("not a frame for here"));
            }
        }
        self.after(&name, now);
        Ok(())
    }

    /// Only makes deadlines later: the timer finds out when it goes off.
    fn heard(&mut self, id: CarrierId, now: Millis) {
        if let Some(carrier) = self.carriers.get_mut(&id)
            && !matches!(carrier.phase, Phase::Silent)
        {
            carrier.heard = now;
        }
    }
}

/// What follows from it.
impl Sessions {
    /// Sees to it that what a session now has to say is said, and that its end comes in time.
    pub(super) fn after(&mut self, name: &SessionId, now: Millis) {
        let Some(session) = self.sessions.get(name) else { return };
        let Some(carrier) = session.carrier else {
            let end = session.alone_since + self.config.ttl;
            return self.timers.set(Owner::Session(name.clone()), Some(end));
        };
        let is_urgent = session.ack_at(carrier).is_some_and(|at| at <= now);
        // An ack may have made room in the window.
        let has_more = session.downlink.waiting() > 0;
        self.timers.set(Owner::Session(name.clone()), None);
        if is_urgent {
            self.remind(carrier, now);
        } else {
            self.arm(carrier);
        }
        if has_more {
            self.wake(carrier);
        }
    }

    /// Ends a carrier because of what came on it. Where the code says that the session is gone, it
    /// is.
    fn fail(&mut self, id: CarrierId, end: End, now: Millis) {
        let session = self.linked(id).filter(|_| end.code == 4413);
        let recv = session.as_ref().and_then(|it| Some(self.sessions.get(it)?.uplink.recv()));
        self.end(id, End { recv: end.recv.or(recv), ..end.clone() }, now);
        if let Some(session) = session {
            self.bury(&session, end, now);
        }
    }

    /// Gives a carrier its last words.
    pub(super) fn end(&mut self, id: CarrierId, end: End, now: Millis) {
        if !self.is_over(id) {
            self.finish(id, Phase::Ending(end), now);
            self.wake(id);
        }
    }

    fn finish(&mut self, id: CarrierId, phase: Phase, now: Millis) {
        self.detach(id, now);
        self.timers.set(Owner::Carrier(id), None);
        if let Some(carrier) = self.carriers.get_mut(&id) {
            carrier.phase = phase;
        }
    }

    /// From here on the session is without this carrier.
    fn detach(&mut self, id: CarrierId, now: Millis) {
        let Some(name) = self.linked(id) else { return };
        let Some(session) = self.sessions.get_mut(&name) else { return };
        session.carrier.take_if(|carrier| *carrier == id);
        if session.carrier.is_none() {
            session.alone_since = now;
            self.after(&name, now);
        }
    }

    /// Drops all that a session holds, and remembers how far it came.
    fn bury(&mut self, id: &SessionId, end: End, now: Millis) {
        let Some(session) = self.sessions.remove(id) else { return };
        let recv = session.uplink.recv();
        self.timers.set(Owner::Session(id.clone()), None);
        self.crowd.leave(&session.address, &session.principal);
        if let Some(carrier) = session.carrier {
            self.end(carrier, End { recv: Some(recv), ..end.clone() }, now);
        }
        let tombstone = Tombstone { key: session.key, recv };
        self.tombstones.add(id.clone(), tombstone, &self.config, now);
        self.events.push_back(Event::Closed { session: id.clone(), end });
    }

    /// What a probe, or a POST, is told whose session ended meanwhile.
    fn gone(&mut self, id: &SessionId, now: Millis) -> End {
        let recv = self.tombstones.get(id, &self.config, now).map(|it| it.recv);
        End { recv, ..End::new(4408, "expired") }
    }

    fn linked(&self, id: CarrierId) -> Option<SessionId> {
        match &self.carriers.get(&id)?.phase {
            Phase::Linked(link) => Some(link.session.clone()),
            Phase::Silent | Phase::Ending(_) | Phase::Ended(_) => None,
        }
    }

    pub(super) fn wake(&mut self, id: CarrierId) {
        if let Some(carrier) = self.carriers.get_mut(&id)
            && !std::mem::replace(&mut carrier.is_woken, true)
        {
            self.events.push_back(Event::Transmit(id));
        }
    }

    fn arm(&mut self, id: CarrierId) {
        let Some(carrier) = self.carriers.get(&id) else { return };
        let session = match &carrier.phase {
            Phase::Linked(link) => self.sessions.get(&link.session),
            Phase::Silent | Phase::Ending(_) | Phase::Ended(_) => None,
        };
        let ack_at = session.and_then(|session| session.ack_at(id));
        self.timers.set(Owner::Carrier(id), carrier.deadline(ack_at, &self.config));
    }
}
