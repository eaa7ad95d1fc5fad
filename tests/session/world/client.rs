//! The client's driver, its page, and the application on it.

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Full, GaveUp, Input, Millis, Page, PostId,
    Status, Time, Transport, Verdict,
};
use everline::session::{self, Control, Mode, Source};

use super::network::{LineId, Load, Owner, Side};
use super::post::Request;
use super::socket::{Phase, Sockets};
use super::{Packet, World, network};
use crate::dice::Dice;
use crate::protocol::frame::{Control as Word, Hello, Mode as WireMode};
use crate::protocol::{End, Frame, Message, SessionId};

/// How long there may be no response on HTTP, where an answer that was empty is not asked for again at
/// once.
const DEAF: Millis = 2500.0;

/// What the application, the page or the machine does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    Start,
    /// The client's application sends so many messages,
    Send(usize),
    /// and the server's.
    Speak(usize),
    /// Both do, so many times, with pauses as long as this.
    Chat(usize, Millis),
    Close(Option<u16>, &'static str),
    Reconnect,
    Page(Page),
    /// The page is loaded anew, or left.
    Reload,
    Leave,
    /// The server's application ends the session.
    Dismiss,
    /// A timer that fires although it is not due.
    Timeout,
    /// A machine sleeps.
    ClientSleeps(Millis),
    ServerSleeps(Millis),
    /// Every connection dies.
    Storm,
    /// For so long there are no upgrades, no requests, no streams; nothing moves; nobody is there.
    NoUpgrades(Millis),
    NoPosts(Millis),
    NoStreams(Millis),
    Stall(Millis),
    Outage(Millis),
    /// The server stops politely or not, forgets its sessions or not, and is back after this time.
    Restart(bool, bool, Millis),
}

pub(super) struct Client {
    pub(super) connection: Connection<u32>,
    config: Config,
    pub(super) sockets: Sockets,
    pub(super) uplink: Option<Request>,
    pub(super) downlink: Option<Request>,
    /// The timer: what it was set to, and when it fires.
    pub(super) timer: Option<(Time, Millis)>,
    /// When it last was on a WebSocket, or waited for a response.
    pub(super) heard: Millis,
    /// The session's name and key.
    pub(super) id: String,
    key: String,
    renewals: u32,
    /// What a page left for the next.
    kept: Option<(session::Resume, Vec<u32>)>,
    dice: Dice,
    is_draining: bool,
    /// The server's application has ended the session.
    pub(super) is_dismissed: bool,
}

impl Client {
    pub(super) fn new(config: Config, dice: Dice) -> Self {
        let mut client = Self {
            connection: Connection::new(config.clone()),
            config,
            sockets: Sockets::new(),
            uplink: None,
            downlink: None,
            timer: None,
            heard: 0.0,
            id: String::new(),
            key: String::new(),
            renewals: 0,
            kept: None,
            dice,
            is_draining: false,
            is_dismissed: false,
        };
        client.renew();
        client
    }

    fn renew(&mut self) {
        self.renewals += 1;
        self.id = format!("{:022}", self.renewals);
        self.key = format!("{:0>22}", self.dice.next());
    }

    pub(super) fn request(&mut self, id: LineId) -> Option<&mut Request> {
        [&mut self.uplink, &mut self.downlink]
            .into_iter()
            .flatten()
            .find(|request| request.line == id)
    }

    pub(super) fn take_request(&mut self, id: LineId) -> Option<Request> {
        [&mut self.uplink, &mut self.downlink]
            .into_iter()
            .find_map(|place| place.take_if(|request| request.line == id))
    }
}

/// What the world does to it.
impl World {
    pub(super) fn execute(&mut self, command: Command) {
        let until = |after: Millis| self.now + after;
        match command {
            Command::Start => self.handle(Input::Start),
            Command::Send(count) => (0..count).for_each(|_| self.send()),
            Command::Speak(count) => {
                let session: SessionId = self.client.id.as_str().into();
                for _ in 0..count {
                    if self.ledger.is_alive(&session) {
                        self.speak(&session);
                        self.settle_server();
                    }
                }
            }
            Command::Chat(times, pause) => {
                for time in 0..times {
                    let at = self.now + time as Millis * pause;
                    let said = if time % 2 == 0 { Command::Send(1) } else { Command::Speak(1) };
                    self.schedule(at, Packet::Chat(said));
                }
            }
            Command::Close(code, reason) => {
                self.ledger.on_close();
                self.handle(Input::Close { code, reason: reason.into() });
            }
            Command::Reconnect => {
                self.handle(Input::Reconnect { code: None, reason: String::new() });
            }
            Command::Page(page) => self.handle(Input::Page(page)),
            Command::Reload => self.reload(),
            Command::Leave => self.leave(),
            Command::Dismiss => {
                self.client.is_dismissed = true;
                let session = self.client.id.as_str().into();
                self.server.core.close(&session, End::new(1000, "that was all"));
            }
            Command::Timeout => self.handle(Input::Timeout),
            Command::ClientSleeps(millis) => {
                self.client_sleeps = until(millis).max(self.client_sleeps)
            }
            Command::ServerSleeps(millis) => {
                self.server_sleeps = until(millis).max(self.server_sleeps)
            }
            Command::Storm => self.storm(),
            Command::NoUpgrades(millis) => self.network.weather.no_upgrades = until(millis),
            Command::NoPosts(millis) => self.network.weather.no_posts = until(millis),
            Command::NoStreams(millis) => self.network.weather.collects = until(millis),
            Command::Stall(millis) => {
                let weather = &mut self.network.weather;
                weather.stalls = until(millis).max(weather.stalls);
            }
            Command::Outage(millis) => {
                self.network.weather.no_upgrades = until(millis);
                self.network.weather.no_posts = until(millis);
                self.storm();
            }
            Command::Restart(is_graceful, forgets, back) => {
                self.restart(is_graceful, forgets, back);
            }
        }
    }

    /// When the client's timer goes off.
    pub(super) fn client_timer(&mut self) -> Option<Millis> {
        let due = self.client.connection.next_deadline()?;
        if self.client.timer.is_none_or(|(set, _)| set != due) {
            let at = due.since(Time::default()).max(self.now) + self.network.lag();
            self.client.timer = Some((due, at));
        }
        Some(self.client.timer?.1.max(self.client_sleeps))
    }

    pub(super) fn reach_client(&mut self, id: LineId, load: Load) {
        match self.lines[id].owner {
            Owner::Socket(attempt) if self.has(attempt, id) => self.reach_socket(attempt, load),
            Owner::Post(_) => self.reach_request(id, load),
            Owner::Socket(_) | Owner::Proxy => {}
        }
    }

    /// Whether the attempt is one of this page, and not of one before.
    fn has(&self, attempt: AttemptId, line: LineId) -> bool {
        self.client.sockets.get(&attempt).is_some_and(|socket| socket.line == line)
    }

    pub(super) fn client_lost(&mut self, id: LineId) {
        match self.lines[id].owner {
            Owner::Socket(attempt) if self.has(attempt, id) => self.socket_lost(attempt),
            Owner::Post(_) => self.request_lost(id),
            Owner::Socket(_) | Owner::Proxy => {}
        }
    }

    pub(super) fn failed(&mut self, id: LineId, failure: Option<network::Failure>) {
        if self.client_sleeps > self.now {
            return self.schedule(self.client_sleeps, Packet::Failed(id, failure));
        }
        match (self.lines[id].owner, failure) {
            (Owner::Socket(attempt), _) if self.has(attempt, id) => self.socket_lost(attempt),
            (_, Some(failure)) => self.request_failed(id, failure),
            _ => {}
        }
    }

    pub(super) fn resolved(&mut self, attempt: AttemptId, is_well: bool) {
        self.handle(if is_well { Input::Resolved(attempt) } else { Input::Unusable(attempt) });
    }

    pub(super) fn drained(&mut self, attempt: AttemptId) {
        let is_used = self.client.connection.transport() == Some(Transport::WebSocket);
        if is_used && self.is_open(attempt) {
            self.flush(attempt);
            self.drain();
        }
    }

    /// A message has come, and goes to the application if it is new.
    pub(super) fn deliver(&mut self, source: Source, message: Message) {
        let is_new = self.client.connection.receive(source, message.len(), self.time());
        self.tell(|| format!("client: gets {message:?}, new: {is_new}"));
        if is_new {
            self.ledger.on_delivery(&self.client.id, &message);
            if self.client.dice.chance(self.network.climate.chat) {
                self.send();
            }
        }
        self.drain();
    }

    pub(super) fn hear_control(&mut self, source: Source, word: Word) {
        self.tell(|| format!("client: hears {} of {source:?}", word.payload()));
        if let (Word::Welcome(_), Source::Socket(attempt)) = (&word, source) {
            self.client.sockets.get_mut(&attempt).unwrap().is_welcomed = true;
        }
        self.ledger.on_word(source, &word, &self.client.id);
        self.handle(Input::Frame(source, brain_frame(word)));
    }

    pub(super) fn handle(&mut self, input: Input) {
        self.client.connection.handle(input, self.time());
        self.drain();
    }

    /// What must hold whenever there is nothing to do.
    pub(super) fn check_client(&mut self) {
        let connection = &self.client.connection;
        let is_live = !matches!(connection.status(), Status::Closed | Status::Failed);
        assert!(!is_live || connection.next_deadline().is_some(), "stuck: {connection:?}");
        let hears = connection.transport() != Some(Transport::Http)
            || self.client.downlink.is_some()
            || self.client_sleeps > self.now;
        if hears {
            self.client.heard = self.now.max(self.client_sleeps);
        }
        // A moment between two responses, or as long as a WebSocket has that is to take over; and
        // however late the timer is.
        let patience = self.client.config.connection_timeout;
        let longest = DEAF + patience + self.network.climate.lag;
        assert!(self.now <= self.client.heard + longest, "deaf: {connection:?}");
        let most = self.ledger.most_kept();
        assert!(connection.queued_bytes() <= most, "keeps {} bytes", connection.queued_bytes());
    }

    fn time(&self) -> Time {
        Time::new(self.now)
    }

    fn send(&mut self) {
        let largest = self.client.connection.largest();
        let (number, bytes) = self.ledger.compose_up(&mut self.client.dice, largest);
        let taken = self.client.connection.enqueue(number, bytes, self.time());
        self.tell(|| format!("client: sends {number}, {bytes} bytes: {taken:?}"));
        if taken == Err(Full) {
            self.ledger.on_refusal(number);
        }
        self.drain();
    }

    /// The page goes, and the next one finds what it left, if it kept anything.
    fn reload(&mut self) {
        self.handle(Input::Page(Page::Leaving));
        let Some((resume, kept)) = self.client.kept.take() else { return };
        self.tell(|| format!("client: a new page with {resume:?} and {kept:?}"));
        self.vanish();
        self.line.retain(|_, packet| !matches!(packet, Packet::Resolved(..) | Packet::Drained(_)));
        let session = self.client.config.session.unwrap();
        let session = session::Config { resume: Some(resume), ..session };
        let config = Config { session: Some(session), ..self.client.config.clone() };
        self.client.connection = Connection::new(config);
        self.client.timer = None;
        self.ledger.on_reload();
        for number in kept {
            let bytes = self.ledger.size(number);
            self.client.connection.enqueue(number, bytes, self.time()).unwrap();
        }
        self.handle(Input::Start);
    }
}

/// What the page does to its connection.
impl World {
    /// The page goes for good.
    fn leave(&mut self) {
        self.handle(Input::Page(Page::Leaving));
        self.vanish();
        self.client.connection = Connection::new(self.client.config.clone());
    }

    /// With a page go its requests and WebSockets.
    fn vanish(&mut self) {
        self.abort();
        for socket in std::mem::take(&mut self.client.sockets).into_values() {
            if !socket.is_forgotten && matches!(socket.phase, Phase::Open | Phase::Handshaking) {
                self.put(socket.line, Side::Server, Load::End(1001, String::new()));
            }
        }
    }
}

/// What the brain wants.
impl World {
    /// Performs what is to be done. What a listener adds takes its turn in line, except that what it
    /// closed is closed when it goes on.
    fn drain(&mut self) {
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
                self.post(post, mode, &frames);
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

/// What the brain is told of a control frame.
fn brain_frame(word: Word) -> session::Frame<String> {
    match word {
        Word::Welcome(welcome) => session::Frame::Welcome(session::Welcome {
            recv: welcome.recv,
            seq: welcome.seq,
            heartbeat: welcome.hb as Millis,
            window: welcome.win as usize,
            largest: welcome.max as usize,
        }),
        Word::Ack(number) => session::Frame::Ack(number),
        Word::Ping(number) => session::Frame::Ping(number),
        Word::Start(number) => session::Frame::Start(number),
        Word::End(end) => session::Frame::End {
            close: Close { code: end.code, reason: end.reason.into_owned(), clean: true },
            recv: end.recv,
            retry: end.retry.map(|retry| retry as Millis),
        },
        Word::Hello(_) => session::Frame::Bad,
    }
}
