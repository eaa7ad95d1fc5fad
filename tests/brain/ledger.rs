//! What must hold for every connection, whatever the server and the application do.

mod http;

use std::collections::VecDeque;

use everline::connection::close_code::retry_hint;
use everline::connection::{
    Backoff, Cause, Config, Connection, DropCause, Event, GaveUp, Jitter, Millis, Page,
    SHORTEST_DELAY, Status, Time, Transport, Verdict,
};

use self::http::Http;

use crate::world::Command;

/// The longest that a connection which nobody ends may take to close.
const CLOSING: Millis = 15_000.0;

/// How long a server is left alone at most.
const DAY: Millis = 86_400_000.0;

/// What a timer that fired late is given on top.
const GRACE: Millis = 1000.0;

pub(crate) struct Ledger {
    config: Config,
    /// Whether the application wants a connection.
    wanted: bool,
    /// When each attempt started.
    attempts: Vec<Millis>,
    /// Attempts since the application asked or one succeeded, that one included.
    streak: u32,
    last_attempt: Millis,
    announced: Option<Announced>,
    /// The delay that somebody asks for.
    hint: Option<Millis>,
    /// The last close code.
    code: u16,
    /// Whether the code before the first retry said that everybody is sent away.
    is_for_all: bool,
    verdict: Option<Verdict>,
    failed: bool,
    /// Since when the application knows that the connection is open.
    open: Option<Millis>,
    /// Whether an error was told whose close event is still to come.
    errored: bool,
    opens: u32,
    closes: u32,
    /// Attempts that the application replaced before they opened: they have no close event.
    replaced: u32,
    /// Closes of what was only a promise: they have a close event beyond the attempt's own.
    promises_closed: u32,
    closing_since: Option<Millis>,
    messages: Messages,
    http: Http,
}

/// A retry that the application has been told of.
struct Announced {
    at: Millis,
    delay: Millis,
    /// Whether the page woke since, which makes a retry that nobody asked to wait for come at once.
    woken: bool,
    asked: bool,
}

#[derive(Default)]
struct Messages {
    /// Those that may still wait, with the time since when.
    waiting: VecDeque<(u32, Millis)>,
    accepted: usize,
    refused: usize,
    transmitted: usize,
    dropped: usize,
    taken: usize,
}

/// What happens.
impl Ledger {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            http: Http::new(config.fallback),
            config,
            wanted: false,
            attempts: Vec::new(),
            streak: 0,
            last_attempt: 0.0,
            announced: None,
            hint: None,
            code: 0,
            is_for_all: false,
            verdict: None,
            failed: false,
            open: None,
            errored: false,
            opens: 0,
            closes: 0,
            replaced: 0,
            promises_closed: 0,
            closing_since: None,
            messages: Messages::default(),
        }
    }

    pub(crate) fn on_command(
        &mut self,
        command: &Command,
        connection: &Connection<u32>,
        now: Millis,
    ) {
        let status = connection.status();
        // A request that nobody was told to make yet is told by nothing else.
        let is_checking = || format!("{connection:?}").contains("state: Checking(");
        match command {
            Command::Start if self.attempts.is_empty() && !self.http.has_started() => {
                self.wanted = true;
            }
            Command::Close(..) => {
                self.wanted = false;
                self.failed = false;
                self.announced = None;
                match status {
                    Status::Waiting => self.promises_closed += 1,
                    Status::Connecting if is_checking() => self.promises_closed += 1,
                    Status::Closed | Status::Closing | Status::Failed => return,
                    Status::Connecting | Status::Open => {}
                }
                self.closing_since = Some(now);
                self.http.leave();
            }
            Command::Reconnect(..) => {
                if status == Status::Connecting && !is_checking() {
                    self.replaced += 1;
                }
                self.wanted = true;
                self.failed = false;
                self.announced = None;
                self.verdict = None;
                self.closing_since = None;
                self.errored = false;
                self.streak = 0;
                self.http.leave();
                self.http.start_anew();
            }
            Command::Page(Page::Awake) => {
                self.http.wake();
                if let Some(announced) = &mut self.announced {
                    announced.woken = true;
                }
            }
            Command::Page(Page::Shelved) => {
                self.on_end(status, now);
                self.http.put_away();
            }
            Command::Page(Page::Leaving) => self.http.put_away(),
            _ => {}
        }
    }

    pub(crate) fn on_resolve(&mut self, in_background: bool, now: Millis) {
        assert!(self.wanted, "an attempt that nobody wants");
        if in_background {
            assert!(
                self.attempts.is_empty() || now >= self.last_attempt + SHORTEST_DELAY,
                "attempts come too fast"
            );
            self.attempts.push(now);
            self.last_attempt = now;
            return;
        }
        self.http.attempt();
        let is_retry = self.streak > 0;
        self.streak += 1;
        assert!(self.streak - 1 <= self.config.max_retries, "too many retries");
        if is_retry {
            let announced = self.announced.take().expect("a retry is announced");
            if announced.asked || !announced.woken {
                assert!(now >= announced.at + announced.delay, "a retry comes too soon");
            }
            assert!(now >= self.last_attempt + SHORTEST_DELAY, "attempts come too fast");
        }
        self.attempts.push(now);
        self.last_attempt = now;
        self.hint = None;
        self.verdict = None;
    }

    /// A message arrived on the live transport.
    pub(crate) fn on_heard(&mut self) {
        // While it is being closed there is nothing left to prove.
        if self.wanted {
            self.streak = self.streak.min(1);
            self.http.hear();
        }
    }

    /// The transport ends, or the time for something has come.
    pub(crate) fn on_end(&mut self, status: Status, now: Millis) {
        let lasted = |since| now >= since + self.config.min_uptime;
        if status == Status::Open && self.open.is_some_and(lasted) {
            self.streak = self.streak.min(1);
        }
    }

    pub(crate) fn on_timeout(&mut self, now: Millis) {
        let status = if self.wanted { Status::Open } else { Status::Closing };
        self.on_end(status, now);
    }

    pub(crate) fn on_judge(&mut self, retry: u32) {
        assert_eq!(retry, self.streak, "the number of the retry in question");
        self.verdict = None;
    }

    pub(crate) fn on_verdict(&mut self, verdict: Verdict, status: Status) {
        // Later it is no longer asked for.
        if status == Status::Waiting && self.announced.is_none() {
            self.verdict = Some(verdict);
        }
    }

    pub(crate) fn on_event<M>(&mut self, event: &Event, connection: &Connection<M>, now: Millis) {
        let status = connection.status();
        match event {
            Event::Open => {
                assert_eq!(status, Status::Open, "at the open event");
                self.http.check_open(connection.transport());
                assert!(self.open.is_none(), "open twice");
                self.open = Some(now);
                self.opens += 1;
            }
            // About a request, or several.
            Event::Error(Cause::Http) => {}
            Event::Error(cause) => {
                assert!(!self.errored, "two errors for one close");
                self.errored = true;
                self.http.fail(*cause);
            }
            Event::TransportChange { to, .. } => self.http.change(*to),
            Event::Close(close) => {
                self.http.close(close, now);
                self.open = None;
                self.errored = false;
                self.closes += 1;
                self.hint = retry_hint(&close.reason).map(|hint| hint.min(DAY));
                self.code = close.code;
            }
            Event::Reconnecting { attempt, delay, .. } => {
                assert_eq!(status, Status::Waiting, "at the reconnecting event");
                assert!(self.wanted, "a retry that nobody wants");
                assert!(self.announced.is_none(), "a retry announced twice");
                assert_eq!(*attempt, self.streak, "the number of the retry");
                let asked = match self.verdict {
                    Some(Verdict::RetryAfter(delay)) => Some(delay),
                    _ => self.hint,
                };
                let asked = self.http.asked().or(asked);
                if *attempt == 1 {
                    self.is_for_all = matches!(self.code, 1012 | 1013);
                }
                match asked {
                    Some(asked) => assert_eq!(*delay, asked.max(SHORTEST_DELAY)),
                    None => {
                        check_delay(&self.config.backoff, attempt - 1, self.is_for_all, *delay);
                    }
                }
                self.announced = Some(Announced {
                    at: now,
                    delay: *delay,
                    woken: false,
                    asked: asked.is_some(),
                });
            }
            Event::Failed(cause) => {
                assert_eq!(status, Status::Failed, "at the failed event");
                assert!(!self.failed, "failed twice");
                self.failed = true;
                match cause {
                    GaveUp::MaxRetries => assert_eq!(self.streak - 1, self.config.max_retries),
                    GaveUp::Verdict => assert_eq!(self.verdict, Some(Verdict::Stop)),
                    // Where HTTP would have been asked next, it may also be the last.
                    GaveUp::FinalCode => assert!(
                        self.config.fallback.is_some() || self.streak <= self.config.max_retries
                    ),
                    _ => {}
                }
            }
            Event::Dropped { count, cause } => {
                self.messages.dropped += *count as usize;
                match cause {
                    DropCause::Rejected => self.http.told_rejected += count,
                    DropCause::Unconfirmed => self.http.told_unconfirmed += count,
                    _ => {}
                }
            }
        }
    }

    pub(crate) fn on_enqueue(&mut self, message: u32, accepted: bool, now: Millis) {
        if accepted {
            self.messages.accepted += 1;
            self.messages.waiting.push_back((message, now));
        } else {
            self.messages.refused += 1;
        }
    }

    pub(crate) fn on_transmit(&mut self, message: u32, now: Millis) {
        let since = self.messages.leave(message);
        let expiry = since + self.config.limits.time_to_live;
        assert!(now < expiry, "message {message} went out too old");
        self.messages.transmitted += 1;
    }

    pub(crate) fn on_taken(&mut self, message: u32) {
        self.messages.leave(message);
        self.messages.taken += 1;
    }
}

/// What is asked.
impl Ledger {
    pub(crate) fn attempts(&self) -> &[Millis] {
        &self.attempts
    }

    pub(crate) fn closes(&self) -> u32 {
        self.closes
    }

    pub(crate) fn dropped(&self) -> usize {
        self.messages.dropped
    }

    pub(crate) fn refused(&self) -> usize {
        self.messages.refused
    }

    /// What must hold when nothing is left to do.
    pub(crate) fn check(&mut self, connection: &Connection<u32>, is_resting: bool, now: Millis) {
        let status = connection.status();
        let deadline = connection.next_deadline().map(|at| at.since(Time::default()));
        if connection.transport() == Some(Transport::Http) {
            self.check_http_deadline(connection, deadline, is_resting, now);
        } else {
            self.check_deadline(status, deadline, now);
        }
        self.check_events(connection);
        self.check_messages(connection);
    }

    fn check_deadline(&self, status: Status, deadline: Option<Millis>, now: Millis) {
        let latest = match status {
            Status::Closed | Status::Failed => {
                return assert_eq!(deadline, None, "a timer after the end");
            }
            Status::Open => match self.config.heartbeat {
                Some(heartbeat) => now + heartbeat.interval.max(heartbeat.timeout).max(GRACE),
                None => return,
            },
            Status::Connecting => now + self.config.connection_timeout.max(GRACE),
            Status::Closing => self.closing_since.unwrap() + CLOSING,
            Status::Waiting => match &self.announced {
                Some(announced) => announced.at + announced.delay,
                None => now + self.config.connection_timeout,
            },
        };
        if latest.is_infinite() {
            return;
        }
        let deadline = deadline.unwrap_or_else(|| panic!("{status:?} without a timer"));
        assert!(deadline <= latest, "{status:?} until {deadline:?} at {now:?}");
    }

    fn check_events<M>(&self, connection: &Connection<M>) {
        let status = connection.status();
        let counters = connection.counters();
        assert_eq!(self.failed, status == Status::Failed, "failed means told so");
        match status {
            Status::Open => assert!(self.open.is_some(), "open means told so"),
            Status::Closing => {}
            _ => assert!(self.open.is_none(), "{status:?}, and told to be open"),
        }
        if status == Status::Waiting && !self.config.judged {
            assert!(self.announced.is_some(), "a retry means told so");
        }
        if !self.wanted {
            assert!(matches!(status, Status::Closing | Status::Closed), "{status:?} though closed");
        }
        let under_way = match status {
            Status::Connecting if self.http.is_checking() => 0,
            Status::Connecting | Status::Open | Status::Closing => 1,
            Status::Waiting | Status::Closed | Status::Failed => 0,
        };
        assert_eq!(
            self.closes + self.replaced + under_way,
            counters.attempts - self.http.background + self.http.opens + self.promises_closed,
            "every attempt, and every time on HTTP, ends with one close event"
        );
        assert!(self.opens <= counters.opens);
        assert!(counters.opens <= counters.attempts + self.http.opens);
        assert!(counters.drops <= counters.opens);
        let retries = match status {
            Status::Waiting if self.announced.is_some() => self.streak,
            Status::Connecting | Status::Open | Status::Waiting => self.streak.saturating_sub(1),
            Status::Closing | Status::Closed | Status::Failed => return,
        };
        assert_eq!(connection.retries(), retries, "retries since the last success");
    }

    fn check_messages(&self, connection: &Connection<u32>) {
        let limits = &self.config.limits;
        let in_flight: Vec<u32> = connection.in_flight().copied().collect();
        assert!(connection.queued() + in_flight.len() <= limits.messages);
        assert!(connection.queued_bytes() <= limits.bytes);
        assert_eq!(in_flight, self.http.in_flight());
        let messages = &self.messages;
        assert_eq!(
            messages.accepted,
            messages.transmitted
                + messages.dropped
                + messages.taken
                + connection.queued()
                + in_flight.len(),
            "a message is sent, dropped, taken back, under way or waits"
        );
        assert_eq!(messages.dropped, connection.counters().dropped as usize);
        self.http.check_told();
    }
}

impl Messages {
    /// Messages of a request that failed wait again, before all others.
    fn come_back(&mut self, messages: Vec<(u32, Millis)>) {
        for message in messages.into_iter().rev() {
            self.waiting.push_front(message);
        }
    }

    /// Nothing leaves twice. That the order is kept is seen where the server acts.
    fn leave(&mut self, message: u32) -> Millis {
        let place = self.waiting.iter().position(|(waiting, _)| *waiting == message);
        let place = place.unwrap_or_else(|| panic!("message {message} leaves twice"));
        self.waiting.remove(place).unwrap().1
    }
}

/// `max(100 ms, jitter(min(max, min · factor^n)))`, allowing for rounding.
fn check_delay(backoff: &Backoff, n: u32, is_for_all: bool, delay: Millis) {
    let ceiling = |n: u32| backoff.max.min(backoff.min * backoff.factor.powf(f64::from(n)));
    let ceiling = match backoff.jitter {
        // The first window is three.
        Jitter::Spread if is_for_all => ceiling(n) + ceiling(n + 1) + ceiling(n + 2),
        _ => ceiling(n),
    };
    let floor = match backoff.jitter {
        Jitter::Equal => ceiling / 2.0,
        Jitter::None => ceiling,
        _ => 0.0,
    };
    let low = SHORTEST_DELAY.max(floor - 0.001);
    let high = SHORTEST_DELAY.max(ceiling + 0.001);
    assert!((low..=high).contains(&delay), "delay {n} is {delay} ms, not {low} to {high} ms");
}
