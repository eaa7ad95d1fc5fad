//! The life of one connection, without any input or output of its own.
//!
//! [`Connection`] is told what happened and when ([`Connection::handle`]), says what to do
//! ([`Connection::poll_action`], until it answers `None`) and when to be woken
//! ([`Connection::next_deadline`], answered with [`Input::Timeout`]). After every input: drain the
//! actions, then set the timer anew.
//!
//! It decides and remembers; whoever drives it owns the transport, the clock and the dice. A
//! message is an opaque `M`, so that payloads can stay wherever they are, and so may the reasons of
//! closes, of which it only asks a hint ([`Reason`]).

mod action;
mod backoff;
mod carriers;
pub mod close_code;
mod config;
mod display;
mod heartbeat;
mod http;
mod input;
mod outbox;
mod time;
mod transport;

use alloc::collections::LinkedList;
use alloc::string::String;

use self::backoff::{Asked, Place, Random};
use self::carriers::{PATIENCE, Response};
use self::close_code::Meaning;
use self::heartbeat::{Beat, Pulse};
use self::http::{Check, Line};
use self::outbox::Outbox;
use self::time::Deadline;
use self::transport::Choice;
use crate::session::{Control, Mode, Session, Source, messages};

pub use self::action::{Action, Cause, Close, DropCause, Event, GaveUp};
pub use self::backoff::{Backoff, Jitter, SHORTEST_DELAY};
pub use self::close_code::Reason;
pub use self::config::{Config, Flush};
pub use self::heartbeat::Heartbeat;
pub use self::http::PostId;
pub use self::input::{AttemptId, Input, Page, Verdict};
pub(crate) use self::outbox::Parcel;
pub use self::outbox::{Full, Limits, Overflow, Weight};
pub use self::time::{Millis, Time};
pub use self::transport::{Fallback, Transport};

/// How long a transport may take to close. Browsers give up on the peer's close frame after 10 s;
/// this is for one that never says so.
const CLOSING_TIMEOUT: Millis = 15_000.0;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An attempt is under way.
    Connecting,
    /// Messages flow.
    Open,
    /// Between two attempts.
    Waiting,
    /// The application closed it, and the end is awaited.
    Closing,
    /// The application closed it, or never started it.
    Closed,
    /// It gave up ([`Event::Failed`]).
    Failed,
}

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Counters {
    /// Attempts started.
    pub attempts: u32,
    /// Attempts that opened.
    pub opens: u32,
    /// Open connections lost, those that the application closed not among them.
    pub drops: u32,
    /// Messages dropped.
    pub dropped: u32,
    /// The delay before the last retry.
    pub last_delay: Option<Millis>,
    /// Changes between WebSocket and HTTP.
    pub transport_switches: u32,
    /// The last round trip that a heartbeat or a request measured.
    pub round_trip: Option<Millis>,
    /// A session's messages that were sent again.
    pub replayed: u32,
    /// A session's messages that arrived again.
    pub duplicates: u32,
}

/// A connection that comes back.
#[derive(Debug)]
pub struct Connection<M, R = String> {
    config: Config,
    state: State<R>,
    attempt: AttemptId,
    attempt_started: Time,
    /// Retries since the last success.
    retries: u32,
    /// Whether one of them was for fresh credentials.
    refreshed: bool,
    choice: Choice,
    /// The page goes: nothing can wait for an answer any more.
    leaving: bool,
    outbox: Outbox<M>,
    session: Session<M>,
    /// Where a session's messages come from over HTTP.
    response: Response,
    /// The last body, or the one that is to be sent again.
    post: PostId,
    /// In line; see [`Connection::is_due`].
    actions: LinkedList<Action<R>>,
    random: Random,
    /// Of the retries since the last success.
    place: Place,
    counters: Counters,
}

/// ```text
///             Start, Reconnect              Opened
///    Closed ───────────────────► Connecting ──────► Open
///      ▲                           ▲     │           │
///      │ Closed, or the deadline   │     └─────┬─────┘ Closed, Unusable, or the deadline
///      │                  deadline │           ▼
///   Closing ◄──── Close ───────── Waiting ◄── Judging ──────► Failed
/// ```
///
/// With [`Config::fallback`], a loss may lead to `Checking` in place of `Waiting`, and from there to
/// `Http`, which is open too; see [`http`]. `Http` leads to `Open` when a WebSocket works again, and
/// as a loss to `Waiting`.
///
/// `Close` leads from every live state to `Closing`, and `Reconnect` from every state to
/// `Connecting`. Without [`Config::judged`] a loss skips `Judging`. Every live state that waits for
/// somebody else holds a deadline, so none can be stuck.
///
/// The tag is a byte of its own: one packed into what `Line` holds takes more code wherever it is read,
/// a hundredth of the download.
#[derive(Debug)]
#[repr(u8)]
enum State<R> {
    Closed,
    Connecting { stage: Stage, deadline: Deadline },
    Open { since: Time, pulse: Option<Pulse> },
    Checking(Check),
    Http(Line),
    Judging { cause: Cause, code: u16, hint: Asked, deadline: Time },
    Waiting { until: Time, earliest: Time },
    Closing { awaits_transport: bool, synthetic: Close<R>, deadline: Time },
    Failed,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The URL and protocols are awaited.
    Resolving,
    /// They are known; nobody has been told to connect.
    Resolved,
    /// A transport exists.
    Handshaking,
    /// It is open, and a session's hello was said.
    Greeting(Mode),
}

impl<M> Connection<M> {
    /// A connection that waits for [`Input::Start`], and has strings for reasons.
    pub fn new(config: Config) -> Self {
        Self::from(config)
    }
}

impl<M, R> From<Config> for Connection<M, R> {
    fn from(mut config: Config) -> Self {
        if let (Some(fallback), Some(_)) = (&mut config.fallback, &config.session) {
            // It has its own rules for when, its own acks, and its own way for the server's messages.
            let poll = Millis::INFINITY;
            *fallback = Fallback { after: PATIENCE, idempotent: true, poll, ..*fallback };
        }
        Self {
            state: State::Closed,
            attempt: AttemptId::default(),
            attempt_started: Time::default(),
            retries: 0,
            refreshed: false,
            leaving: false,
            choice: Choice::new(config.fallback.as_ref(), config.session.is_some()),
            outbox: Outbox::new(config.limits),
            session: Session::new(
                config.session.as_mut().and_then(|session| session.resume.take()),
            ),
            response: Response::default(),
            post: PostId::default(),
            actions: LinkedList::new(),
            random: Random::new(config.seed),
            place: Place::default(),
            counters: Counters::default(),
            config,
        }
    }
}

/// The three calls of the drive loop.
impl<M, R: Reason> Connection<M, R> {
    /// Tells what happened.
    #[inline(always)] // a caller that knows the kind of input needs only what that one does
    pub fn handle(&mut self, input: Input<R>, now: Time) {
        match input {
            Input::Start => self.on_start(now),
            Input::Resolved(attempt) if self.is_current(attempt) => self.on_resolved(attempt),
            Input::Unusable(attempt) if self.is_current(attempt) => self.on_unusable(now),
            Input::Impossible(attempt) if self.is_current(attempt) => self.on_impossible(now),
            Input::Opened(attempt) if self.is_current(attempt) => self.on_opened(now),
            Input::Errored(attempt) if self.is_current(attempt) => self.on_errored(),
            Input::Closed(attempt, close) if self.is_current(attempt) => self.on_closed(close, now),
            Input::Heard(attempt) if self.is_current(attempt) => self.on_heard(now),
            Input::Replied(attempt) if self.is_current(attempt) => self.on_replied(now),
            Input::Verdict(attempt, verdict) if self.is_current(attempt) => {
                self.on_verdict(verdict, now);
            }
            Input::Answered { post, status, retry_after } => {
                self.on_answered(post, status, retry_after, now);
            }
            Input::Frame(source, frame) => self.on_frame(source, frame, now),
            Input::Departed(post) => self.on_departed(post, now),
            Input::Unanswered(post) => self.on_unanswered(post, now),
            Input::Unsent(post) => self.on_unsent(post, now),
            Input::Streamed(post) => self.on_streamed(post, now),
            Input::Finished { post, whole } => self.on_finished(post, whole, now),
            Input::Close { code, reason } => self.on_close(code, reason, now),
            Input::Reconnect { code, reason } => self.on_reconnect(code, reason, now),
            Input::Page(page) => self.on_page(page, now),
            Input::Timeout => self.on_timeout(now),
            // The voice of an attempt that is over.
            Input::Resolved(_)
            | Input::Unusable(_)
            | Input::Impossible(_)
            | Input::Opened(_)
            | Input::Errored(_)
            | Input::Closed(..)
            | Input::Heard(_)
            | Input::Replied(_)
            | Input::Verdict(..) => {}
        }
    }

    /// The next thing to do.
    pub fn poll_action(&mut self) -> Option<Action<R>> {
        loop {
            let action = self.actions.pop_front()?;
            if self.is_due(&action) {
                return Some(action);
            }
        }
    }

    /// The next thing to do, if that is to let go of a transport. For a driver that is told
    /// something while it carries out an action: nothing may be sent by that transport any more.
    pub fn poll_hang_up(&mut self) -> Option<Action<R>> {
        match self.actions.front()? {
            Action::Disconnect { .. } | Action::Abandon { .. } | Action::Abort => {
                self.actions.pop_front()
            }
            _ => None,
        }
    }

    /// When [`Input::Timeout`] is due. `None` once the connection has ended, and while an open one
    /// has nothing to watch.
    pub fn next_deadline(&self) -> Option<Time> {
        let deadline = self.deadline();
        (deadline < Time::NEVER).then_some(deadline)
    }

    pub(crate) fn deadline(&self) -> Time {
        let ack_due = self.session.downlink.ack_due();
        let state = match &self.state {
            State::Closed | State::Failed => return Time::NEVER,
            State::Connecting { deadline, .. } => deadline.at,
            State::Open { since, pulse } => {
                let has_failures = self.retries > 0 || self.refreshed;
                let forgiven =
                    if has_failures { *since + self.config.min_uptime } else { Time::NEVER };
                let beat = pulse.as_ref().map_or(Time::NEVER, Pulse::deadline);
                forgiven.min(beat).min(ack_due)
            }
            State::Checking(check) => check.request.deadline.at,
            State::Http(line) => {
                let fallback = self.config.fallback.as_ref();
                fallback.map_or(Time::NEVER, |fallback| line.next_deadline(fallback, ack_due))
            }
            State::Judging { deadline, .. } | State::Closing { deadline, .. } => *deadline,
            State::Waiting { until, .. } => *until,
        };
        let response = self.response.deadline().min(self.make_way_at());
        state.min(response).min(self.outbox.next_expiry())
    }
}

/// What waits.
impl<M, R: Reason> Connection<M, R> {
    /// Lets a message wait for the next open connection, or for its turn over HTTP. Dropping is told by
    /// [`Event::Dropped`].
    pub fn enqueue(
        &mut self,
        message: M,
        weight: impl Into<Weight>,
        now: Time,
    ) -> Result<(), Full> {
        self.expire(now);
        let weight = weight.into();
        if self.session.restore() {
            self.session.uplink.push(Parcel::new(message, weight, now));
            return Ok(());
        }
        let dropped = self.outbox.push(message, weight, now)?;
        self.report_dropped(dropped, DropCause::Overflow);
        self.send_next(now);
        Ok(())
    }

    /// Takes out one message that waits, oldest first.
    pub fn take_queued(&mut self) -> Option<M> {
        Some(self.outbox.pop()?.message)
    }

    /// The messages of the request that is under way, in order.
    pub fn in_flight(&self) -> impl Iterator<Item = &M> {
        messages(if self.has_session() { &self.session.uplink.sent } else { &self.outbox.flight })
    }

    /// How many messages wait.
    pub fn queued(&self) -> usize {
        self.outbox.len()
    }

    /// How many bytes wait, or are under way in a request, or are not acknowledged in a session.
    pub fn queued_bytes(&self) -> usize {
        self.outbox.bytes() + self.session.uplink.bytes
    }
}

/// What can be asked at any time.
impl<M, R: Reason> Connection<M, R> {
    /// Where the connection stands.
    pub fn status(&self) -> Status {
        match self.state {
            State::Closed => Status::Closed,
            State::Connecting { .. } | State::Checking(_) => Status::Connecting,
            State::Open { .. } | State::Http(_) => Status::Open,
            State::Judging { .. } | State::Waiting { .. } => Status::Waiting,
            State::Closing { .. } => Status::Closing,
            State::Failed => Status::Failed,
        }
    }

    /// What carries messages now.
    pub fn transport(&self) -> Option<Transport> {
        match self.state {
            State::Open { .. } => Some(Transport::WebSocket),
            State::Http(_) => Some(Transport::Http),
            _ => None,
        }
    }

    /// Retries since the last success.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// What was counted since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// What each input does.
impl<M, R: Reason> Connection<M, R> {
    fn on_start(&mut self, now: Time) {
        if self.counters.attempts > 0 || self.post != PostId::default() {
            return;
        }
        match self.config.fallback {
            Some(fallback) if fallback.remembered || fallback.after == 0 => {
                self.check_http(Asked::NOTHING, Cause::Remembered, now);
            }
            _ => self.connect(now),
        }
    }

    fn on_resolved(&mut self, attempt: AttemptId) {
        if let Some(stage @ Stage::Resolving) = self.stage() {
            *stage = Stage::Resolved;
            self.actions.push_back(Action::Connect(attempt));
        }
    }

    fn on_unusable(&mut self, now: Time) {
        self.stay_on_http(now);
        if let State::Connecting { .. } = self.state {
            self.fail_attempt(Cause::Provider, now);
        }
    }

    fn on_impossible(&mut self, now: Time) {
        self.stay_on_http(now);
        if let State::Connecting { .. } = self.state {
            self.emit_error(Cause::Provider);
            self.emit(Event::Close(Close::abnormal()));
            self.give_up(GaveUp::Impossible);
        }
    }

    fn on_opened(&mut self, now: Time) {
        if self.has_session() {
            return self.on_unwelcomed();
        }
        self.on_back_open(now);
        if matches!(self.state, State::Connecting { stage: Stage::Handshaking, .. }) {
            self.open_websocket(now);
        }
    }

    fn open_websocket(&mut self, now: Time) {
        self.counters.opens += 1;
        self.state = self.open_state(now);
        // Before a listener of any event sends more.
        if self.config.flush == Flush::BeforeOpen {
            self.actions.push_back(Action::Flush(self.attempt));
        }
        self.expire(now);
        self.carry_by(Transport::WebSocket, Cause::Recovered);
        self.emit(Event::Open);
        if self.config.flush == Flush::AfterOpen {
            self.actions.push_back(Action::Flush(self.attempt));
        }
    }

    fn on_errored(&mut self) {
        let cause = match self.state {
            State::Connecting { .. } => Cause::Handshake,
            State::Open { .. } | State::Closing { awaits_transport: true, .. } => Cause::Close,
            _ => return,
        };
        self.emit_error(cause);
    }

    fn on_closed(&mut self, close: Close<R>, now: Time) {
        match self.state {
            // A proxy ends what is idle with 1000, and knows nothing of sessions.
            State::Connecting { .. } | State::Open { .. }
                if self.has_session() && close.code != close_code::NORMAL =>
            {
                self.on_end(Source::Socket(self.attempt), close, None, None, now);
            }
            State::Connecting { .. } => self.lose(close, Cause::Handshake, now),
            State::Open { .. } => self.lose(close, Cause::Close, now),
            State::Http(_) => self.stay_on_http(now),
            State::Closing { awaits_transport: true, ref synthetic, .. } => {
                let close = if synthetic.clean { synthetic.clone() } else { close };
                self.state = State::Closed;
                self.emit(Event::Close(close));
            }
            // A transport that was abandoned has nothing to end.
            State::Closing { .. }
            | State::Closed
            | State::Checking(_)
            | State::Judging { .. }
            | State::Waiting { .. }
            | State::Failed => {}
        }
    }

    fn on_heard(&mut self, now: Time) {
        self.on_proof(now);
        match &mut self.state {
            State::Open { pulse, .. } => {
                if let Some(pulse) = pulse {
                    pulse.heard(now);
                }
                self.forgive();
            }
            // The end of a request is awaited.
            State::Http(line) if line.is_proven() => self.choice.carried(),
            _ => {}
        }
    }

    fn on_replied(&mut self, now: Time) {
        if let State::Open { pulse: Some(pulse), .. } = &mut self.state {
            if let Some(round_trip) = pulse.replied(now) {
                self.counters.round_trip = Some(round_trip);
            }
            self.forgive();
        }
    }

    fn on_verdict(&mut self, verdict: Verdict, now: Time) {
        if let State::Judging { cause, code, hint, .. } = self.state {
            match verdict {
                Verdict::ByCode => self.follow_code(code, cause, hint, now),
                Verdict::Stop => self.give_up(GaveUp::Verdict),
                Verdict::Retry => self.schedule(hint, cause, now),
                Verdict::RetryAfter(delay) => {
                    self.schedule(Asked::by_application(delay), cause, now)
                }
            }
        }
    }

    fn on_close(&mut self, code: Option<u16>, reason: R, now: Time) {
        let attempt = self.attempt;
        self.leave_http();
        self.end_session(code, &reason);
        let (awaits_transport, synthetic, deadline) = match self.state {
            State::Closed | State::Closing { .. } => return,
            State::Failed => {
                self.state = State::Closed;
                return;
            }
            State::Open { .. }
            | State::Connecting { stage: Stage::Handshaking | Stage::Greeting(_), .. } => {
                let synthetic = if self.session.is_over {
                    // A session ends by a word of its own; how its carrier ends is of no interest.
                    Close::by_application(code, reason.clone())
                } else {
                    Close::abnormal()
                };
                self.actions.push_front(Action::Disconnect { attempt, code, reason });
                (true, synthetic, now + CLOSING_TIMEOUT)
            }
            // No transport yet. The platform ends a handshake that is given up as a failed one.
            State::Connecting { .. } => (false, Close::abnormal(), now),
            // No transport any more, or none that closes: there is only the application's word.
            State::Judging { .. } | State::Waiting { .. } | State::Checking(_) | State::Http(_) => {
                (false, Close::by_application(code, reason), now)
            }
        };
        self.state = State::Closing { awaits_transport, synthetic, deadline };
    }

    fn on_reconnect(&mut self, code: Option<u16>, reason: R, now: Time) {
        let code = code.unwrap_or(close_code::NORMAL);
        self.leave_http();
        match self.state {
            State::Closed
            | State::Checking(_)
            | State::Judging { .. }
            | State::Waiting { .. }
            | State::Failed => {}
            State::Http(_) => self.emit(Event::Close(Close { code, reason, clean: true })),
            State::Closing { awaits_transport: false, .. } => self.finish_closing(),
            State::Connecting { .. } => self.abandon(Some(code), reason),
            State::Open { .. } | State::Closing { .. } => {
                self.abandon(Some(code), reason.clone());
                self.emit(Event::Close(Close { code, reason, clean: true }));
            }
        }
        self.retries = 0;
        self.refreshed = false;
        self.choice.forget(self.config.fallback.as_ref());
        self.connect(now);
    }

    fn on_page(&mut self, page: Page, now: Time) {
        match page {
            Page::Awake => self.leaving = false,
            Page::Leaving | Page::Shelved => self.leaving = true,
            Page::Offline => {}
        }
        self.expire(now);
        if page == Page::Leaving {
            self.on_leaving();
        }
        // All that waits as the page goes; as it comes back, what the platform did not take then.
        self.send_next(now);
        match (page, &mut self.state) {
            (Page::Awake, State::Waiting { until, earliest }) => {
                *until = (*until).min(now.max(*earliest));
            }
            (Page::Awake | Page::Offline, State::Open { pulse: Some(pulse), .. }) => {
                if pulse.doubt(now) == Beat::Ping {
                    self.ping();
                }
            }
            (Page::Awake, State::Http(line)) => {
                if self.choice.returns() {
                    line.wake(now);
                }
                self.resume_response(now);
            }
            (Page::Shelved, State::Http(_)) if self.config.session.is_some() => {
                self.leave_http();
                self.lose(Close::abnormal(), Cause::Page, now);
            }
            // No WebSocket may be held in the back/forward cache.
            (Page::Shelved, State::Http(_)) => self.stay_on_http(now),
            (Page::Shelved, State::Open { .. }) => self.on_shelved(now),
            // Browsers let the handshake go on, and the peer would talk to a page that sleeps.
            (Page::Shelved, State::Connecting { .. }) if self.retries < self.config.max_retries => {
                self.fail_attempt(Cause::Page, now);
            }
            (Page::Awake | Page::Offline | Page::Shelved | Page::Leaving, _) => {}
        }
    }

    fn on_shelved(&mut self, now: Time) {
        self.forgive_if_lasted(now);
        // Without another attempt to come back with, the platform's own behaviour is best.
        if self.retries < self.config.max_retries {
            let reason = R::page_hidden();
            let code = close_code::NORMAL;
            self.abandon(Some(code), reason.clone());
            self.lose(Close { code, reason, clean: true }, Cause::Page, now);
        }
    }

    fn on_timeout(&mut self, now: Time) {
        match &mut self.state {
            State::Closed | State::Failed => return,
            State::Connecting { deadline, .. } => {
                if deadline.is_over(now) {
                    self.fail_attempt(Cause::Timeout, now);
                }
            }
            State::Open { .. } => self.on_open_timeout(now),
            State::Checking(_) => self.on_check_timeout(now),
            State::Http(_) => self.on_http_timeout(now),
            State::Judging { deadline, cause, code, hint } => {
                if *deadline <= now {
                    let (code, cause, hint) = (*code, *cause, *hint);
                    self.follow_code(code, cause, hint, now);
                }
            }
            State::Waiting { until, .. } => {
                if *until <= now {
                    self.connect(now);
                }
            }
            State::Closing { deadline, .. } => {
                if *deadline <= now {
                    self.finish_closing();
                }
            }
        }
        self.expire(now);
        self.on_response_timeout(now);
        self.make_way(now);
        self.acknowledge_if_due(now);
    }

    fn on_open_timeout(&mut self, now: Time) {
        self.forgive_if_lasted(now);
        if let State::Open { pulse: Some(pulse), .. } = &mut self.state {
            match pulse.on_timeout(now) {
                Beat::Nothing => {}
                Beat::Ping => self.ping(),
                Beat::Dead => self.fail_attempt(Cause::Heartbeat, now),
            }
        }
    }
}

/// The moves they are made of. Each that leaves a transport behind ends in another attempt, a
/// scheduled one, a question with a deadline, or the end.
impl<M, R: Reason> Connection<M, R> {
    fn connect(&mut self, now: Time) {
        self.renew_if_over();
        self.choice.attempted();
        let deadline = self.begin_attempt(now);
        self.state = State::Connecting { stage: Stage::Resolving, deadline };
        self.prepare_race(now);
    }

    /// Begins an attempt, and answers how long it may take.
    fn begin_attempt(&mut self, now: Time) -> Deadline {
        self.attempt = self.attempt.next();
        self.attempt_started = now;
        self.counters.attempts += 1;
        self.actions.push_back(Action::Resolve(self.attempt));
        Deadline::new(now + self.config.connection_timeout)
    }

    fn open_state(&self, now: Time) -> State<R> {
        let heartbeat = self.config.heartbeat.or(self.session_heartbeat());
        let pulse = heartbeat.map(|heartbeat| Pulse::new(heartbeat, now));
        State::Open { since: now, pulse }
    }

    /// Ends an attempt whose transport has not said that it ended.
    fn fail_attempt(&mut self, cause: Cause, now: Time) {
        self.abandon(None, R::default());
        self.emit_error(cause);
        self.lose(Close::abnormal(), cause, now);
    }

    fn ping(&mut self) {
        let attempt = self.attempt;
        self.actions.push_back(if self.has_session() {
            Action::Control(attempt, Control::Ping)
        } else {
            Action::Ping(attempt)
        });
    }

    fn lose(&mut self, close: Close<R>, cause: Cause, now: Time) {
        let (code, hint) = (close.code, Asked::by_server(close.reason.retry_hint()));
        self.lose_with(close, cause, code, hint, now);
    }

    /// The code is what decides about another attempt.
    fn lose_with(&mut self, close: Close<R>, cause: Cause, code: u16, hint: Asked, now: Time) {
        self.leave_response();
        if let Status::Open = self.status() {
            self.counters.drops += 1;
            self.forgive_if_lasted(now);
        }
        if self.retries == 0 {
            self.place = Place::draw(close_code::is_for_all(code), &mut self.random);
        }
        let is_http_due = self.is_http_due_after(cause, now);
        let is_last = self.retries >= self.config.max_retries;
        if is_last && !is_http_due {
            self.emit(Event::Close(close));
            self.give_up(GaveUp::MaxRetries);
        } else if self.config.judged && !is_last && cause != Cause::Page {
            let deadline = now + self.config.connection_timeout;
            self.state = State::Judging { cause, code, hint, deadline };
            let (attempt, retry) = (self.attempt, self.retries + 1);
            self.actions.push_back(Action::Judge { attempt, close: close.clone(), retry });
            self.emit(Event::Close(close));
        } else {
            self.emit(Event::Close(close));
            self.follow_code(code, cause, hint, now);
        }
    }

    fn follow_code(&mut self, code: u16, cause: Cause, hint: Asked, now: Time) {
        match close_code::meaning(code) {
            Meaning::Final => self.give_up(GaveUp::FinalCode),
            Meaning::RefreshToken if self.refreshed => self.give_up(GaveUp::FinalCode),
            Meaning::RefreshToken => {
                self.refreshed = true;
                self.schedule(hint, cause, now);
            }
            Meaning::Retry => self.schedule(hint, cause, now),
        }
    }

    /// Whether HTTP is to be tried before the next WebSocket. Where it has just failed, it is not,
    /// nor by a page that is put away.
    fn is_http_due_after(&mut self, cause: Cause, now: Time) -> bool {
        let Some(fallback) = &self.config.fallback else { return false };
        let lasted = match self.state {
            State::Open { since, .. } => Some(now.since(since)),
            _ => None,
        };
        self.choice.lost(lasted, cause, fallback);
        self.is_http_due(cause)
    }

    fn is_http_due(&self, cause: Cause) -> bool {
        !matches!(cause, Cause::Http | Cause::Page)
            && self.config.fallback.is_some_and(|fallback| self.choice.is_http_due(&fallback))
    }

    fn schedule(&mut self, asked: Asked, cause: Cause, now: Time) {
        // A session's server means every carrier when it says how long to stay away.
        let is_sent_away = self.has_session() && asked.delay().is_some();
        if self.is_http_due(cause) && !is_sent_away {
            self.check_http(asked, cause, now);
        } else {
            self.wait(asked, cause, now);
        }
    }

    /// Waits for the next attempt, if there may be one. A delay that somebody asked for is kept even
    /// when the page wakes.
    fn wait(&mut self, asked: Asked, cause: Cause, now: Time) {
        if self.retries >= self.config.max_retries {
            return self.give_up(GaveUp::MaxRetries);
        }
        let delay = match asked.delay() {
            Some(asked) => asked.max(SHORTEST_DELAY),
            None => self.config.backoff.delay(self.retries, &mut self.place, &mut self.random),
        };
        let until = now + delay;
        let earliest = match asked.delay() {
            Some(_) => until,
            None => self.attempt_started + SHORTEST_DELAY,
        };
        self.retries += 1;
        self.counters.last_delay = Some(delay);
        self.state = State::Waiting { until, earliest };
        self.emit(Event::Reconnecting { attempt: self.retries, delay, cause });
    }

    fn give_up(&mut self, cause: GaveUp) {
        self.state = State::Failed;
        self.emit(Event::Failed(cause));
    }

    /// Ends a closing that no transport will end.
    fn finish_closing(&mut self) {
        self.abandon(None, R::default());
        if let State::Closing { synthetic, .. } = core::mem::replace(&mut self.state, State::Closed)
        {
            if !synthetic.clean {
                self.emit_error(Cause::Close);
            }
            self.emit(Event::Close(synthetic));
        }
    }

    /// Whoever lasted works: what failed before is forgotten. Timers may be late to notice it, so
    /// each loss looks for itself.
    fn forgive_if_lasted(&mut self, now: Time) {
        let uptime = self.config.min_uptime;
        if matches!(self.state, State::Open { since, .. } if since + uptime <= now) {
            self.retries = 0;
            self.refreshed = false;
        }
    }

    /// A message is proof of the connection, but not of the credentials: those may be what it is
    /// about.
    fn forgive(&mut self) {
        self.retries = 0;
        self.choice.carried();
    }

    #[inline(never)] // for the size, as it is done in many places
    fn abandon(&mut self, code: Option<u16>, reason: R) {
        self.actions.push_front(Action::Abandon { attempt: self.attempt, code, reason });
    }

    #[inline(never)] // the same
    fn emit_error(&mut self, cause: Cause) {
        self.actions.push_back(Action::Emit(Event::Error(cause)));
    }

    fn emit(&mut self, event: Event<R>) {
        self.actions.push_back(Action::Emit(event));
    }

    fn expire(&mut self, now: Time) {
        let dropped = self.outbox.expire(now);
        self.report_dropped(dropped, DropCause::Expired);
    }

    #[inline(never)] // for the size, as `abandon`
    fn report_dropped(&mut self, count: u32, cause: DropCause) {
        if count > 0 {
            self.counters.dropped += count;
            self.emit(Event::Dropped { count, cause });
        }
    }

    /// Whether an action still makes sense when its turn comes: a listener that was told of an
    /// earlier one may have changed everything.
    fn is_due(&mut self, action: &Action<R>) -> bool {
        match (action, &mut self.state) {
            (Action::Flush(attempt) | Action::Ping(attempt), State::Open { .. })
            | (Action::Judge { attempt, .. }, State::Judging { .. }) => *attempt == self.attempt,
            (Action::Ping(attempt), State::Http(line)) => {
                *attempt == self.attempt && line.is_proving()
            }
            (Action::Resolve(attempt), _) => *attempt == self.attempt && self.stage().is_some(),
            (Action::Connect(attempt), _) if *attempt == self.attempt => {
                let stage = self.stage().map(|stage| *stage = Stage::Handshaking);
                stage.is_some()
            }
            (Action::Post { post, .. }, State::Checking(check)) => check.request.go_out(*post),
            (Action::Post { post, .. }, State::Http(line)) => {
                line.request().is_some_and(|request| request.go_out(*post))
            }
            (Action::Greet(source, mode), _) => self.mode_of(*source) == Some(*mode),
            (Action::Control(attempt, ..), State::Open { .. }) => *attempt == self.attempt,
            (Action::SendOff, _) => self.is_last_chance(),
            (Action::Emit(Event::Open), state) => {
                matches!(state, State::Open { .. } | State::Http(_))
            }
            (Action::Emit(Event::Reconnecting { .. }), state) => {
                matches!(state, State::Waiting { .. })
            }
            (Action::Emit(Event::Failed(_)), state) => matches!(state, State::Failed),
            (
                Action::Disconnect { .. }
                | Action::Abandon { .. }
                | Action::Abort
                | Action::Adopt(_)
                | Action::Farewell { .. }
                | Action::Renew
                | Action::Reset { .. }
                | Action::Save
                | Action::Emit(_),
                _,
            ) => true,
            _ => false,
        }
    }

    /// How far the present attempt at a WebSocket is.
    fn stage(&mut self) -> Option<&mut Stage> {
        match &mut self.state {
            State::Connecting { stage, .. } => Some(stage),
            State::Http(line) => line.stage(),
            _ => None,
        }
    }

    fn is_current(&self, attempt: AttemptId) -> bool {
        self.attempt == attempt
    }
}
