//! The carriers of a session: where a hello is said, and what the answers mean for the connection.
//!
//! A WebSocket counts as open when its hello was welcomed. Over HTTP there are two requests beside each
//! other: the response that the server's messages come by, and the uplink, one request after the other.
//! The response is what finds out whether HTTP works, and it may race with a WebSocket that takes its
//! time.

use super::action::{Action, Cause, Close, DropCause, Event};
use super::backoff::Asked;
use super::close_code::{self, Reason};
use super::heartbeat::Heartbeat;
use super::http::{Back, Check, Exchange, Fate, Line, PostId};
use super::time::{Deadline, Millis, Time};
use super::{Connection, GaveUp, Stage, State, Status};
use crate::session::{Arrival, Control, Frame, Hello, Mode, Resume, Source, messages};

/// How long the first WebSocket has before HTTP is tried as well.
const HEAD_START: Millis = 2500.0;

/// How long a response may be kept back before it is taken for buffered.
const STREAM_PATIENCE: Millis = 3000.0;

/// A response that brought nothing is not asked for again sooner, nor is a batch sent again that the
/// server took without an ack.
const PAUSE: Millis = 1000.0;

/// For so long a browser that had no connection to spare is spared.
const CROWDED: Millis = 60_000.0;

/// Where WebSockets have worked, HTTP is tried when so many in a row have carried nothing.
pub(super) const PATIENCE: u32 = 3;

/// A batch that failed is sent again so often before HTTP is given up.
const REPETITIONS: u32 = 3;

/// Silence of so many heartbeats means that a carrier is dead; before that, a WebSocket is asked.
const SILENCE: f64 = 2.5;
const ASKED_AFTER: f64 = 2.0;

/// The response that the server's messages come by. It outlives the change from attempt to open
/// connection, so it is beside the state.
#[derive(Debug, Default)]
pub(super) struct Response {
    phase: Phase,
    post: PostId,
    mode: Mode,
    /// When it was asked for.
    asked: Time,
    /// Until when something must have been heard; when it is due, if it has not been asked for.
    deadline: Deadline,
    /// It has brought something.
    fruitful: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// None is wanted.
    #[default]
    Off,
    Due,
    Asking,
    Open,
}

impl Response {
    pub(super) fn deadline(&self) -> Time {
        if self.phase == Phase::Off { Time::NEVER } else { self.deadline.at }
    }

    fn is(&self, post: PostId) -> bool {
        self.post == post && matches!(self.phase, Phase::Asking | Phase::Open)
    }

    fn stays(&self) -> bool {
        self.phase == Phase::Open && self.mode != Mode::Glance
    }

    fn ask_at(&mut self, time: Time) {
        self.phase = Phase::Due;
        self.deadline = Deadline::new(time);
    }
}

/// What the application's side needs.
impl<M, R: Reason> Connection<M, R> {
    /// A session's message has arrived on a carrier, so large. False if it is not to be delivered,
    /// because it was before.
    pub fn receive(&mut self, source: Source, bytes: usize, now: Time) -> bool {
        if self.mode_of(source).is_none() {
            return false;
        }
        let arrival = self.session.downlink.receive(source, bytes, now);
        self.on_carried(source, now);
        match arrival {
            Arrival::New => {}
            Arrival::Repeated => self.counters.duplicates += 1,
            Arrival::Gap => self.violated(source, now),
        }
        self.acknowledge_if_due(now);
        arrival == Arrival::New
    }

    /// The next message for the WebSocket. In a session its number may have to be said first
    /// ([`Control::Start`]).
    pub fn next_to_send(&mut self) -> Option<(Option<u64>, M)>
    where
        M: Clone,
    {
        self.fill_window();
        if !self.has_session() {
            return Some((None, self.outbox.pop()?.message));
        }
        let next = self.session.uplink.next();
        self.counters.replayed = self.session.uplink.replayed;
        next
    }

    /// What [`Action::Greet`] says.
    pub fn hello(&mut self, source: Source, mode: Mode) -> Hello {
        self.session.hello(source, mode)
    }

    /// What [`Action::Control`] says: the last message that arrived.
    pub fn acknowledge(&mut self) -> u64 {
        self.session.downlink.acknowledge()
    }

    /// For [`Action::Reset`]: what is known to have arrived.
    pub fn delivered(&self) -> impl Iterator<Item = &M> {
        messages(&self.session.delivered)
    }

    /// For [`Action::Reset`]: what did not arrive, or perhaps did.
    pub fn undelivered(&self) -> impl Iterator<Item = &M> {
        messages(self.session.undelivered())
    }

    /// [`Action::Reset`] has been carried out.
    pub fn forget_told(&mut self) {
        self.session.forget_told();
    }

    /// For [`Action::Save`]: the numbers.
    pub fn to_resume(&self) -> Resume {
        self.session.to_resume()
    }

    /// For [`Action::Save`]: the messages that have numbers, then those that wait.
    pub fn take_kept(&mut self) -> Option<M> {
        Some(self.session.uplink.pop().or_else(|| self.outbox.pop())?.message)
    }

    /// The largest message that the server takes, once that is known.
    pub fn largest(&self) -> usize {
        self.session.terms.largest
    }
}

/// What each input does.
impl<M, R: Reason> Connection<M, R> {
    pub(super) fn on_frame(&mut self, source: Source, frame: Frame<R>, now: Time) {
        let Some(mode) = self.mode_of(source) else { return };
        let is_awaited = self.awaits_welcome(source);
        let session = &mut self.session;
        let is_legal = match frame {
            Frame::Welcome(welcome) => is_awaited && session.welcomed(source, mode, welcome),
            Frame::Ack(number) | Frame::Ping(number) => session.uplink.acknowledged(number),
            Frame::Start(number) => session.downlink.start(source, number),
            Frame::Bad => false,
            Frame::End { close, recv, retry } => {
                if let Source::Socket(_) = source {
                    self.abandon(None, R::default());
                }
                return self.on_end(source, close, recv, retry, now);
            }
        };
        if !is_legal {
            return self.violated(source, now);
        }
        match frame {
            Frame::Welcome(_) => self.on_welcome(source, mode, now),
            _ => self.on_carried(source, now),
        }
        if let (Frame::Ping(_), State::Open { .. }) = (frame, &self.state) {
            self.actions.push_back(Action::Control(self.attempt, Control::Ack));
        }
        self.send_next(now);
    }

    fn on_welcome(&mut self, source: Source, mode: Mode, now: Time) {
        match (mode, &mut self.state) {
            (Mode::Probe, State::Http(line)) => {
                if let Some(stage) = line.stage() {
                    *stage = Stage::Greeting(Mode::Socket);
                }
                self.actions.push_back(Action::Greet(source, Mode::Socket));
            }
            (Mode::Socket, State::Http(_)) => {
                self.leave_response();
                self.adopt(now);
            }
            (Mode::Socket, _) => {
                self.leave_response();
                self.actions.push_back(Action::Adopt(self.attempt));
                self.open_websocket(now);
            }
            (
                Mode::Send,
                State::Http(Line { exchange: Exchange::Posting { request, accepted }, .. }),
            ) => {
                *accepted = true;
                self.counters.round_trip = request.sent.map(|sent| now.since(sent));
            }
            _ => self.on_response(now),
        }
    }

    /// A response has begun: HTTP works.
    fn on_response(&mut self, now: Time) {
        self.response.phase = Phase::Open;
        // One that ends at once is followed at once by one that stays, if there may be any.
        self.response.fruitful = self.response.mode == Mode::Glance && !self.is_crowded(now);
        self.await_signs_of_life(now);
        let (back, cause) = match &self.state {
            State::Connecting { stage, deadline } => {
                (Back::Trying { stage: *stage, deadline: *deadline }, Cause::Timeout)
            }
            &State::Checking(Check { cause, .. }) => {
                // So that no verdict about the attempt before is taken for one about this.
                self.attempt = self.attempt.next();
                (self.first_rest(cause, now), cause)
            }
            _ => return,
        };
        self.open_line(Exchange::Idle { since: now }, back, cause);
    }

    /// The last words of a carrier, or of the WebSocket below it.
    pub(super) fn on_end(
        &mut self,
        source: Source,
        close: Close<R>,
        recv: Option<u64>,
        retry: Option<Millis>,
        now: Time,
    ) {
        let code = close.code;
        if let (Source::Request(post), State::Http(line)) = (source, &mut self.state)
            && !self.response.is(post)
            && matches!(code, close_code::NORMAL | 4404 | 4408)
            && line.troubles < REPETITIONS
        {
            // The response will say so, too, after the messages that are still on their way there.
            line.troubles += 1;
            line.exchange = Exchange::Resting { until: now + PAUSE };
            return;
        }
        let session = &mut self.session;
        let has_unacked = session.uplink.len() > 0;
        // The server takes none so large, or something before it: sent again, it would end so again.
        let is_too_large = code == 1009 && has_unacked;
        let is_stolen = code == 4409 && session.conflict(source, now);
        let is_gone = is_stolen || is_too_large || matches!(code, 4404 | 4408 | 4413);
        let is_final = matches!(code, close_code::NORMAL | 4400 | 4403);
        session.is_over = is_final;
        let is_newest = session.newest == Some(source);
        if is_gone || is_final && has_unacked {
            self.reset(recv, is_too_large);
        } else if !is_final {
            match (source, &self.state) {
                // It is not needed yet.
                (Source::Socket(_), State::Http(_)) => return self.stay_on_http(now),
                (Source::Request(_), State::Connecting { .. }) => return self.leave_response(),
                // For our own WebSocket, which is about to take over, or was.
                (Source::Request(_), State::Http(line)) if code == 4409 && !is_newest => {
                    let is_attaching = line.is_attaching();
                    self.response.phase = Phase::Off;
                    if !is_attaching {
                        self.resume_response(now);
                    }
                    return;
                }
                _ => {}
            }
        }
        let hint = Asked::by_server(retry.or(close.reason.retry_hint()));
        self.leave_http();
        if let Source::Request(_) = source {
            self.abandon(None, R::default());
        }
        if is_final {
            self.end_for_good(close);
        } else {
            // Another session may do better.
            let code = if is_gone { close_code::ABNORMAL } else { code };
            let is_open = self.status() == Status::Open;
            let cause = if is_open { Cause::Close } else { Cause::Handshake };
            self.lose_with(close, cause, code, hint, now);
        }
    }

    /// A request is over, for better or worse.
    pub(super) fn on_request_over(
        &mut self,
        post: PostId,
        is_whole: bool,
        asked: Asked,
        now: Time,
    ) {
        let response = &mut self.response;
        if response.is(post) {
            if response.phase == Phase::Asking {
                self.response_failed(asked, now);
            } else {
                let rests = !(is_whole && response.fruitful);
                response.ask_at(if rests { response.asked + PAUSE } else { now });
                self.on_response_timeout(now);
            }
            return;
        }
        let is_done = self.in_flight().next().is_none();
        if let State::Http(line) = &mut self.state
            && let Exchange::Posting { request, accepted } = &line.exchange
            && request.post == post
        {
            if !*accepted {
                self.send_again(asked, now);
            } else if is_done {
                line.troubles = 0;
                self.next_request(now);
            } else {
                // A server that is slow to take messages holds its acks back.
                line.exchange = Exchange::Resting { until: now + PAUSE };
            }
        }
    }

    pub(super) fn on_response_timeout(&mut self, now: Time) {
        let Response { phase, deadline, .. } = &mut self.response;
        let is_over = match phase {
            Phase::Off => false,
            Phase::Due => deadline.at <= now,
            Phase::Asking | Phase::Open => deadline.is_over(now),
        };
        if is_over {
            let was_asking = *phase == Phase::Asking;
            if matches!(&self.state, State::Http(line) if line.is_attaching()) {
                // A newer attach would end the WebSocket that is about to take over.
                self.response.phase = Phase::Off;
            } else if was_asking && core::mem::replace(&mut self.choice.buffered, true) {
                self.response_failed(Asked::NOTHING, now);
            } else {
                self.ask_for_response(now);
            }
        }
    }

    /// A browser has six connections to a server over HTTP/1.1, for all its pages. A batch that gets
    /// none of them has to be let through by the response that keeps one.
    pub(super) fn make_way(&mut self, now: Time) {
        if self.make_way_at() <= now {
            self.choice.crowded_until = now + CROWDED;
            self.ask_for_response(now);
        }
    }

    pub(super) fn make_way_at(&self) -> Time {
        match &self.state {
            State::Http(Line {
                exchange: Exchange::Posting { request, accepted: false }, ..
            }) if self.response.stays() => {
                let patience = STREAM_PATIENCE.min(self.config.connection_timeout / 2.0);
                request.sent.map_or(Time::NEVER, |sent| sent + patience)
            }
            _ => Time::NEVER,
        }
    }

    /// An ack that nothing else took along.
    pub(super) fn acknowledge_if_due(&mut self, now: Time) {
        if self.session.downlink.ack_due() <= now {
            match self.state {
                State::Open { .. } => {
                    self.actions.push_back(Action::Control(self.attempt, Control::Ack));
                }
                State::Http(_) => self.send_next(now),
                _ => {}
            }
        }
    }
}

/// The moves they are made of.
impl<M, R: Reason> Connection<M, R> {
    /// HTTP is tried as well, unless the WebSocket that is tried now is quick.
    pub(super) fn prepare_race(&mut self, now: Time) {
        if self.has_session() && self.choice.eager {
            self.response.ask_at(now + HEAD_START);
        }
    }

    /// Says hello on the WebSocket that has just opened.
    pub(super) fn on_unwelcomed(&mut self) {
        let mode = if matches!(self.state, State::Http(_)) { Mode::Probe } else { Mode::Socket };
        let source = Source::Socket(self.attempt);
        if let Some(stage @ Stage::Handshaking) = self.stage() {
            *stage = Stage::Greeting(mode);
            self.actions.push_back(Action::Greet(source, mode));
        }
    }

    fn is_crowded(&self, now: Time) -> bool {
        now < self.choice.crowded_until
    }

    /// Asks for a response, streamed if that is possible.
    pub(super) fn ask_for_response(&mut self, now: Time) {
        let timeout = self.config.connection_timeout;
        let (mode, patience) = if self.is_crowded(now) {
            (Mode::Glance, timeout)
        } else if !self.choice.buffered {
            (Mode::Stream, STREAM_PATIENCE.min(timeout))
        } else if let State::Http(_) = self.state {
            (Mode::Poll, self.config.session.map_or(0.0, |session| session.wait) + timeout)
        } else {
            (Mode::Glance, timeout)
        };
        let request = self.request_for_session(patience, now);
        let (post, deadline) = (request.post, request.deadline);
        let phase = Phase::Asking;
        self.response = Response { phase, post, mode, asked: now, deadline, fruitful: false };
        self.actions.push_back(Action::Greet(Source::Request(post), mode));
    }

    fn response_failed(&mut self, asked: Asked, now: Time) {
        self.leave_response();
        if !matches!(self.state, State::Connecting { .. }) {
            self.http_failed(Fate::Kept, asked, now);
        }
    }

    /// Wants no response any more, nor any other request.
    pub(super) fn leave_response(&mut self) {
        let has_request = matches!(self.state, State::Http(_)) && self.has_session();
        if core::mem::take(&mut self.response.phase) != Phase::Off || has_request {
            self.actions.push_front(Action::Abort);
        }
    }

    /// The WebSocket for which the server ended the response is gone.
    pub(super) fn resume_response(&mut self, now: Time) {
        if self.has_session() && self.response.phase == Phase::Off {
            self.ask_for_response(now);
        }
    }

    /// Sends what waits, if its turn has come.
    pub(super) fn send_in_session(&mut self, now: Time) {
        let session = &self.session;
        let waits = self.outbox.len() > 0;
        let is_due = session.downlink.ack_due() <= now;
        match self.state {
            State::Open { .. } if waits || session.uplink.has_unsent() => {
                self.actions.push_back(Action::Flush(self.attempt));
            }
            State::Http(Line { exchange: Exchange::Idle { .. }, .. })
                if waits || is_due || session.uplink.len() > 0 =>
            {
                self.put_into_flight();
                let request = self.request_for_session(self.config.connection_timeout, now);
                self.actions.push_back(Action::Greet(Source::Request(request.post), Mode::Send));
                if let State::Http(line) = &mut self.state {
                    line.exchange = Exchange::Posting { request, accepted: false };
                }
            }
            _ => {}
        }
    }

    /// The same messages once more, after a while: nobody knows whether they arrived.
    pub(super) fn send_again(&mut self, asked: Asked, now: Time) {
        match &self.state {
            State::Http(line) if line.troubles >= REPETITIONS => {
                self.http_failed(Fate::Kept, asked, now);
            }
            _ => self.repeat(Fate::Kept, asked, now),
        }
    }

    /// A request takes all that is not acknowledged.
    fn put_into_flight(&mut self) {
        self.fill_window();
        self.session.uplink.send_all();
        self.counters.replayed = self.session.uplink.replayed;
    }

    /// Gives numbers to what waits, as far as the window has room.
    fn fill_window(&mut self) {
        let Some(config) = &self.config.session else { return };
        let session = &mut self.session;
        let window = config.window.min(session.terms.window);
        let mut too_large = 0;
        while let Some(bytes) = self.outbox.first_bytes()
            && session.uplink.has_room(bytes, window)
            && let Some(parcel) = self.outbox.pop()
        {
            if bytes > session.terms.largest {
                too_large += 1;
            } else {
                session.uplink.push(parcel);
            }
        }
        self.report_dropped(too_large, DropCause::Rejected);
    }

    /// A carrier has shown that it works.
    fn on_carried(&mut self, source: Source, now: Time) {
        match source {
            Source::Socket(_) => {
                if let State::Open { pulse: Some(pulse), .. } = &mut self.state {
                    let round_trip = pulse.replied(now);
                    self.counters.round_trip = round_trip.or(self.counters.round_trip);
                    pulse.refresh(now);
                }
                self.forgive();
            }
            Source::Request(post) if self.response.is(post) => {
                self.response.fruitful = true;
                self.await_signs_of_life(now);
            }
            Source::Request(_) => {}
        }
    }

    fn await_signs_of_life(&mut self, now: Time) {
        if self.response.mode == Mode::Stream {
            let silence = self.session.terms.heartbeat * SILENCE;
            self.response.deadline = Deadline::new(now + silence);
        }
    }

    /// How often the server is asked whether it lives.
    pub(super) fn session_heartbeat(&self) -> Option<Heartbeat> {
        let heartbeat = self.session.terms.heartbeat;
        let timeout = heartbeat * (SILENCE - ASKED_AFTER);
        self.has_session().then_some(Heartbeat { interval: heartbeat * ASKED_AFTER, timeout })
    }

    pub(super) fn has_session(&self) -> bool {
        self.config.session.is_some()
    }

    /// What a carrier that is heard was greeted for.
    pub(super) fn mode_of(&mut self, source: Source) -> Option<Mode> {
        match (source, &self.state) {
            (Source::Socket(attempt), _) if attempt != self.attempt => None,
            (Source::Socket(_), State::Open { .. }) => Some(Mode::Socket),
            (Source::Socket(_), _) => match self.stage() {
                Some(Stage::Greeting(mode)) => Some(*mode),
                _ => None,
            },
            (Source::Request(post), _) if self.response.is(post) => Some(self.response.mode),
            (
                Source::Request(post),
                State::Http(Line { exchange: Exchange::Posting { request, .. }, .. }),
            ) => (request.post == post).then_some(Mode::Send),
            _ => None,
        }
    }

    fn awaits_welcome(&self, source: Source) -> bool {
        match (source, &self.state) {
            (Source::Socket(_), state) => !matches!(state, State::Open { .. }),
            (Source::Request(post), _) if self.response.is(post) => {
                self.response.phase == Phase::Asking
            }
            (_, State::Http(Line { exchange: Exchange::Posting { accepted, .. }, .. })) => {
                !accepted
            }
            _ => false,
        }
    }

    /// The server breaks the rules, and would again.
    fn violated(&mut self, source: Source, now: Time) {
        if let (State::Http(_), Source::Socket(_)) = (&self.state, source) {
            return self.stay_on_http(now);
        }
        self.reset(None, false);
        self.leave_http();
        self.abandon(Some(4400), R::default());
        self.end_for_good(Close { code: 4400, reason: R::default(), clean: false });
    }

    fn end_for_good(&mut self, close: Close<R>) {
        if let Status::Open = self.status() {
            self.counters.drops += 1;
        }
        if !close.clean {
            self.emit_error(Cause::Close);
        }
        self.emit(Event::Close(close));
        self.give_up(GaveUp::FinalCode);
    }

    /// The session is gone; the next hello begins another.
    fn reset(&mut self, recv: Option<u64>, returns: bool) {
        let returns = returns || self.config.session.is_some_and(|session| session.returns);
        self.session.reset(recv, returns);
        self.actions.push_back(Action::Renew);
        self.actions.push_back(Action::Reset { exact: recv.is_some() });
    }

    /// Begins another session if this one has been ended.
    pub(super) fn renew_if_over(&mut self) {
        if self.session.is_over {
            self.session.reset(None, true);
            self.session.forget_told();
            self.actions.push_back(Action::Renew);
        }
    }

    /// The application ends the session, if a carrier can tell the server.
    pub(super) fn end_session(&mut self, code: Option<u16>, reason: &R) {
        if self.has_session() && self.status() == Status::Open {
            self.session.is_over = true;
            if let State::Http(_) = self.state {
                let code = code.unwrap_or(close_code::NORMAL);
                self.say_farewell(Some(code), reason.clone());
            }
        }
    }

    fn say_farewell(&mut self, code: Option<u16>, reason: R) {
        self.put_into_flight();
        self.actions.push_back(Action::Farewell { code, reason });
    }

    /// The page goes for good: what it holds is kept for the next, or sent while that is possible.
    pub(super) fn on_leaving(&mut self) {
        let Some(session) = self.config.session else { return };
        // Firefox ends the requests before it says that the page goes, so this may be a new one.
        self.leave_response();
        if session.persists {
            self.actions.push_back(Action::Save);
        } else if let State::Http(_) = self.state {
            self.say_farewell(None, R::default());
        }
    }
}
