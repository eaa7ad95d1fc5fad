//! Whatever the connection is told, in whatever order and at whatever time, sense or not: it does
//! not panic, is never stuck, and never acts on behalf of an attempt that is over.

use std::collections::BTreeSet;

use everline::connection::{
    Action, AttemptId, Close, Config, Connection, Event, Input, Millis, PostId, Status, Time,
    Transport, Verdict, Weight,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random;
use crate::scenario::{config, page, verdict};

const DAY: Millis = 86_400_000.0;

proptest! {
    #![proptest_config(random::cases(1500))]

    #[test]
    fn is_survived(config in config(), steps in vec(step(), 0..80)) {
        let mut judge = Judge::new(config);
        for step in steps {
            judge.take(step);
        }
    }
}

#[derive(Clone, Debug)]
struct Step {
    after: Millis,
    told: Told,
    /// Whether the actions are performed before the next step.
    drains: bool,
}

#[derive(Clone, Debug)]
enum Told {
    /// An input that names no attempt.
    Plain(Input),
    /// One that names the attempt this far from the newest.
    Attempt(i8, OfAttempt),
    /// One that names the request this far from the newest.
    Request(i8, OfRequest),
    Enqueue(usize, bool),
    TakeQueued,
    /// The timer fires when it is due.
    Due,
}

#[derive(Clone, Debug)]
enum OfAttempt {
    Resolved,
    Unusable,
    Impossible,
    Opened,
    Errored,
    Closed(Close),
    Heard,
    Replied,
    Verdict(Verdict),
}

#[derive(Clone, Debug)]
enum OfRequest {
    Answered(u16, Option<Millis>),
    Departed,
    Unanswered,
    Unsent,
    Streamed,
    Finished(bool),
}

struct Judge {
    config: Config,
    connection: Connection<u32>,
    now: Millis,
    newest: AttemptId,
    post: PostId,
    /// How often HTTP was opened.
    stays: u32,
    /// The attempt that was told to connect, until it ends or is abandoned.
    transport: Option<AttemptId>,
    /// Attempts whose transport has ended or was abandoned.
    over: BTreeSet<AttemptId>,
    /// Whether the transport has opened.
    is_open: bool,
    /// Whether the application asked for a delay that nobody lives to see.
    endless: bool,
    wanted: bool,
    started: bool,
    messages: u32,
    refused: u32,
    taken: u32,
    dropped: u32,
    last_taken: Option<u32>,
}

impl Judge {
    fn new(config: Config) -> Self {
        Self {
            connection: Connection::new(config.clone()),
            config,
            now: 0.0,
            newest: AttemptId(0),
            post: PostId(0),
            stays: 0,
            transport: None,
            over: BTreeSet::new(),
            is_open: false,
            endless: false,
            wanted: false,
            started: false,
            messages: 0,
            refused: 0,
            taken: 0,
            dropped: 0,
            last_taken: None,
        }
    }

    fn take(&mut self, step: Step) {
        self.now += step.after;
        match step.told {
            Told::Plain(input) => self.plain(input),
            Told::Attempt(offset, of_attempt) => {
                let id = AttemptId(self.newest.0.wrapping_add_signed(offset.into()));
                self.of_attempt(id, of_attempt);
            }
            Told::Request(offset, of_request) => {
                let id = PostId(self.post.0.wrapping_add_signed(offset.into()));
                self.of_request(id, of_request);
            }
            Told::Enqueue(bytes, joins) => {
                self.messages += 1;
                let weight = Weight { bytes, joins };
                let result = self.connection.enqueue(self.messages, weight, Time::new(self.now));
                self.refused += u32::from(result.is_err());
            }
            Told::TakeQueued => self.take_queued(),
            Told::Due => {
                if let Some(deadline) = self.connection.next_deadline() {
                    self.now = self.now.max(deadline.since(Time::default()));
                    self.plain(Input::Timeout);
                }
            }
        }
        if step.drains {
            self.drain();
        }
        self.check();
    }

    fn plain(&mut self, input: Input) {
        match input {
            Input::Start if !self.started => (self.started, self.wanted) = (true, true),
            Input::Reconnect { .. } => (self.started, self.wanted) = (true, true),
            Input::Close { .. } => self.wanted = false,
            _ => {}
        }
        let is_early = self.connection.next_deadline().is_none_or(|at| at > Time::new(self.now));
        if input == Input::Timeout && is_early {
            return self.changes_nothing(input);
        }
        self.handle(input);
    }

    fn of_attempt(&mut self, id: AttemptId, of_attempt: OfAttempt) {
        self.endless |= matches!(
            of_attempt,
            OfAttempt::Verdict(Verdict::RetryAfter(delay)) if delay > DAY
        );
        let ends = match of_attempt {
            OfAttempt::Closed(_) => true,
            OfAttempt::Unusable | OfAttempt::Impossible => {
                self.connection.status() == Status::Connecting
                    || self.connection.transport() == Some(Transport::Http)
            }
            _ => false,
        };
        let is_verdict = matches!(of_attempt, OfAttempt::Verdict(_));
        let opens = matches!(of_attempt, OfAttempt::Opened) && self.transport == Some(id);
        let input = match of_attempt {
            OfAttempt::Resolved => Input::Resolved(id),
            OfAttempt::Unusable => Input::Unusable(id),
            OfAttempt::Impossible => Input::Impossible(id),
            OfAttempt::Opened => Input::Opened(id),
            OfAttempt::Errored => Input::Errored(id),
            OfAttempt::Closed(close) => Input::Closed(id, close),
            OfAttempt::Heard => Input::Heard(id),
            OfAttempt::Replied => Input::Replied(id),
            OfAttempt::Verdict(verdict) => Input::Verdict(id, verdict),
        };
        if id != self.current() || self.over.contains(&id) && !is_verdict {
            return self.changes_nothing(input);
        }
        self.handle(input);
        self.is_open |= opens;
        if ends {
            self.end(id);
        }
    }

    fn of_request(&mut self, post: PostId, of_request: OfRequest) {
        let input = match of_request {
            OfRequest::Answered(status, retry_after) => {
                Input::Answered { post, status, retry_after }
            }
            OfRequest::Departed => Input::Departed(post),
            OfRequest::Unanswered => Input::Unanswered(post),
            OfRequest::Unsent => Input::Unsent(post),
            OfRequest::Streamed => Input::Streamed(post),
            OfRequest::Finished(whole) => Input::Finished { post, whole },
        };
        if self.config.fallback.is_none() {
            return self.changes_nothing(input);
        }
        self.handle(input);
    }

    fn handle(&mut self, input: Input) {
        let was_on_http = self.connection.transport() == Some(Transport::Http);
        self.connection.handle(input, Time::new(self.now));
        let is_on_http = self.connection.transport() == Some(Transport::Http);
        self.stays += u32::from(is_on_http && !was_on_http);
    }

    /// The newest attempt, also while nobody has been told to resolve it, or the stay on HTTP.
    fn current(&self) -> AttemptId {
        AttemptId(self.connection.counters().attempts + self.stays)
    }

    fn changes_nothing(&mut self, input: Input) {
        let before = format!("{:?}", self.connection);
        self.connection.handle(input.clone(), Time::new(self.now));
        assert_eq!(before, format!("{:?}", self.connection), "{input:?}");
    }

    fn end(&mut self, id: AttemptId) {
        self.over.insert(id);
        if self.transport == Some(id) {
            self.transport = None;
            self.is_open = false;
        }
    }

    fn drain(&mut self) {
        while let Some(action) = self.connection.poll_action() {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        let status = self.connection.status();
        match action {
            Action::Resolve(id) => {
                assert!(self.wanted && id > self.newest, "{id:?} after {:?}", self.newest);
                self.newest = id;
            }
            Action::Connect(id) => {
                assert_eq!(self.transport, None, "two transports");
                assert_eq!(id, self.newest);
                assert!(matches!(status, Status::Connecting | Status::Open));
                self.transport = Some(id);
            }
            Action::Flush(id) => {
                assert!(self.is_open && self.transport == Some(id), "flush");
                assert_eq!(status, Status::Open);
                self.take_queued();
            }
            Action::Ping(id) => {
                assert!(self.is_open && self.transport == Some(id), "ping");
                assert_eq!(status, Status::Open);
            }
            Action::Disconnect { .. } => {}
            Action::Abandon { attempt, .. } => self.end(attempt),
            Action::Judge { attempt, retry, .. } => {
                assert_eq!((attempt, status), (self.current(), Status::Waiting));
                assert!((1..=self.config.max_retries).contains(&retry));
            }
            Action::Post { post, .. } => {
                assert!(self.wanted && self.config.fallback.is_some(), "a request");
                assert!(matches!(status, Status::Connecting | Status::Open));
                self.post = self.post.max(post);
            }
            Action::Abort => {}
            Action::SendOff => self.take_queued(),
            Action::Adopt(id) => assert!(self.is_open && self.transport == Some(id), "adopts"),
            Action::Emit(event) => self.hear(event, status),
            other => panic!("{other:?}, and there is no session"),
        }
    }

    fn hear(&mut self, event: Event, status: Status) {
        match event {
            Event::Open => assert_eq!(status, Status::Open),
            Event::Reconnecting { attempt, delay, .. } => {
                assert_eq!(status, Status::Waiting);
                assert!(self.wanted && (1..=self.config.max_retries).contains(&attempt));
                assert!(delay >= 100.0);
            }
            Event::Failed(_) => assert_eq!(status, Status::Failed),
            Event::Dropped { count, .. } => self.dropped += count,
            Event::Error(_) | Event::Close(_) | Event::TransportChange { .. } => {}
        }
    }

    fn take_queued(&mut self) {
        while let Some(message) = self.connection.take_queued() {
            // What was under way may come back after younger ones were taken.
            let may_return = self.config.fallback.is_some();
            assert!(may_return || self.last_taken < Some(message), "out of order");
            self.last_taken = Some(message);
            self.taken += 1;
        }
    }

    fn check(&self) {
        let connection = &self.connection;
        let status = connection.status();
        let ended = matches!(status, Status::Closed | Status::Failed);
        let waits = matches!(status, Status::Connecting | Status::Waiting | Status::Closing);
        let deadline = connection.next_deadline();
        assert!(!(ended && deadline.is_some()), "{status:?} with a timer");
        let is_soon = |deadline: Time| deadline.since(Time::new(self.now)) <= DAY + 1000.0;
        let has_plan = deadline.map_or(!waits, is_soon);
        assert!(has_plan || self.endless, "{status:?} until {deadline:?}");
        assert!(self.wanted || ended || status == Status::Closing, "{status:?} though closed");
        let limits = &self.config.limits;
        assert!(
            connection.queued() <= limits.messages && connection.queued_bytes() <= limits.bytes
        );
        let counters = connection.counters();
        let accepted = self.messages - self.refused;
        let left = self.taken + counters.dropped + connection.queued() as u32;
        let in_flight = connection.in_flight().count() as u32;
        assert!(left + in_flight <= accepted, "a message twice");
        if self.config.fallback.is_none() {
            assert_eq!(left, accepted);
        }
        assert!(self.dropped <= counters.dropped);
        assert!(counters.drops <= counters.opens);
        assert!(connection.retries() <= self.config.max_retries);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![
        6 => Just(0.0),
        4 => 0.0..1000.0,
        2 => 0.0..60_000.0,
        1 => Just(86_400_000.0),
        1 => Just(1e15),
    ];
    let drains = prop::bool::weighted(0.9);
    (after, told(), drains).prop_map(|(after, told, drains)| Step { after, told, drains })
}

fn told() -> impl Strategy<Value = Told> {
    let offset = prop_oneof![12 => Just(0i8), 2 => Just(-1i8), 1 => -3i8..4];
    let bytes = prop_oneof![8 => 0usize..20, 1 => Just(usize::MAX)];
    prop_oneof![
        4 => plain().prop_map(Told::Plain),
        14 => (offset.clone(), of_attempt())
            .prop_map(|(offset, told)| Told::Attempt(offset, told)),
        10 => (offset, of_request()).prop_map(|(offset, told)| Told::Request(offset, told)),
        5 => (bytes, any::<bool>()).prop_map(|(bytes, joins)| Told::Enqueue(bytes, joins)),
        1 => Just(Told::TakeQueued),
        6 => Just(Told::Due),
    ]
}

fn plain() -> impl Strategy<Value = Input> {
    let code = || prop::option::of(any::<u16>());
    prop_oneof![
        4 => Just(Input::Start),
        1 => code().prop_map(|code| Input::Close { code, reason: "bye".into() }),
        2 => code().prop_map(|code| Input::Reconnect { code, reason: "retry=1".into() }),
        2 => page().prop_map(Input::Page),
        1 => Just(Input::Timeout),
    ]
}

fn of_attempt() -> impl Strategy<Value = OfAttempt> {
    prop_oneof![
        8 => Just(OfAttempt::Resolved),
        1 => Just(OfAttempt::Unusable),
        1 => Just(OfAttempt::Impossible),
        8 => Just(OfAttempt::Opened),
        1 => Just(OfAttempt::Errored),
        2 => close().prop_map(OfAttempt::Closed),
        3 => Just(OfAttempt::Heard),
        1 => Just(OfAttempt::Replied),
        2 => any_verdict().prop_map(OfAttempt::Verdict),
    ]
}

fn of_request() -> impl Strategy<Value = OfRequest> {
    let status = prop_oneof![
        4 => Just(200u16),
        1 => prop::sample::select(vec![204, 302, 400, 403, 409, 413, 429, 500, 502, 503]),
        1 => any::<u16>(),
    ];
    let retry_after = prop_oneof![
        4 => Just(None),
        1 => (0.0..60_000.0).prop_map(Some),
        1 => any::<f64>().prop_map(Some),
        1 => prop::sample::select(vec![Some(Millis::NAN), Some(Millis::INFINITY)]),
    ];
    prop_oneof![
        8 => (status, retry_after).prop_map(|(status, after)| OfRequest::Answered(status, after)),
        4 => Just(OfRequest::Departed),
        1 => Just(OfRequest::Unanswered),
        1 => Just(OfRequest::Unsent),
        1 => Just(OfRequest::Streamed),
        4 => any::<bool>().prop_map(OfRequest::Finished),
    ]
}

fn close() -> impl Strategy<Value = Close> {
    let code = prop_oneof![3 => 1000u16..1016, 1 => 3000u16..5000, 1 => any::<u16>()];
    let reason =
        prop_oneof![2 => Just(String::new()), 1 => "retry[=:] ?[0-9]{0,30}", 1 => "[ -~é]*"];
    (code, reason, any::<bool>()).prop_map(|(code, reason, clean)| Close { code, reason, clean })
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => verdict(),
        1 => any::<f64>().prop_map(Verdict::RetryAfter),
        1 => prop::sample::select(vec![Millis::NAN, Millis::INFINITY, Millis::NEG_INFINITY])
            .prop_map(Verdict::RetryAfter),
    ]
}
