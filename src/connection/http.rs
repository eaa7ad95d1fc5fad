//! Messages over HTTP: one POST after the other, while attempts to go back to WebSocket go on in the
//! background.

use super::Connection;
use super::Stage;
use super::State;
use super::Status;
use super::action::{Action, Cause, Close, DropCause, Event};
use super::backoff::{Asked, Place, SHORTEST_DELAY};
use super::carriers::Response;
use super::close_code::Reason;
use super::time::{Deadline, Millis, Time};
use super::transport::{Fallback, Transport};
use crate::session::Mode;

/// The most that shares one body.
const LARGEST_BODY: usize = 1 << 20;

/// How long a WebSocket must stay open to be trusted, if there is no heartbeat to ask it.
const PROOF: Millis = 2000.0;

/// Names one body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostId(pub u32);

/// A request on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) post: PostId,
    /// Whether anybody has been told to make it.
    is_out: bool,
    /// Absent while it is only asked whether anybody is there.
    pub(super) sent: Option<Time>,
    pub(super) deadline: Deadline,
}

/// The request that finds out whether HTTP works.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) request: Request,
    /// How long the next attempt has to wait, if somebody asked for it.
    asked: Asked,
    /// Why HTTP is needed.
    pub(super) cause: Cause,
}

/// An open connection over HTTP.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) exchange: Exchange,
    back: Back,
    /// The most that the server takes in one body.
    room: usize,
    /// Requests in a row that the server wants to have later, or could not do.
    pub(super) troubles: u32,
}

#[derive(Debug)]
pub(super) enum Exchange {
    Idle {
        since: Time,
    },
    Posting {
        request: Request,
        /// The server has said that it took the messages; its own may follow.
        accepted: bool,
    },
    /// The server wants to be left alone until then.
    Resting {
        until: Time,
    },
}

/// The way back to WebSocket.
#[derive(Debug)]
pub(super) enum Back {
    Resting {
        until: Time,
        earliest: Time,
    },
    Trying {
        stage: Stage,
        deadline: Deadline,
    },
    /// It is open, and has to show that it carries something.
    Proving {
        until: Deadline,
    },
    /// It does; the request that is under way is awaited.
    Proven,
}

/// What an answer's status says about the messages of its request.
enum Meaning {
    /// They arrived.
    Accepted,
    /// The server does not want them.
    Refused,
    TooLarge,
    /// The server wants them later.
    Later,
    /// The server wanted them, and failed.
    Broken,
    /// The server has not even looked at them, and never will.
    Useless,
    /// Something between here and the server answered, and nobody knows.
    Unknown,
}

fn meaning(status: u16, idempotent: bool) -> Meaning {
    match status {
        200..=299 => Meaning::Accepted,
        // "A request with this key is under way", as servers that know keys say it.
        409 if idempotent => Meaning::Later,
        408 | 425 | 429 | 503 => Meaning::Later,
        413 => Meaning::TooLarge,
        300..=399 | 401 | 403..=405 | 407 | 410 | 421 | 426 | 451 | 501 | 505 | 511 => {
            Meaning::Useless
        }
        400..=499 => Meaning::Refused,
        500 => Meaning::Broken,
        _ => Meaning::Unknown,
    }
}

/// What becomes of the messages of a request that has failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They have surely not been acted upon.
    Kept,
    /// Perhaps they have.
    Unknown,
}

impl Request {
    /// What becomes of its messages if nothing is heard of it.
    fn fate(&self) -> Fate {
        match self.sent {
            Some(_) if self.is_out => Fate::Unknown,
            _ => Fate::Kept,
        }
    }

    /// Somebody is told to make it, if it is still the one in question.
    pub(super) fn go_out(&mut self, post: PostId) -> bool {
        self.is_out |= self.post == post;
        self.post == post
    }
}

impl Line {
    pub(super) fn next_deadline(&self, fallback: &Fallback, ack_due: Time) -> Time {
        let exchange = match &self.exchange {
            Exchange::Idle { since } => ack_due.min(*since + fallback.poll),
            Exchange::Posting { request, .. } => request.deadline.at,
            Exchange::Resting { until } => *until,
        };
        let back = match &self.back {
            Back::Resting { until, .. } => *until,
            Back::Trying { deadline, .. } | Back::Proving { until: deadline } => deadline.at,
            Back::Proven => return exchange,
        };
        exchange.min(back)
    }

    pub(super) fn request(&mut self) -> Option<&mut Request> {
        match &mut self.exchange {
            Exchange::Posting { request, .. } => Some(request),
            _ => None,
        }
    }

    /// A session's WebSocket takes over as soon as it is welcomed.
    pub(super) fn is_attaching(&self) -> bool {
        matches!(self.back, Back::Trying { stage: Stage::Greeting(Mode::Socket), .. })
    }

    pub(super) fn is_proven(&self) -> bool {
        matches!(self.back, Back::Proven)
    }

    pub(super) fn is_proving(&self) -> bool {
        matches!(self.back, Back::Proving { .. })
    }

    /// A WebSocket is tried as soon as may be.
    pub(super) fn wake(&mut self, now: Time) {
        if let Back::Resting { until, earliest } = &mut self.back {
            *until = (*until).min(now.max(*earliest));
        }
    }

    /// How far the attempt at a WebSocket is, while it is not open.
    pub(super) fn stage(&mut self) -> Option<&mut Stage> {
        match &mut self.back {
            Back::Trying { stage, .. } => Some(stage),
            _ => None,
        }
    }
}

/// What each input does.
impl<M, R: Reason> Connection<M, R> {
    pub(super) fn on_answered(
        &mut self,
        post: PostId,
        status: u16,
        retry_after: Option<Millis>,
        now: Time,
    ) {
        if self.has_session() {
            return self.on_request_over(post, false, Asked::by_server(retry_after), now);
        }
        let Some(request) = self.request(post) else { return };
        if let Some(sent) = request.sent {
            self.counters.round_trip = Some(now.since(sent));
        }
        let retry_after = Asked::by_server(retry_after);
        let meaning = meaning(status, self.is_idempotent());
        if let Meaning::Accepted | Meaning::Refused | Meaning::TooLarge = meaning {
            // Whoever refuses a message answers, and that is what a check asks.
            self.open_http(Exchange::Posting { request, accepted: false }, now);
        }
        let is_open = matches!(self.state, State::Http(_));
        match meaning {
            Meaning::Accepted => self.on_accepted(),
            Meaning::Refused => self.reject(now),
            Meaning::TooLarge => self.divide(now),
            Meaning::Later if is_open => self.repeat(Fate::Kept, retry_after, now),
            Meaning::Broken if is_open => self.repeat(Fate::Unknown, Asked::NOTHING, now),
            Meaning::Later => self.http_failed(Fate::Kept, retry_after, now),
            Meaning::Useless => self.http_failed(Fate::Kept, Asked::NOTHING, now),
            Meaning::Broken | Meaning::Unknown => {
                self.http_failed(Fate::Unknown, retry_after, now);
            }
        }
    }

    /// What the server has to say follows.
    fn on_accepted(&mut self) {
        if let State::Http(Line { exchange: Exchange::Posting { accepted, .. }, .. }) =
            &mut self.state
        {
            *accepted = true;
        }
    }

    /// Somebody is there.
    pub(super) fn on_departed(&mut self, post: PostId, now: Time) {
        if let State::Checking(Check { request, .. }) = &mut self.state
            && request.post == post
        {
            request.sent = Some(now);
        }
    }

    pub(super) fn on_unanswered(&mut self, post: PostId, now: Time) {
        if self.has_session() {
            return self.on_request_over(post, false, Asked::NOTHING, now);
        }
        if self.request(post).is_some() {
            self.http_failed(Fate::Unknown, Asked::NOTHING, now);
        }
    }

    pub(super) fn on_unsent(&mut self, post: PostId, now: Time) {
        if self.has_session() {
            return self.on_request_over(post, false, Asked::NOTHING, now);
        }
        if self.request(post).is_some() {
            self.http_failed(Fate::Kept, Asked::NOTHING, now);
        }
    }

    pub(super) fn on_streamed(&mut self, post: PostId, now: Time) {
        let timeout = self.config.connection_timeout;
        if let State::Http(Line { exchange: Exchange::Posting { request, .. }, .. }) =
            &mut self.state
            && request.post == post
        {
            request.deadline = Deadline::new(now + timeout);
        }
    }

    pub(super) fn on_finished(&mut self, post: PostId, whole: bool, now: Time) {
        if self.has_session() {
            return self.on_request_over(post, whole, Asked::NOTHING, now);
        }
        let is_current = self.request(post).is_some();
        let State::Http(line) = &mut self.state else { return };
        if !is_current {
            return;
        }
        if whole {
            line.troubles = 0;
            self.outbox.land();
            self.next_request(now);
        } else {
            self.answer_lost(now);
        }
    }

    pub(super) fn on_check_timeout(&mut self, now: Time) {
        if let State::Checking(Check { request, .. }) = &mut self.state
            && request.deadline.is_over(now)
        {
            let fate = request.fate();
            self.actions.push_front(Action::Abort);
            self.http_failed(fate, Asked::NOTHING, now);
        }
    }

    pub(super) fn on_http_timeout(&mut self, now: Time) {
        let gave_up = self.on_exchange_timeout(now);
        self.on_way_back_timeout(now);
        // Before anything else: what comes back from the request may leave at once by WebSocket.
        if gave_up {
            self.actions.push_front(Action::Abort);
        }
    }

    /// Whether the request under way is to be given up.
    fn on_exchange_timeout(&mut self, now: Time) -> bool {
        let State::Http(line) = &mut self.state else { return false };
        match &mut line.exchange {
            Exchange::Posting { request, accepted } => {
                let accepted = *accepted;
                if request.deadline.is_over(now) {
                    if self.has_session() {
                        self.send_again(Asked::NOTHING, now);
                        return false;
                    } else if accepted {
                        self.answer_lost(now);
                    } else {
                        self.http_failed(Fate::Unknown, Asked::NOTHING, now);
                    }
                    return true;
                }
            }
            Exchange::Resting { until } => {
                if *until <= now {
                    self.next_request(now);
                }
            }
            Exchange::Idle { since } => {
                if self.config.fallback.is_some_and(|fallback| *since + fallback.poll <= now) {
                    self.expire(now);
                    self.post(now);
                }
            }
        }
        false
    }

    fn on_way_back_timeout(&mut self, now: Time) {
        let has_heartbeat = self.config.heartbeat.is_some();
        let State::Http(line) = &mut self.state else { return };
        match &mut line.back {
            Back::Resting { until, .. } => {
                if *until <= now {
                    self.try_websocket(now);
                }
            }
            Back::Trying { deadline, .. } => {
                if deadline.is_over(now) {
                    self.stay_on_http(now);
                }
            }
            Back::Proving { until } => {
                if until.is_over(now) {
                    if has_heartbeat {
                        self.stay_on_http(now);
                    } else {
                        self.on_proof(now);
                    }
                }
            }
            Back::Proven => {}
        }
    }

    /// The WebSocket in the background is open.
    pub(super) fn on_back_open(&mut self, now: Time) {
        let State::Http(line) = &mut self.state else { return };
        if let Back::Trying { stage: Stage::Handshaking, .. } = line.back {
            let patience = self.config.heartbeat.map(|heartbeat| heartbeat.timeout);
            let until = Deadline::new(now + patience.unwrap_or(PROOF));
            line.back = Back::Proving { until };
            if patience.is_some() {
                self.actions.push_back(Action::Ping(self.attempt));
            }
        }
    }

    /// It has carried something, or lasted.
    pub(super) fn on_proof(&mut self, now: Time) {
        let State::Http(line) = &mut self.state else { return };
        if let Back::Proving { .. } = line.back {
            line.back = Back::Proven;
            if !matches!(line.exchange, Exchange::Posting { .. }) {
                self.adopt(now);
            }
        }
    }

    /// Whether what waits is to be sent without waiting for an answer. Also where HTTP has just been
    /// lost: Firefox ends requests before it says that the page goes.
    pub(super) fn is_last_chance(&self) -> bool {
        let is_alive = !matches!(self.status(), Status::Closing | Status::Closed | Status::Failed);
        self.leaving && is_alive && self.choice.carrier == Transport::Http
    }
}

/// The moves they are made of.
impl<M, R: Reason> Connection<M, R> {
    /// Finds out whether HTTP works, by the first message that waits.
    pub(super) fn check_http(&mut self, asked: Asked, cause: Cause, now: Time) {
        self.expire(now);
        let carries = !self.choice.burnt && self.outbox.len() > 0;
        if self.has_session() {
            // It is watched as the downlink.
            let request = self.request_for_session(Millis::INFINITY, now);
            self.state = State::Checking(Check { request, asked, cause });
            return self.ask_for_response(now);
        }
        let careful = carries && !self.is_idempotent();
        let request = self.request_anew(carries.then_some(0), now);
        let sent = request.sent.filter(|_| !careful);
        self.state = State::Checking(Check { request: Request { sent, ..request }, asked, cause });
        self.actions.push_back(Action::Post { post: request.post, careful });
    }

    /// HTTP works, if that was in question.
    fn open_http(&mut self, exchange: Exchange, now: Time) {
        let State::Checking(Check { cause, .. }) = self.state else { return };
        // So that no verdict about the attempt before is taken for one about this.
        self.attempt = self.attempt.next();
        let back = self.first_rest(cause, now);
        self.open_line(exchange, back, cause);
    }

    pub(super) fn open_line(&mut self, exchange: Exchange, back: Back, cause: Cause) {
        self.counters.opens += 1;
        self.retries = 0;
        self.refreshed = false;
        self.choice.burnt = false;
        self.state = State::Http(Line { exchange, back, room: LARGEST_BODY, troubles: 0 });
        self.carry_by(Transport::Http, cause);
        self.emit(Event::Open);
    }

    /// Sends what is next, if anything is, now that a request is done with.
    pub(super) fn next_request(&mut self, now: Time) {
        let State::Http(line) = &mut self.state else { return };
        line.exchange = Exchange::Idle { since: now };
        if let Back::Proven = line.back {
            self.adopt(now);
        } else {
            self.expire(now);
            self.send_next(now);
        }
    }

    /// Sends what waits, if its turn has come.
    pub(super) fn send_next(&mut self, now: Time) {
        if self.has_session() {
            return self.send_in_session(now);
        }
        if self.outbox.len() == 0 {
            return;
        }
        if self.is_last_chance() {
            self.actions.push_back(Action::SendOff);
        } else if let State::Http(Line { exchange: Exchange::Idle { .. }, .. }) = self.state {
            self.post(now);
        }
    }

    fn post(&mut self, now: Time) {
        let State::Http(Line { room, .. }) = self.state else { return };
        let request = self.request_anew(Some(room), now);
        if let State::Http(line) = &mut self.state {
            line.exchange = Exchange::Posting { request, accepted: false };
            self.actions.push_back(Action::Post { post: request.post, careful: false });
        }
    }

    pub(super) fn request_for_session(&mut self, patience: Millis, now: Time) -> Request {
        self.post = PostId(self.post.0.wrapping_add(1));
        let deadline = Deadline::new(now + patience);
        Request { post: self.post, is_out: false, sent: Some(now), deadline }
    }

    /// A request with what fits into so much room, or with nothing.
    fn request_anew(&mut self, room: Option<usize>, now: Time) -> Request {
        if room.is_none_or(|room| self.outbox.take_off(room)) {
            self.post = PostId(self.post.0.wrapping_add(1));
        }
        let deadline = Deadline::new(now + self.config.connection_timeout);
        Request { post: self.post, is_out: false, sent: Some(now), deadline }
    }

    /// The server does not want the messages.
    fn reject(&mut self, now: Time) {
        self.emit_error(Cause::Http);
        let count = self.outbox.land();
        self.report_dropped(count, DropCause::Rejected);
        self.next_request(now);
    }

    /// The server does not want so much at once.
    fn divide(&mut self, now: Time) {
        match (self.outbox.divide(), &mut self.state) {
            (Some(room), State::Http(line)) => {
                line.room = room;
                self.next_request(now);
            }
            _ => self.reject(now),
        }
    }

    /// Sends the same again after a while, if that may be, or else what comes next.
    pub(super) fn repeat(&mut self, fate: Fate, asked: Asked, now: Time) {
        self.emit_error(Cause::Http);
        self.settle(fate);
        let State::Http(line) = &mut self.state else { return };
        let place = &mut Place::draw(false, &mut self.random);
        let backoff = self.config.backoff.delay(line.troubles, place, &mut self.random);
        line.troubles += 1;
        let delay = asked.delay().unwrap_or(backoff).max(SHORTEST_DELAY);
        line.exchange = Exchange::Resting { until: now + delay };
        if let Back::Proven = line.back {
            self.adopt(now);
        }
    }

    /// The messages arrived, what the server said to them did not.
    fn answer_lost(&mut self, now: Time) {
        if self.is_idempotent() {
            self.repeat(Fate::Unknown, Asked::NOTHING, now);
        } else {
            self.emit_error(Cause::Http);
            self.outbox.land();
            self.next_request(now);
        }
    }

    /// HTTP is of no use at present.
    pub(super) fn http_failed(&mut self, fate: Fate, asked: Asked, now: Time) {
        self.emit_error(Cause::Http);
        self.settle(fate);
        match &self.state {
            // Nothing was tried yet.
            State::Checking(Check { cause: Cause::Remembered, .. }) => self.connect(now),
            &State::Checking(Check { cause, asked: before, .. }) => {
                self.wait(if asked.delay().is_some() { asked } else { before }, cause, now);
            }
            // What is open already, however new, is better than nothing.
            State::Http(Line { back: Back::Proving { .. } | Back::Proven, .. }) => self.adopt(now),
            State::Http(_) => {
                self.leave_response();
                self.abandon(None, R::default());
                self.lose(Close::abnormal(), Cause::Http, now);
            }
            _ => {}
        }
    }

    /// Decides about the messages of a request that has failed.
    fn settle(&mut self, fate: Fate) {
        if fate == Fate::Kept || self.is_idempotent() {
            self.outbox.turn_back(self.is_idempotent());
        } else {
            let count = self.outbox.land();
            self.choice.burnt |= count > 0;
            self.report_dropped(count, DropCause::Unconfirmed);
        }
    }

    /// Lets go of everything that HTTP holds.
    pub(super) fn leave_http(&mut self) {
        match &self.state {
            State::Checking(Check { request, .. })
            | State::Http(Line {
                exchange: Exchange::Posting { request, accepted: false }, ..
            }) => self.settle(request.fate()),
            State::Http(_) => drop(self.outbox.land()),
            _ => return self.leave_response(),
        }
        self.response = Response::default();
        self.actions.push_front(Action::Abort);
        self.abandon(None, R::default());
    }

    /// Tries a WebSocket in the background.
    fn try_websocket(&mut self, now: Time) {
        self.choice.rest_longer();
        let deadline = self.begin_attempt(now);
        if let State::Http(line) = &mut self.state {
            line.back = Back::Trying { stage: Stage::Resolving, deadline };
        }
    }

    /// When the next WebSocket is tried, after the one whose failure led here.
    pub(super) fn first_rest(&mut self, cause: Cause, now: Time) -> Back {
        let soonest = self.attempt_started + SHORTEST_DELAY;
        let (until, earliest) = match cause {
            Cause::Remembered if self.choice.returns() => (now, now),
            _ => (soonest.max(now + self.choice.rest(&mut self.random)), soonest),
        };
        Back::Resting { until, earliest }
    }

    /// Gives up the attempt in the background, if there is one.
    pub(super) fn stay_on_http(&mut self, now: Time) {
        let State::Http(Line { back, .. }) = &mut self.state else { return };
        if !matches!(back, Back::Resting { .. }) {
            let until = now + self.choice.rest(&mut self.random);
            *back = Back::Resting { until, earliest: self.attempt_started + SHORTEST_DELAY };
            self.abandon(None, R::default());
            self.resume_response(now);
        }
    }

    /// Goes back to WebSocket: no request is under way any more.
    pub(super) fn adopt(&mut self, now: Time) {
        self.counters.opens += 1;
        self.choice.returned();
        self.state = self.open_state(now);
        self.expire(now);
        // Before a listener of any event sends more.
        self.actions.push_front(Action::Flush(self.attempt));
        self.actions.push_front(Action::Adopt(self.attempt));
        self.carry_by(Transport::WebSocket, Cause::Recovered);
    }

    /// Tells if that is another way than before.
    pub(super) fn carry_by(&mut self, transport: Transport, cause: Cause) {
        if core::mem::replace(&mut self.choice.carrier, transport) != transport {
            self.counters.transport_switches += 1;
            self.emit(Event::TransportChange { to: transport, cause });
        }
    }

    fn request(&self, post: PostId) -> Option<Request> {
        let request = match &self.state {
            State::Checking(check) => check.request,
            State::Http(Line { exchange: Exchange::Posting { request, .. }, .. }) => *request,
            _ => return None,
        };
        (request.post == post).then_some(request)
    }

    fn is_idempotent(&self) -> bool {
        self.config.fallback.is_some_and(|fallback| fallback.idempotent)
    }
}
