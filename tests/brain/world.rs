//! A connection, its server and its application in virtual time.
//!
//! The world performs each action as a browser would, then jumps to the next moment at which
//! something happens: a timer, a packet, a command of the application. Nothing sleeps.

mod http;

use std::collections::BTreeMap;

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Fallback, Flush, Input, Millis, Page,
    Status, Time, Transport, Verdict, Weight,
};

pub(crate) use self::http::{Exchange, Outcome, Presence};
use self::http::{Voice, Web};
use crate::ledger::Ledger;

/// How many things may happen at one moment before the world is called stuck.
const STUCK: u32 = 10_000;

/// How the server and the network treat one attempt.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) resolve: Resolve,
    pub(crate) handshake: Handshake,
    /// What happens how long after the opening.
    pub(crate) life: Vec<(Millis, Fate)>,
    /// How long a ping's reply takes; absent if none ever comes.
    pub(crate) reply: Option<Millis>,
    /// How many waiting messages the transport takes.
    pub(crate) takes: usize,
    /// How long the closing handshake takes; absent if it never ends.
    pub(crate) closing: Option<Millis>,
    /// The application's answer about a retry after this attempt.
    pub(crate) verdict: Answer,
    /// Whether the transport goes on talking once it is abandoned.
    pub(crate) lingers: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolve {
    Now,
    After(Millis),
    Fails(Millis),
    Never,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Handshake {
    Opens(Millis),
    Fails(Millis),
    Hangs,
    /// The transport's constructor throws; another URL may do better.
    Refused,
    /// The transport's constructor throws, and always will.
    Impossible,
}

#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Message,
    /// Something that looks like a ping's reply.
    Reply,
    /// The peer closes with this code and reason.
    Close(u16, &'static str),
    /// The network cuts the line, and the browser notices.
    Cut,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Now(Verdict),
    After(Millis, Verdict),
    Never,
}

impl Plan {
    pub(crate) fn healthy() -> Self {
        Self {
            resolve: Resolve::Now,
            handshake: Handshake::Opens(0.0),
            life: Vec::new(),
            reply: Some(0.0),
            takes: usize::MAX,
            closing: Some(0.0),
            verdict: Answer::Now(Verdict::ByCode),
            lingers: false,
        }
    }

    pub(crate) fn failing() -> Self {
        Self { handshake: Handshake::Fails(0.0), ..Self::healthy() }
    }

    /// Opens at once, then this happens.
    pub(crate) fn living(life: impl Into<Vec<(Millis, Fate)>>) -> Self {
        Self { life: life.into(), ..Self::healthy() }
    }
}

/// What the application or the page does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Start,
    Close(Option<u16>, &'static str),
    Reconnect(Option<u16>, &'static str),
    Page(Page),
    /// Sends the next message, of so many bytes.
    Send(usize),
    /// The same, if it may share a request's body with others.
    Join(usize),
    TakeQueued,
    /// The machine sleeps: time passes, and nothing happens.
    Sleep(Millis),
    /// A timer that fires although it is not due.
    Timeout,
}

/// What goes out on a transport.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Message(u32),
    Ping,
    Close(Option<u16>, String),
    /// The question whether anybody is there.
    Head,
    /// A request with these messages.
    Post(Vec<u32>),
    /// One that outlives the page.
    Keepalive(Vec<u32>),
}

type Plans = Box<dyn FnMut(u32) -> Plan>;
type Listener = Box<dyn FnMut(&Event) -> Vec<Command>>;

pub(crate) struct World {
    connection: Connection<u32>,
    ledger: Ledger,
    flush: Flush,
    now: Millis,
    /// How much later than asked for timers fire.
    timer_lag: Millis,
    plans: Plans,
    listener: Listener,
    attempts: BTreeMap<AttemptId, Attempt>,
    /// The attempt whose transport is the connection's, as the driver sees it.
    socket: Option<AttemptId>,
    /// What the application was asked about last.
    question: Option<AttemptId>,
    web: Web,
    line: BTreeMap<Moment, Packet>,
    scheduled: u64,
    draining: bool,
    next_message: u32,
    seen: Vec<(Millis, Event)>,
    wire: Vec<(Millis, Sent)>,
}

#[derive(Debug)]
enum Packet {
    Attempt(AttemptId, Occurrence),
    Verdict(AttemptId, Verdict),
    /// Of the request with this number.
    Request(usize, Voice),
}

struct Attempt {
    plan: Plan,
    phase: Phase,
    abandoned: bool,
    heard: bool,
    taken: usize,
    /// Whether what waited has gone out on it.
    flushed: bool,
    left_behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Resolving,
    Handshaking,
    Open,
    Closing,
    Gone,
}

/// When something happens, and its turn among what happens then. The bits of numbers that are not
/// negative are in the numbers' order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64, u64);

#[derive(Debug)]
enum Occurrence {
    Resolved,
    Unusable,
    Opened,
    Message,
    Reply,
    Ended(Close),
}

/// What a test does and asks.
impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            ledger: Ledger::new(config.clone()),
            flush: config.flush,
            connection: Connection::new(config),
            now: 0.0,
            timer_lag: 0.0,
            plans: Box::new(|_| Plan::healthy()),
            listener: Box::new(|_| Vec::new()),
            attempts: BTreeMap::new(),
            socket: None,
            question: None,
            web: Web::new(),
            line: BTreeMap::new(),
            scheduled: 0,
            draining: false,
            next_message: 0,
            seen: Vec::new(),
            wire: Vec::new(),
        }
    }

    /// The plan of each attempt, numbered from 1.
    pub(crate) fn plan(mut self, plans: impl FnMut(u32) -> Plan + 'static) -> Self {
        self.plans = Box::new(plans);
        self
    }

    /// What the application does on an event, while it hears of it.
    pub(crate) fn listen(mut self, listener: impl FnMut(&Event) -> Vec<Command> + 'static) -> Self {
        self.listener = Box::new(listener);
        self
    }

    pub(crate) fn timer_lag(mut self, millis: Millis) -> Self {
        self.timer_lag = millis;
        self
    }

    pub(crate) fn started(mut self) -> Self {
        self.command(Command::Start);
        self
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.execute(command);
        self.settle();
    }

    pub(crate) fn close(&mut self, code: u16) {
        self.command(Command::Close(Some(code), ""));
    }

    pub(crate) fn reconnect(&mut self) {
        self.command(Command::Reconnect(None, ""));
    }

    pub(crate) fn page(&mut self, page: Page) {
        self.command(Command::Page(page));
    }

    /// Sends a message of one byte, and answers its number, from 0.
    pub(crate) fn send(&mut self) -> u32 {
        self.command(Command::Send(1));
        self.next_message - 1
    }

    /// Lets everything happen that happens in this time, its last moment included.
    pub(crate) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        let mut at_once = 0;
        while let Some(next) = self.next_moment().filter(|next| *next <= end) {
            at_once = if next > self.now { 0 } else { at_once + 1 };
            assert!(at_once < STUCK, "{:?} spins", self.connection);
            self.now = self.now.max(next);
            self.step();
        }
        self.now = self.now.max(end);
    }

    /// The server is well from now on, and the application quiet: nothing that was planned happens
    /// any more.
    pub(crate) fn heal(&mut self) {
        self.plans = Box::new(|_| Plan::healthy());
        self.listener = Box::new(|_| Vec::new());
        self.line.retain(|_, packet| matches!(packet, Packet::Verdict(..) | Packet::Request(..)));
        self.web.heal();
        for attempt in self.attempts.values_mut() {
            attempt.plan.life.clear();
            attempt.plan.reply = Some(0.0);
            attempt.plan.takes = usize::MAX;
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    pub(crate) fn status(&self) -> Status {
        self.connection.status()
    }

    pub(crate) fn connection(&self) -> &Connection<u32> {
        &self.connection
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// When the timer is due.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        Some(self.connection.next_deadline()?.since(Time::default()))
    }

    /// What the application has heard of, and when, since it was asked last.
    pub(crate) fn events(&mut self) -> Vec<(Millis, Event)> {
        std::mem::take(&mut self.seen)
    }

    /// The same without the times.
    pub(crate) fn kinds(&mut self) -> Vec<Event> {
        self.events().into_iter().map(|(_, event)| event).collect()
    }

    /// The delays before so many retries, which must come.
    pub(crate) fn delays(mut self, retries: usize) -> Vec<Millis> {
        let mut delays = Vec::new();
        while delays.len() < retries {
            self.run(1000.0);
            delays.extend(self.kinds().into_iter().filter_map(|event| match event {
                Event::Reconnecting { delay, .. } => Some(delay),
                _ => None,
            }));
        }
        delays.truncate(retries);
        delays
    }

    /// What went out, and when, since it was asked last.
    pub(crate) fn wire(&mut self) -> Vec<(Millis, Sent)> {
        std::mem::take(&mut self.wire)
    }

    /// The messages that went out by WebSocket since it was asked last.
    pub(crate) fn delivered(&mut self) -> Vec<u32> {
        self.wire()
            .into_iter()
            .filter_map(|(_, sent)| match sent {
                Sent::Message(message) => Some(message),
                _ => None,
            })
            .collect()
    }

    /// When each attempt started.
    pub(crate) fn attempts(&self) -> &[Millis] {
        self.ledger.attempts()
    }

    /// How many transports are neither abandoned nor gone.
    pub(crate) fn live_transports(&self) -> usize {
        self.attempts.values().filter(|attempt| attempt.is_live()).count()
    }

    /// Whether the present transport took only a part of what waited.
    pub(crate) fn has_left_behind(&self) -> bool {
        self.socket.is_some_and(|id| self.attempts[&id].left_behind)
    }

    /// Takes back everything that waits.
    pub(crate) fn take_queued(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| self.take_one()).collect()
    }
}

/// What happens by itself.
impl World {
    fn next_moment(&self) -> Option<Millis> {
        let timer = self.timer();
        let packet = self.line.keys().next().map(Moment::at);
        match (timer, packet) {
            (Some(timer), Some(packet)) => Some(timer.min(packet)),
            (timer, packet) => timer.or(packet),
        }
    }

    fn timer(&self) -> Option<Millis> {
        Some(self.deadline()? + self.timer_lag)
    }

    /// One packet, or else the timer.
    fn step(&mut self) {
        let packet = self.line.first_entry().filter(|entry| entry.key().at() <= self.now);
        if let Some(packet) = packet {
            match packet.remove() {
                Packet::Attempt(id, occurrence) => self.occur(id, occurrence),
                Packet::Verdict(id, verdict) => self.judge(id, verdict),
                Packet::Request(number, voice) => self.hear_request(number, voice),
            }
        } else {
            self.ledger.on_timeout(self.now);
            self.handle(Input::Timeout);
        }
        self.settle();
    }

    fn occur(&mut self, id: AttemptId, occurrence: Occurrence) {
        let attempt = self.attempts.get_mut(&id).unwrap();
        let muted = attempt.abandoned && !attempt.plan.lingers;
        match occurrence {
            Occurrence::Resolved => self.hear(Input::Resolved(id), id),
            Occurrence::Unusable => {
                attempt.phase = Phase::Gone;
                self.hear(Input::Unusable(id), id);
            }
            _ if muted || attempt.phase == Phase::Gone => {}
            Occurrence::Opened if attempt.phase == Phase::Handshaking => {
                attempt.phase = Phase::Open;
                for (after, fate) in attempt.plan.life.clone() {
                    let occurrence = match fate {
                        Fate::Message => Occurrence::Message,
                        Fate::Reply => Occurrence::Reply,
                        Fate::Close(code, reason) => Occurrence::Ended(clean(code, reason)),
                        Fate::Cut => Occurrence::Ended(abnormal()),
                    };
                    self.schedule(after, Packet::Attempt(id, occurrence));
                }
                if self.socket == Some(id) && self.connection.status() == Status::Connecting {
                    self.ledger.on_opened(self.now);
                }
                self.hear(Input::Opened(id), id);
            }
            Occurrence::Opened => {}
            Occurrence::Message => self.message(id),
            Occurrence::Reply => {
                self.message(id);
                self.hear(Input::Replied(id), id);
            }
            Occurrence::Ended(close) => {
                attempt.phase = Phase::Gone;
                if !close.clean {
                    self.hear(Input::Errored(id), id);
                }
                self.socket = self.socket.filter(|socket| *socket != id);
                self.ledger.on_end(self.connection.status(), self.now);
                self.hear(Input::Closed(id, close), id);
            }
        }
    }

    /// The connection hears of the first message since the opening or the last ping only.
    fn message(&mut self, id: AttemptId) {
        let attempt = self.attempts.get_mut(&id).unwrap();
        if !std::mem::replace(&mut attempt.heard, true) {
            if attempt.is_live() && attempt.phase == Phase::Open {
                self.ledger.on_heard();
            }
            self.hear(Input::Heard(id), id);
        }
    }

    /// Something of an attempt. If that is over, it must change nothing, now or later.
    fn hear(&mut self, input: Input, id: AttemptId) {
        if self.attempts[&id].abandoned || !self.is_newest(id) {
            self.hear_in_vain(input);
        } else {
            self.handle(input);
        }
    }

    fn judge(&mut self, id: AttemptId, verdict: Verdict) {
        let input = Input::Verdict(id, verdict);
        if self.question != Some(id) {
            return self.hear_in_vain(input);
        }
        self.ledger.on_verdict(verdict, self.connection.status());
        self.handle(input);
    }

    fn hear_in_vain(&mut self, input: Input) {
        let before = format!("{:?}", self.connection);
        self.connection.handle(input.clone(), self.time());
        assert_eq!(before, format!("{:?}", self.connection), "{input:?} of what is over");
    }

    fn is_newest(&self, id: AttemptId) -> bool {
        self.attempts.last_key_value().is_some_and(|(newest, _)| *newest == id)
    }

    fn schedule(&mut self, after: Millis, packet: Packet) {
        self.scheduled += 1;
        let moment = Moment::new(self.now + after, self.scheduled);
        self.line.insert(moment, packet);
    }
}

/// What a driver does.
impl World {
    fn execute(&mut self, command: Command) {
        self.ledger.on_command(&command, &self.connection, self.now);
        match command {
            Command::Start => self.handle(Input::Start),
            Command::Close(code, reason) => {
                let reason = reason.into();
                self.handle(Input::Close { code, reason });
            }
            Command::Reconnect(code, reason) => {
                let reason = reason.into();
                self.handle(Input::Reconnect { code, reason });
            }
            Command::Page(page) => self.handle(Input::Page(page)),
            Command::Send(bytes) => self.send_next(bytes.into()),
            Command::Join(bytes) => self.send_next(Weight { bytes, joins: true }),
            Command::TakeQueued => {
                self.take_one();
            }
            Command::Sleep(millis) => self.now += millis,
            Command::Timeout => {
                let deadline = self.connection.next_deadline();
                if deadline.is_none_or(|deadline| deadline > self.time()) {
                    let before = format!("{:?}", self.connection);
                    self.connection.handle(Input::Timeout, self.time());
                    assert_eq!(before, format!("{:?}", self.connection), "an early timeout");
                }
            }
        }
    }

    /// An open WebSocket is sent to directly, as the faces do.
    fn send_next(&mut self, weight: Weight) {
        let message = self.next_message;
        self.next_message += 1;
        if self.connection.transport() == Some(Transport::WebSocket) {
            let attempt = &self.attempts[&self.socket.expect("a socket")];
            let is_first = self.connection.queued() == 0 || attempt.flushed;
            assert!(is_first || self.flush != Flush::BeforeOpen, "{message} overtakes");
            // A socket that says that it failed takes nothing any more.
            if attempt.is_live() && attempt.phase == Phase::Open {
                self.transmit(Sent::Message(message));
                return self.act(&[message]);
            }
        }
        let taken = self.connection.enqueue(message, weight, self.time());
        self.ledger.on_enqueue(message, taken.is_ok(), self.now);
        self.drain();
    }

    fn transmit(&mut self, sent: Sent) {
        self.wire.push((self.now, sent));
    }

    fn take_one(&mut self) -> Option<u32> {
        let message = self.connection.take_queued()?;
        self.ledger.on_taken(message);
        Some(message)
    }

    fn handle(&mut self, input: Input) {
        let attempts = self.connection.counters().attempts;
        let in_background =
            input == Input::Timeout && self.connection.transport() == Some(Transport::Http);
        self.connection.handle(input, self.time());
        if in_background {
            self.ledger.on_background(self.connection.counters().attempts - attempts, self.now);
        }
        self.drain();
    }

    /// Performs what is to be done. What a listener's command adds takes its turn in line, except that
    /// what it closed is closed when it goes on.
    fn drain(&mut self) {
        if std::mem::replace(&mut self.draining, true) {
            while let Some(action) = self.connection.poll_hang_up() {
                self.perform(action);
            }
            return;
        }
        while let Some(action) = self.connection.poll_action() {
            self.perform(action);
        }
        self.draining = false;
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Resolve(id) => self.resolve(id),
            Action::Connect(id) => self.connect(id),
            Action::Flush(id) => self.flush(id),
            Action::Ping(id) => {
                let attempt = &self.attempts[&id];
                assert!(attempt.is_live() && attempt.phase == Phase::Open, "a ping to nobody");
                self.transmit(Sent::Ping);
                let attempt = self.attempts.get_mut(&id).unwrap();
                attempt.heard = false;
                if let Some(after) = attempt.plan.reply {
                    self.schedule(after, Packet::Attempt(id, Occurrence::Reply));
                }
            }
            Action::Disconnect { attempt: id, code, reason } => self.disconnect(id, code, reason),
            Action::Abandon { attempt: id, code, reason } => self.abandon(id, code, reason),
            Action::Judge { attempt: id, retry, .. } => {
                self.ledger.on_judge(retry);
                assert!(self.question < Some(id), "asked twice about {id:?}");
                self.question = Some(id);
                // HTTP may come, and go, before any attempt.
                let attempt = self.attempts.values().next_back();
                match attempt.map_or(Answer::Never, |attempt| attempt.plan.verdict) {
                    Answer::Now(verdict) => self.judge(id, verdict),
                    Answer::After(after, verdict) => {
                        self.schedule(after, Packet::Verdict(id, verdict));
                    }
                    Answer::Never => {}
                }
            }
            Action::Post { post, careful } => self.post(post, careful),
            Action::Abort => self.abort(),
            Action::SendOff => self.send_off(),
            Action::Adopt(id) => self.adopt(id),
            Action::Emit(event) => {
                self.ledger.on_event(&event, &self.connection, self.now);
                self.seen.push((self.now, event.clone()));
                for command in (self.listener)(&event) {
                    self.execute(command);
                }
            }
            other => panic!("{other:?}, and there is no session"),
        }
    }

    fn resolve(&mut self, id: AttemptId) {
        let in_background = self.connection.transport() == Some(Transport::Http);
        self.ledger.on_resolve(in_background, self.now);
        let plan = (self.plans)(self.ledger.attempts().len() as u32);
        let resolve = plan.resolve;
        let attempt = Attempt {
            plan,
            phase: Phase::Resolving,
            abandoned: false,
            heard: false,
            taken: 0,
            flushed: false,
            left_behind: false,
        };
        assert!(self.attempts.insert(id, attempt).is_none(), "{id:?} twice");
        match resolve {
            Resolve::Now => self.handle(Input::Resolved(id)),
            Resolve::After(after) => {
                self.schedule(after, Packet::Attempt(id, Occurrence::Resolved))
            }
            Resolve::Fails(after) => {
                self.schedule(after, Packet::Attempt(id, Occurrence::Unusable))
            }
            Resolve::Never => {}
        }
    }

    fn connect(&mut self, id: AttemptId) {
        assert_eq!(self.live_transports(), 0, "two live transports");
        let attempt = self.attempts.get_mut(&id).unwrap();
        assert_eq!(attempt.phase, Phase::Resolving);
        attempt.phase = Phase::Handshaking;
        if self.connection.status() == Status::Connecting {
            self.socket = Some(id);
        }
        match attempt.plan.handshake {
            Handshake::Opens(after) => {
                self.schedule(after, Packet::Attempt(id, Occurrence::Opened))
            }
            Handshake::Fails(after) => {
                self.schedule(after, Packet::Attempt(id, Occurrence::Ended(abnormal())))
            }
            Handshake::Hangs => {}
            Handshake::Refused => {
                attempt.phase = Phase::Gone;
                self.handle(Input::Unusable(id));
            }
            Handshake::Impossible => {
                attempt.phase = Phase::Gone;
                self.handle(Input::Impossible(id));
            }
        }
    }

    fn flush(&mut self, id: AttemptId) {
        assert_eq!(id, self.open_transport("a message"));
        let attempt = self.attempts.get_mut(&id).unwrap();
        attempt.flushed = true;
        while attempt.taken < attempt.plan.takes
            && let Some(message) = self.connection.take_queued()
        {
            attempt.taken += 1;
            self.ledger.on_transmit(message, self.now);
            self.wire.push((self.now, Sent::Message(message)));
            self.ledger.on_act(message);
            self.web.acted.push(message);
        }
        if self.connection.queued() > 0 {
            attempt.left_behind = true;
            self.ledger.on_left_behind();
        }
    }

    fn disconnect(&mut self, id: AttemptId, code: Option<u16>, reason: String) {
        let attempt = self.attempts.get_mut(&id).unwrap();
        assert!(!attempt.abandoned, "nothing to disconnect");
        // Closing a socket that says that it failed does nothing; its end comes by itself.
        if attempt.phase == Phase::Gone {
            return;
        }
        let closing = attempt.plan.closing;
        let was_open = attempt.phase == Phase::Open;
        attempt.phase = Phase::Closing;
        let close = if was_open {
            self.wire.push((self.now, Sent::Close(code, reason.clone())));
            clean(code.unwrap_or(1005), &reason)
        } else {
            abnormal()
        };
        if let Some(after) = closing {
            self.schedule(after, Packet::Attempt(id, Occurrence::Ended(close)));
        }
    }

    fn abandon(&mut self, id: AttemptId, code: Option<u16>, reason: String) {
        // An attempt that was replaced before it began to resolve has nothing to abandon.
        let Some(attempt) = self.attempts.get_mut(&id) else {
            return;
        };
        let was_open = attempt.phase == Phase::Open && !attempt.abandoned;
        attempt.abandoned = true;
        self.socket = self.socket.filter(|socket| *socket != id);
        if was_open {
            self.wire.push((self.now, Sent::Close(code, reason)));
        }
        if self.attempts[&id].phase != Phase::Resolving {
            self.schedule(30.0, Packet::Attempt(id, Occurrence::Ended(abnormal())));
        }
    }

    fn open_transport(&self, what: &str) -> AttemptId {
        assert_eq!(self.connection.transport(), Some(Transport::WebSocket), "{what} goes out");
        let id = self.socket.unwrap_or_else(|| panic!("{what} without a socket"));
        let attempt = &self.attempts[&id];
        assert!(attempt.is_live() && attempt.phase == Phase::Open, "{what} goes nowhere");
        id
    }

    /// What must hold once there is nothing to do.
    fn settle(&mut self) {
        self.drain();
        let is_resting = self
            .attempts
            .values()
            .next_back()
            .is_none_or(|attempt| attempt.abandoned || attempt.phase == Phase::Gone);
        self.ledger.check(&self.connection, is_resting, self.now);
        self.check_web();
    }

    fn time(&self) -> Time {
        Time::new(self.now)
    }
}

impl Moment {
    fn new(at: Millis, turn: u64) -> Self {
        Self(at.to_bits(), turn)
    }

    fn at(&self) -> Millis {
        f64::from_bits(self.0)
    }
}

impl Attempt {
    fn is_live(&self) -> bool {
        !self.abandoned && matches!(self.phase, Phase::Handshaking | Phase::Open | Phase::Closing)
    }
}

pub(crate) fn clean(code: u16, reason: &str) -> Close {
    Close { code, reason: reason.into(), clean: true }
}

pub(crate) fn abnormal() -> Close {
    Close { code: 1006, reason: String::new(), clean: false }
}

/// Delays without jitter: 500, 1000, 2000 … 30 000 ms.
pub(crate) fn steady() -> Config {
    let mut config = Config::default();
    config.backoff.jitter = everline::connection::Jitter::None;
    config
}

/// The same, with HTTP after one attempt.
pub(crate) fn falling() -> Config {
    falling_with(|_| {})
}

pub(crate) fn falling_with(change: impl FnOnce(&mut Fallback)) -> Config {
    let mut fallback = Fallback { after: 1, ..Fallback::default() };
    change(&mut fallback);
    Config { fallback: Some(fallback), ..steady() }
}
