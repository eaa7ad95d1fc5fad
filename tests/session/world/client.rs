//! The client's side: the brain, its timer, and what the network brings.

use everline::connection::{
    AttemptId, Close, Config, Connection, Input, Millis, Status, Time, Transport,
};
use everline::session::{self, Source};

use super::line::{LineId, Load, Owner};
use super::post::Request;
use super::socket::Sockets;
use super::{Packet, World, network};
use crate::dice::Dice;
use crate::protocol::Message;
use crate::protocol::frame::Control as Word;

/// How long there may be no response on HTTP, where an answer that was empty is not asked for again at
/// once.
const DEAF: Millis = 2500.0;

pub(super) struct Client {
    pub(super) connection: Connection<u32>,
    pub(super) config: Config,
    pub(super) sockets: Sockets,
    pub(super) uplink: Option<Request>,
    pub(super) downlink: Option<Request>,
    /// The timer: what it was set to, and when it fires.
    pub(super) timer: Option<(Time, Millis)>,
    /// When it last was on a WebSocket, or waited for a response.
    pub(super) heard: Millis,
    /// The session's name and key.
    pub(super) id: String,
    pub(super) key: String,
    renewals: u32,
    /// What a page left for the next.
    pub(super) kept: Option<(session::Resume, Vec<u32>)>,
    pub(super) dice: Dice,
    pub(super) is_draining: bool,
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

    pub(super) fn renew(&mut self) {
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

    pub(super) fn time(&self) -> Time {
        Time::new(self.now)
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
