//! What must hold of HTTP: when it is chosen, what becomes of each message, and how soon WebSocket is
//! tried again.

use std::collections::BTreeSet;

use everline::connection::{
    Cause, Close, Connection, Fallback, Flush, Input, Millis, PostId, SHORTEST_DELAY, Transport,
};

use super::{DAY, GRACE, Ledger};

const YOUNG: Millis = 30_000.0;
const LONGEST_REST: Millis = 300_000.0;

pub(super) struct Http {
    fallback: Option<Fallback>,
    checking: bool,
    /// Whether the last check found a server that answers.
    confirmed: bool,
    flight: Option<Flight>,
    has_started: bool,
    /// How often HTTP was opened.
    pub(super) opens: u32,
    /// Attempts beside HTTP.
    pub(super) background: u32,
    /// What a failed check was told to wait.
    asked: Option<Millis>,
    /// Until when the server may be left alone.
    resting: Millis,
    leaving: bool,
    websocket: WebSocket,
    back: Back,
    acted: BTreeSet<u32>,
    /// Whether a transport left messages behind, which younger ones may overtake.
    left_behind: bool,
    expected_rejected: u32,
    expected_unconfirmed: u32,
    pub(super) told_rejected: u32,
    pub(super) told_unconfirmed: u32,
}

/// A request under way.
struct Flight {
    post: PostId,
    messages: Vec<(u32, Millis)>,
    sent: bool,
    accepted: bool,
}

/// What speaks against WebSockets.
#[derive(Default)]
struct WebSocket {
    fruitless: u32,
    open: Option<Millis>,
    on_trial: bool,
    failure: Option<Cause>,
}

struct Back {
    rest: Millis,
    since: Millis,
    is_resting: bool,
    /// Whether there is a reason to try at once.
    woken: bool,
}

/// What becomes of the messages of a request.
enum Landing {
    Delivered,
    Back,
    Rejected,
    /// Perhaps delivered; then it depends on the server whether they may be sent again.
    Unknown,
}

impl Http {
    pub(super) fn new(fallback: Option<Fallback>) -> Self {
        Self {
            fallback,
            checking: false,
            confirmed: false,
            flight: None,
            has_started: false,
            opens: 0,
            background: 0,
            asked: None,
            resting: 0.0,
            leaving: false,
            websocket: WebSocket::default(),
            back: Back {
                rest: fallback.map_or(Millis::INFINITY, |fallback| fallback.retry_websocket),
                since: 0.0,
                is_resting: false,
                woken: false,
            },
            acted: BTreeSet::new(),
            left_behind: false,
            expected_rejected: 0,
            expected_unconfirmed: 0,
            told_rejected: 0,
            told_unconfirmed: 0,
        }
    }

    pub(super) fn has_started(&self) -> bool {
        self.has_started
    }

    pub(super) fn is_checking(&self) -> bool {
        self.checking
    }

    pub(super) fn asked(&self) -> Option<Millis> {
        self.asked
    }

    pub(super) fn in_flight(&self) -> Vec<u32> {
        let messages = self.flight.iter().flat_map(|flight| &flight.messages);
        messages.map(|(message, _)| *message).collect()
    }

    pub(super) fn check_told(&self) {
        assert_eq!(self.told_rejected, self.expected_rejected, "what the server refused");
        assert_eq!(self.told_unconfirmed, self.expected_unconfirmed, "what perhaps arrived");
    }

    /// An attempt at a WebSocket, while there is nothing else.
    pub(super) fn attempt(&mut self) {
        self.has_started = true;
        self.checking = false;
        self.asked = None;
        self.websocket.fruitless += 1;
        self.websocket.failure = None;
    }

    pub(super) fn hear(&mut self) {
        self.websocket.fruitless = 0;
    }

    pub(super) fn fail(&mut self, cause: Cause) {
        self.websocket.failure = Some(cause);
    }

    pub(super) fn close(&mut self, close: &Close, now: Millis) {
        let websocket = &mut self.websocket;
        let lasted = websocket.open.take().map(|since| now - since);
        let was_on_trial = std::mem::take(&mut websocket.on_trial);
        let failure = websocket.failure.take();
        let put_away = failure == Some(Cause::Page) || close.reason == "page hidden";
        let is_old = lasted.is_some_and(|lasted| lasted >= YOUNG);
        if is_old && let Some(fallback) = self.fallback {
            self.back.rest = fallback.retry_websocket;
        }
        if put_away {
            websocket.fruitless = websocket.fruitless.saturating_sub(1);
        } else if is_old && failure != Some(Cause::Heartbeat) {
            websocket.fruitless = 0;
        } else if was_on_trial
            && lasted.is_some()
            && !is_old
            && let Some(fallback) = self.fallback
        {
            websocket.fruitless = fallback.after;
        }
        self.confirmed = false;
    }

    /// The application ends it, or wants another.
    pub(super) fn leave(&mut self) {
        self.websocket.open = None;
        self.websocket.on_trial = false;
        self.websocket.failure = None;
    }

    pub(super) fn start_anew(&mut self) {
        self.websocket.fruitless = 0;
        self.asked = None;
        self.back.rest = self.fallback.map_or(Millis::INFINITY, |it| it.retry_websocket);
    }

    pub(super) fn wake(&mut self) {
        self.back.woken = true;
        self.leaving = false;
    }

    pub(super) fn put_away(&mut self) {
        self.leaving = true;
    }

    pub(super) fn change(&mut self, to: Transport) {
        assert!(self.fallback.is_some(), "HTTP that nobody asked for");
        assert!(to == Transport::WebSocket || self.confirmed, "HTTP without an answer");
    }

    pub(super) fn check_open(&self, transport: Option<Transport>) {
        assert!(transport != Some(Transport::Http) || self.confirmed, "open without an answer");
    }

    /// An attempt beside HTTP.
    pub(super) fn try_websocket(&mut self, now: Millis) {
        let back = &mut self.back;
        assert!(back.rest.is_finite(), "a WebSocket that nobody wants any more");
        let earliest = back.since + 0.75 * back.rest - 0.001;
        assert!(back.woken || now >= earliest, "a WebSocket is tried too soon");
        back.woken = false;
        let grown = back.rest.max(SHORTEST_DELAY) * 3.0;
        back.rest = grown.min(LONGEST_REST.max(back.rest));
    }
}

/// What happens.
impl Ledger {
    pub(crate) fn is_idempotent(&self) -> bool {
        self.config.fallback.is_some_and(|fallback| fallback.idempotent)
    }

    pub(crate) fn heartbeat_timeout(&self) -> Millis {
        self.config.heartbeat.map_or(0.0, |heartbeat| heartbeat.timeout)
    }

    pub(crate) fn on_background(&mut self, attempts: u32, now: Millis) {
        self.http.background += attempts;
        if attempts > 0 {
            self.http.try_websocket(now);
        }
    }

    pub(crate) fn on_opened(&mut self, now: Millis) {
        self.http.websocket.open = Some(now);
    }

    pub(crate) fn on_adopt(&mut self, now: Millis) {
        self.http.websocket.open = Some(now);
        self.http.websocket.on_trial = true;
        self.http.websocket.failure = None;
        self.open = self.open.map(|_| now);
    }

    pub(crate) fn on_post(
        &mut self,
        post: PostId,
        careful: bool,
        messages: &[u32],
        connection: &Connection<u32>,
        now: Millis,
    ) {
        assert!(self.wanted, "a request that nobody wants");
        let fallback = self.config.fallback.expect("a request that nobody asked for");
        let http = &mut self.http;
        http.checking = connection.transport().is_none();
        if http.checking {
            let is_first = !std::mem::replace(&mut http.has_started, true);
            let is_due = http.websocket.fruitless >= fallback.after;
            assert!(is_due || is_first && fallback.remembered, "HTTP before its time");
            assert_eq!(careful, !messages.is_empty() && !fallback.idempotent);
            assert!(messages.len() <= 1 || fallback.idempotent, "a check risks one message");
            http.asked = None;
        } else {
            assert!(!careful);
            assert!(now >= http.resting, "the server wanted to be left alone");
        }
        let messages = messages.iter().map(|&message| {
            let since = self.messages.leave(message);
            let expiry = since + self.config.limits.time_to_live;
            assert!(now < expiry, "message {message} went out too old");
            (message, since)
        });
        let messages = messages.collect();
        self.http.flight = Some(Flight { post, messages, sent: !careful, accepted: false });
    }

    /// Something is heard of the request that is under way.
    pub(crate) fn on_voice(&mut self, input: &Input, now: Millis) {
        match *input {
            Input::Departed(_) => self.http.flight.as_mut().unwrap().sent = true,
            Input::Unsent(_) => self.land(Landing::Back),
            Input::Unanswered(_) => self.land(Landing::Unknown),
            Input::Answered { post, status, retry_after } => {
                self.on_answered(post, status, retry_after, now);
            }
            Input::Finished { whole: true, .. } => self.land(Landing::Delivered),
            Input::Finished { whole: false, .. } => self.lose_answer(),
            _ => {}
        }
    }

    fn on_answered(&mut self, post: PostId, status: u16, asked: Option<Millis>, now: Millis) {
        let flight = self.http.flight.as_mut().unwrap();
        assert_eq!(flight.post, post);
        let several = flight.messages.len() > 1;
        flight.accepted = (200..300).contains(&status);
        let idempotent = self.is_idempotent();
        let later = [408, 425, 429, 503].contains(&status) || status == 409 && idempotent;
        let useless = [401, 403, 404, 405, 407, 410, 421, 426, 451, 501, 505, 511];
        let asked = asked.map(|asked| asked.min(DAY));
        let landing = match status {
            200..=299 => None,
            _ if later => Some(Landing::Back),
            413 if several => Some(Landing::Back),
            300..=399 => Some(Landing::Back),
            _ if useless.contains(&status) => Some(Landing::Back),
            400..=499 => Some(Landing::Rejected),
            _ => Some(Landing::Unknown),
        };
        if self.http.checking {
            if matches!(landing, None | Some(Landing::Rejected)) || status == 413 {
                self.on_http_open(now);
            } else if later || status >= 500 && !useless.contains(&status) {
                self.http.asked = asked;
            }
        } else if later {
            self.http.resting = asked.map_or(now, |asked| now + asked.max(SHORTEST_DELAY));
        }
        if let Some(landing) = landing {
            self.land(landing);
        }
    }

    fn on_http_open(&mut self, now: Millis) {
        let http = &mut self.http;
        http.checking = false;
        http.confirmed = true;
        http.opens += 1;
        http.resting = now;
        http.back.since = now;
        http.back.is_resting = true;
        // What was tried first only because it worked before is left as soon as possible.
        http.back.woken = http.opens == 1 && self.attempts.is_empty();
        self.streak = 1;
        self.hint = None;
        self.verdict = None;
    }

    /// The request is given up.
    pub(crate) fn on_abort(&mut self) {
        let Some(flight) = &self.http.flight else { return };
        // The application has left HTTP, or waits for the answer no longer.
        let has_left = !self.wanted || self.streak == 0;
        match (flight.accepted, flight.sent) {
            (true, _) if has_left => self.land(Landing::Delivered),
            (true, _) => self.lose_answer(),
            (false, true) => self.land(Landing::Unknown),
            (false, false) => self.land(Landing::Back),
        }
    }

    fn lose_answer(&mut self) {
        let landing = if self.is_idempotent() { Landing::Back } else { Landing::Delivered };
        self.land(landing);
    }

    fn land(&mut self, landing: Landing) {
        let idempotent = self.is_idempotent();
        let Some(flight) = self.http.flight.take() else { return };
        self.http.checking = false;
        let count = flight.messages.len() as u32;
        match landing {
            Landing::Delivered => self.messages.transmitted += flight.messages.len(),
            Landing::Rejected => self.http.expected_rejected += count,
            Landing::Unknown if !idempotent => self.http.expected_unconfirmed += count,
            Landing::Unknown | Landing::Back => self.messages.come_back(flight.messages),
        }
    }

    pub(crate) fn on_left_behind(&mut self) {
        self.http.left_behind = true;
    }

    /// The server acts on a message.
    pub(crate) fn on_act(&mut self, message: u32) {
        let is_new = self.http.acted.insert(message);
        assert!(is_new || self.is_idempotent(), "{message} is acted upon twice");
        let is_orderly = self.config.flush == Flush::BeforeOpen && !self.http.left_behind;
        if is_new && is_orderly {
            assert_eq!(self.http.acted.last(), Some(&message), "a younger one came first");
        }
    }

    pub(super) fn check_http_deadline(
        &mut self,
        connection: &Connection<u32>,
        deadline: Option<Millis>,
        is_resting: bool,
        now: Millis,
    ) {
        let fallback = self.config.fallback.unwrap();
        let patience = self.config.connection_timeout.max(GRACE);
        if !std::mem::replace(&mut self.http.back.is_resting, is_resting) && is_resting {
            self.http.back.since = now;
        }
        let back = match (is_resting, self.http.back.woken) {
            (true, _) => now + 1.25 * self.http.back.rest.max(SHORTEST_DELAY),
            (false, _) => now + patience.max(self.heartbeat_timeout()).max(2000.0),
        };
        let exchange = if self.http.flight.is_some() {
            now + patience
        } else if connection.queued() > 0 && !self.http.leaving {
            now.max(self.http.resting) + self.config.backoff.max.max(SHORTEST_DELAY)
        } else {
            now.max(self.http.resting)
                + fallback.poll.max(self.config.backoff.max).max(SHORTEST_DELAY)
        };
        let latest = back.min(exchange);
        if latest.is_finite() {
            let deadline = deadline.expect("HTTP without a timer");
            assert!(deadline <= latest + 0.001, "HTTP until {deadline} at {now}, not {latest}");
        }
    }
}
