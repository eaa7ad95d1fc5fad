//! The HTTP side of the world: what becomes of each request, and what the server acts upon.

use std::collections::{BTreeMap, BTreeSet};

use everline::connection::{AttemptId, Input, Millis, PostId, Transport};

use super::{Packet, Phase, Sent, World};

/// How the server and the network treat one request.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// What comes of the question whether anybody is there, if it is asked.
    pub(crate) presence: Presence,
    /// Whether the server acts on the messages where its answer leaves that open.
    pub(crate) acts: bool,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Presence {
    After(Millis),
    Fails(Millis),
    Never,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered {
        after: Millis,
        status: u16,
        retry_after: Option<Millis>,
        /// When each message of the body comes after the one before.
        lines: Vec<Millis>,
        /// When the body ends after that, and whether it is whole; absent if it never ends.
        end: Option<(Millis, bool)>,
    },
    /// The network fails, or the answer is nobody's.
    Lost(Millis),
    /// It fails before anything is sent.
    Unsent(Millis),
    Hangs,
}

impl Exchange {
    pub(crate) fn healthy() -> Self {
        Self::status(204)
    }

    /// Somebody is there, and answers so at once.
    pub(crate) fn status(status: u16) -> Self {
        Self::of(Outcome::Answered {
            after: 0.0,
            status,
            retry_after: None,
            lines: Vec::new(),
            end: Some((0.0, true)),
        })
    }

    /// It takes this long until all is well.
    pub(crate) fn slow(after: Millis) -> Self {
        let (lines, end) = (Vec::new(), Some((0.0, true)));
        Self::of(Outcome::Answered { after, status: 200, retry_after: None, lines, end })
    }

    /// The server asks to be left alone for this long.
    pub(crate) fn later(retry_after: Millis) -> Self {
        Self::of(Outcome::Answered {
            after: 0.0,
            status: 503,
            retry_after: Some(retry_after),
            lines: Vec::new(),
            end: Some((0.0, true)),
        })
    }

    /// All is well, but for the body.
    pub(crate) fn body(lines: impl Into<Vec<Millis>>, end: Option<(Millis, bool)>) -> Self {
        let lines = lines.into();
        Self::of(Outcome::Answered { after: 0.0, status: 200, retry_after: None, lines, end })
    }

    /// Nobody is there.
    pub(crate) fn absent() -> Self {
        Self { presence: Presence::Fails(0.0), ..Self::of(Outcome::Lost(0.0)) }
    }

    /// Somebody is there, and this comes of the request.
    pub(crate) fn of(outcome: Outcome) -> Self {
        Self { presence: Presence::After(0.0), acts: false, outcome }
    }

    fn is_acted_upon(&self) -> bool {
        match self.outcome {
            Outcome::Answered { status: 200..=299, .. } => true,
            Outcome::Answered { status: 501 | 503 | 505 | 511, .. } => false,
            Outcome::Answered { status: 500.., .. } | Outcome::Lost(_) | Outcome::Hangs => {
                self.acts
            }
            Outcome::Answered { .. } | Outcome::Unsent(_) => false,
        }
    }
}

/// What is heard of a request.
#[derive(Debug)]
pub(super) enum Voice {
    Present,
    Unsent,
    Lost,
    Answered(u16, Option<Millis>),
    Line,
    Finished(bool),
}

type Exchanges = Box<dyn FnMut(u32) -> Exchange>;

pub(super) struct Web {
    exchanges: Exchanges,
    requests: Vec<Request>,
    /// What has been in each body.
    bodies: BTreeMap<PostId, Vec<u32>>,
    keys: BTreeSet<PostId>,
    /// How many messages a request takes that outlives the page.
    keepalive: usize,
    /// What the server acted upon, by whatever way it came.
    pub(super) acted: Vec<u32>,
}

struct Request {
    post: PostId,
    messages: Vec<u32>,
    exchange: Exchange,
    over: bool,
}

impl Web {
    pub(super) fn new() -> Self {
        Self {
            exchanges: Box::new(|_| Exchange::healthy()),
            requests: Vec::new(),
            bodies: BTreeMap::new(),
            keys: BTreeSet::new(),
            keepalive: usize::MAX,
            acted: Vec::new(),
        }
    }

    fn under_way(&self) -> Option<&Request> {
        self.requests.last().filter(|request| !request.over)
    }

    pub(super) fn heal(&mut self) {
        self.exchanges = Box::new(|_| Exchange::healthy());
        self.keepalive = usize::MAX;
    }
}

/// What a test does and asks.
impl World {
    /// How each request goes, numbered from 1.
    pub(crate) fn http(mut self, exchanges: impl FnMut(u32) -> Exchange + 'static) -> Self {
        self.web.exchanges = Box::new(exchanges);
        self
    }

    pub(crate) fn keepalive(mut self, messages: usize) -> Self {
        self.web.keepalive = messages;
        self
    }

    /// What the server has acted upon, in that order, since it was asked last.
    pub(crate) fn acted(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.web.acted)
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> usize {
        self.web.requests.len()
    }

    /// What named each request.
    pub(crate) fn posts(&self) -> Vec<PostId> {
        self.web.requests.iter().map(|request| request.post).collect()
    }

    pub(crate) fn transport(&self) -> Option<Transport> {
        self.connection.transport()
    }
}

/// What happens by itself.
impl World {
    pub(super) fn hear_request(&mut self, number: usize, voice: Voice) {
        let post = self.web.requests[number].post;
        let input = match voice {
            Voice::Present => Input::Departed(post),
            Voice::Unsent => Input::Unsent(post),
            Voice::Lost => Input::Unanswered(post),
            Voice::Answered(status, retry_after) => Input::Answered { post, status, retry_after },
            Voice::Line => Input::Streamed(post),
            Voice::Finished(whole) => Input::Finished { post, whole },
        };
        if self.web.requests[number].over {
            return self.hear_late(post, input);
        }
        let ends = match voice {
            Voice::Answered(200..=299, _) | Voice::Present | Voice::Line => false,
            Voice::Answered(..) | Voice::Unsent | Voice::Lost | Voice::Finished(_) => true,
        };
        self.web.requests[number].over = ends;
        self.ledger.on_voice(&input, self.now);
        self.handle(input);
        match voice {
            Voice::Present => self.depart(number),
            Voice::Answered(200..=299, _) => self.stream(number),
            _ => {}
        }
    }

    /// A driver keeps what it has given up from speaking for the same body sent again.
    fn hear_late(&mut self, post: PostId, input: Input) {
        if self.web.under_way().is_some_and(|request| request.post == post) {
            return;
        }
        self.hear_in_vain(input);
    }

    /// The request itself goes out.
    fn depart(&mut self, number: usize) {
        let request = &self.web.requests[number];
        if request.over {
            return;
        }
        let (messages, exchange) = (request.messages.clone(), request.exchange.clone());
        let post = request.post;
        let body = self.web.bodies.entry(post).or_insert_with(|| messages.clone());
        assert_eq!(*body, messages, "another body of the same name");
        if exchange.is_acted_upon() && (!self.ledger.is_idempotent() || self.web.keys.insert(post))
        {
            self.act(&messages);
        }
        self.transmit(Sent::Post(messages));
        match exchange.outcome {
            Outcome::Answered { after, status, retry_after, .. } => {
                self.say(after, number, Voice::Answered(status, retry_after));
            }
            Outcome::Lost(after) => self.say(after, number, Voice::Lost),
            Outcome::Unsent(after) => self.say(after, number, Voice::Unsent),
            Outcome::Hangs => {}
        }
    }

    /// What follows the head of an answer.
    fn stream(&mut self, number: usize) {
        let Outcome::Answered { lines, end, .. } =
            self.web.requests[number].exchange.outcome.clone()
        else {
            return;
        };
        let mut at = 0.0;
        for gap in lines {
            at += gap;
            self.say(at, number, Voice::Line);
        }
        if let Some((after, whole)) = end {
            self.say(at + after, number, Voice::Finished(whole));
        }
    }

    fn say(&mut self, after: Millis, number: usize, voice: Voice) {
        self.schedule(after, Packet::Request(number, voice));
    }

    pub(super) fn act(&mut self, messages: &[u32]) {
        for message in messages {
            self.ledger.on_act(*message);
            self.web.acted.push(*message);
        }
    }

    /// What must hold of both transports together.
    pub(super) fn check_web(&self) {
        if self.connection.transport() != Some(Transport::Http) || self.web.under_way().is_some() {
            return;
        }
        if let Some(attempt) = self.attempts.values().next_back()
            && attempt.is_live()
            && attempt.phase == Phase::Open
        {
            assert!(!attempt.heard, "a WebSocket carries messages, and HTTP is used");
        }
    }
}

/// What a driver does.
impl World {
    pub(super) fn post(&mut self, post: PostId, careful: bool) {
        let messages: Vec<u32> = self.connection.in_flight().copied().collect();
        self.ledger.on_post(post, careful, &messages, &self.connection, self.now);
        assert!(self.web.under_way().is_none(), "two requests at once");
        let number = self.web.requests.len();
        let exchange = (self.web.exchanges)(number as u32 + 1);
        let presence = exchange.presence;
        self.web.requests.push(Request { post, messages, exchange, over: false });
        if !careful {
            return self.depart(number);
        }
        self.transmit(Sent::Head);
        match presence {
            Presence::After(after) => self.say(after, number, Voice::Present),
            Presence::Fails(after) => self.say(after, number, Voice::Unsent),
            Presence::Never => {}
        }
    }

    pub(super) fn abort(&mut self) {
        if let Some(request) = self.web.requests.last_mut() {
            request.over = true;
        }
        self.ledger.on_abort();
    }

    pub(super) fn send_off(&mut self) {
        // What is under way may have to be sent again.
        if self.connection.in_flight().count() > 0 {
            self.ledger.on_left_behind();
        }
        let mut messages = Vec::new();
        while messages.len() < self.web.keepalive
            && let Some(message) = self.connection.take_queued()
        {
            self.ledger.on_transmit(message, self.now);
            messages.push(message);
        }
        if !messages.is_empty() {
            self.act(&messages);
            self.transmit(Sent::Keepalive(messages));
        }
    }

    pub(super) fn adopt(&mut self, id: AttemptId) {
        let attempt = &self.attempts[&id];
        assert!(attempt.is_live() && attempt.phase == Phase::Open, "nothing to adopt");
        self.socket = Some(id);
        self.ledger.on_adopt(self.now);
    }
}
