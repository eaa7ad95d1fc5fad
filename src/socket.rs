//! The Rust API: a [`Stream`] of events and a [`Sink`] of messages.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::{Rc, Weak};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

use crate::browser::{Driver, Host, JsReason, NativeSocket, Transport};
use crate::connection::{
    self, AttemptId, Backoff, Cause, Close, Config, DropCause, Flush, Full, GaveUp, Input, Jitter,
    Overflow, Status, Verdict,
};

/// A WebSocket that stays connected.
///
/// It works by itself, whether it is polled or not: polling only fetches what happened. Dropping it
/// closes the connection.
///
/// As a [`Stream`] it yields every [`Event`], and ends after the [`Event::Close`] that follows
/// [`Socket::close`], or after [`Event::Failed`]. As a [`Sink`] it takes messages at any time: what
/// cannot be sent now waits. `futures_util::StreamExt::split` makes two halves of it.
///
/// A message is delivered at most once: what an open connection had taken when it broke may be
/// lost.
pub struct Socket {
    driver: Rc<Driver<SocketHost>>,
    shared: Rc<Shared>,
}

/// A message of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The connection is open.
    Open,
    /// A message arrived.
    Message(Message),
    /// Something failed; an [`Event::Close`] follows.
    Error(Cause),
    /// The connection, or an attempt at it, has ended.
    Close(Close),
    /// Another attempt follows.
    Reconnecting {
        /// Its number since the last success, from 1.
        attempt: u32,
        /// How long it waits.
        delay: Duration,
        /// Why it is needed.
        cause: Cause,
    },
    /// No further attempt follows until [`Socket::reconnect`].
    Failed(GaveUp),
    /// Waiting messages were dropped.
    Dropped {
        /// How many.
        count: u32,
        /// Why.
        cause: DropCause,
    },
}

/// What became of a message that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// An open connection has it.
    Now,
    /// It waits for one.
    Waiting,
}

/// A message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// Too much waits already, and the policy is [`Overflow::Refuse`].
    Full,
}

/// An argument of [`Socket::close_with`] that no WebSocket accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// The code must be 1000, or between 3000 and 4999.
    Code,
    /// The reason must not be longer than 123 bytes.
    Reason,
}

/// Figures since the socket was made. The names are those of the JavaScript API.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts started.
    pub attempts: u32,
    /// Attempts that opened.
    pub opens: u32,
    /// Open connections lost.
    pub drops: u32,
    /// Messages handed to an open connection.
    pub messages_sent: u64,
    /// Messages received.
    pub messages_received: u64,
    /// Messages that wait.
    pub queued: usize,
    /// Bytes that wait.
    pub queued_bytes: usize,
    /// Waiting messages dropped.
    pub dropped: u32,
    /// The delay before the last retry.
    pub last_delay: Option<Duration>,
    /// The last round trip that the heartbeat measured.
    pub round_trip_time: Option<Duration>,
}

impl Socket {
    /// Connects, and goes on connecting.
    ///
    /// A fixed URL that the platform refuses ends in [`Event::Failed`] with
    /// [`GaveUp::Impossible`]; an attempt whose provider fails is an attempt that failed.
    pub fn connect(url: impl Into<Url>, options: Options) -> Self {
        let shared = Rc::new(Shared::default());
        let config = Config {
            heartbeat: options.heartbeat.as_ref().map(Heartbeat::deadlines),
            judged: options.judge.is_some(),
            ..options.config
        };
        let host = SocketHost {
            url: url.into(),
            protocols: options.protocols,
            heartbeat: options.heartbeat,
            judge: options.judge,
            resolved: RefCell::default(),
            shared: shared.clone(),
        };
        let driver = Driver::new(host, config);
        shared.driver.replace(Rc::downgrade(&driver));
        driver.tell(Input::Start);
        Self { driver, shared }
    }

    /// Sends a message, or lets it wait for an open connection.
    pub fn send(&self, message: impl Into<Message>) -> Result<Sent, SendError> {
        let message = message.into();
        if let Some(socket) = self.driver.open_socket()
            && self.shared.hand_over(&socket, &message.to_js())
        {
            return Ok(Sent::Now);
        }
        self.driver.enqueue(message.to_js(), message.len())?;
        Ok(Sent::Waiting)
    }

    /// Closes with code 1000, and waits until that is done.
    pub async fn close(&self) -> Close {
        self.finish(Some(connection::close_code::NORMAL), JsReason::default()).await
    }

    /// Closes with a code and a reason of the application's, and waits until that is done.
    pub async fn close_with(&self, code: u16, reason: &str) -> Result<Close, CloseError> {
        if code != connection::close_code::NORMAL && !(3000..=4999).contains(&code) {
            return Err(CloseError::Code);
        }
        if reason.len() > 123 {
            return Err(CloseError::Reason);
        }
        Ok(self.finish(Some(code), reason.into()).await)
    }

    /// Connects anew at once, whatever the state. An open connection is closed with code 1000.
    pub fn reconnect(&self) {
        self.driver.tell(Input::Reconnect { code: None, reason: JsReason::default() });
    }

    /// Where the socket stands.
    pub fn status(&self) -> Status {
        self.driver.with(|connection| connection.status())
    }

    /// Figures since the socket was made.
    pub fn stats(&self) -> Stats {
        self.driver.with(|connection| {
            let counters = connection.counters();
            Stats {
                attempts: counters.attempts,
                opens: counters.opens,
                drops: counters.drops,
                messages_sent: self.shared.sent.get(),
                messages_received: self.shared.received.get(),
                queued: connection.queued(),
                queued_bytes: connection.queued_bytes(),
                dropped: counters.dropped,
                last_delay: counters.last_delay.map(from_millis),
                round_trip_time: counters.round_trip.map(from_millis),
            }
        })
    }

    /// Takes back what still waits, oldest first.
    pub fn drain_queued_messages(&self) -> Vec<Message> {
        core::iter::from_fn(|| self.driver.take_queued())
            .filter_map(|message| Message::from_js(&message))
            .collect()
    }

    async fn finish(&self, code: Option<u16>, reason: JsReason) -> Close {
        self.driver.tell(Input::Close { code, reason });
        poll_fn(|context| match self.status() {
            Status::Closed => Poll::Ready(()),
            _ => {
                self.shared.closer.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await;
        self.shared.last_close.borrow().clone()
    }
}

impl Stream for Socket {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(event) = self.shared.events.borrow_mut().pop_front() {
            return Poll::Ready(Some(event));
        }
        if matches!(self.status(), Status::Closed | Status::Failed) {
            return Poll::Ready(None);
        }
        self.shared.reader.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

/// Always ready: a message that cannot be sent now waits, within the limits of [`Options`].
impl Sink<Message> for Socket {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        self.send(message).map(drop)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        core::pin::pin!(self.close()).poll(context).map(|_| Ok(()))
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// Where to connect to.
pub struct Url(Provider<String>);

impl Url {
    /// Asks anew for each attempt. What fails, or takes longer than the connection timeout, is an
    /// attempt that failed.
    pub fn provider<F, R>(provide: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<String, ProviderError>> + 'static,
    {
        Self(Provider::Function(Box::new(move || Box::pin(provide()))))
    }
}

impl From<&str> for Url {
    fn from(url: &str) -> Self {
        Self(Provider::Fixed(url.to_string()))
    }
}

impl From<String> for Url {
    fn from(url: String) -> Self {
        Self(Provider::Fixed(url))
    }
}

/// A provider has no answer this time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProviderError;

enum Provider<T> {
    Fixed(T),
    Function(Box<dyn Fn() -> Answer<T>>),
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>>>>;

/// How the socket behaves. The names and defaults are those of the JavaScript API.
#[derive(Default)]
pub struct Options {
    config: Config,
    protocols: Vec<String>,
    heartbeat: Option<Heartbeat>,
    judge: Option<Judge>,
}

type Judge = Box<dyn Fn(&Close, u32) -> Verdict>;

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The subprotocols to offer. Default: none.
    pub fn protocols<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// How long an attempt may take, from asking the provider until the handshake is done.
    /// Default: 10 s.
    pub fn connection_timeout(mut self, timeout: Duration) -> Self {
        self.config.connection_timeout = in_millis(timeout);
        self
    }

    /// How many attempts may follow a failed one before [`Event::Failed`]. Default: unlimited.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.config.max_retries = retries;
        self
    }

    /// The delay that backoff starts from, and the longest. Default: 500 ms and 30 s.
    pub fn reconnection_delay(mut self, min: Duration, max: Duration) -> Self {
        let backoff = self.config.backoff;
        self.config.backoff = Backoff { min: in_millis(min), max: in_millis(max), ..backoff };
        self
    }

    /// By how much each further attempt multiplies the delay. Default: 2.
    pub fn reconnection_delay_grow_factor(mut self, factor: f64) -> Self {
        self.config.backoff.factor = factor;
        self
    }

    /// How the delay is spread. Default: [`Jitter::Full`].
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.config.backoff.jitter = jitter;
        self
    }

    /// How long a connection on which no message arrived must last to count as a success.
    /// Default: 5 s.
    pub fn min_uptime(mut self, uptime: Duration) -> Self {
        self.config.min_uptime = in_millis(uptime);
        self
    }

    /// Decides about each retry in place of the table of close codes; the number is the retry's,
    /// from 1. Default: [`Verdict::ByCode`].
    pub fn should_reconnect(mut self, judge: impl Fn(&Close, u32) -> Verdict + 'static) -> Self {
        self.judge = Some(Box::new(judge));
        self
    }

    /// How many messages and bytes may wait. Default: unlimited, 8 MiB.
    pub fn max_enqueued(mut self, messages: usize, bytes: usize) -> Self {
        self.config.limits.messages = messages;
        self.config.limits.bytes = bytes;
        self
    }

    /// How long a message may wait. Default: for ever.
    pub fn message_ttl(mut self, ttl: Duration) -> Self {
        self.config.limits.time_to_live = in_millis(ttl);
        self
    }

    /// What happens to a message too many. Default: [`Overflow::DropNewest`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.config.limits.overflow = overflow;
        self
    }

    /// When what waits is sent. Default: [`Flush::BeforeOpen`].
    pub fn flush(mut self, flush: Flush) -> Self {
        self.config.flush = flush;
        self
    }

    /// Checks liveness. Default: off.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }
}

/// How liveness is checked: a ping every interval, and anything heard in time is life.
pub struct Heartbeat {
    message: Message,
    deadlines: connection::Heartbeat,
    is_reply: Option<IsReply>,
}

type IsReply = Box<dyn Fn(&Message) -> bool>;

impl Heartbeat {
    /// Sends `message` every 25 s, and waits 10 s for anything to arrive.
    pub fn new(message: impl Into<Message>) -> Self {
        let deadlines = connection::Heartbeat::default();
        Self { message: message.into(), deadlines, is_reply: None }
    }

    /// The time between two pings.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.deadlines.interval = in_millis(interval);
        self
    }

    /// How long after a ping silence means that the line is dead.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.deadlines.timeout = in_millis(timeout);
        self
    }

    /// Tells the reply from other messages, so that the round-trip time can be measured.
    pub fn is_reply(mut self, is_reply: impl Fn(&Message) -> bool + 'static) -> Self {
        self.is_reply = Some(Box::new(is_reply));
        self
    }

    fn deadlines(&self) -> connection::Heartbeat {
        self.deadlines
    }
}

/// What the driver needs from the application.
struct SocketHost {
    url: Url,
    protocols: Vec<String>,
    heartbeat: Option<Heartbeat>,
    judge: Option<Judge>,
    /// The URL of the present attempt.
    resolved: RefCell<String>,
    shared: Rc<Shared>,
}

/// What the socket, its host and the listeners share.
#[derive(Default)]
struct Shared {
    driver: RefCell<Weak<Driver<SocketHost>>>,
    events: RefCell<VecDeque<Event>>,
    reader: RefCell<Option<Waker>>,
    closer: RefCell<Option<Waker>>,
    last_close: RefCell<Close>,
    sent: Cell<u64>,
    received: Cell<u64>,
    /// The attempt whose messages count.
    attempt: Cell<AttemptId>,
    /// A ping is out that no reply was matched to.
    awaits_reply: Cell<bool>,
}

impl Host for SocketHost {
    fn resolve(&self, attempt: AttemptId) {
        let shared = self.shared.clone();
        match &self.url.0 {
            Provider::Fixed(url) => {
                self.resolved.replace(url.clone());
                shared.tell(Input::Resolved(attempt));
            }
            Provider::Function(provide) => {
                let answer = provide();
                wasm_bindgen_futures::spawn_local(async move {
                    let answer = answer.await;
                    let Some(driver) = shared.driver() else { return };
                    driver.tell(match answer {
                        Ok(url) => {
                            driver.host().resolved.replace(url);
                            Input::Resolved(attempt)
                        }
                        Err(ProviderError) => Input::Unusable(attempt),
                    });
                });
            }
        }
    }

    fn connect(&self, attempt: AttemptId) -> Transport {
        let protocols: js_sys::Array = self.protocols.iter().map(JsValue::from).collect();
        match WebSocket::new_with_str_sequence(&self.resolved.borrow(), &protocols) {
            Ok(socket) => {
                socket.set_binary_type(BinaryType::Arraybuffer);
                self.shared.attempt.set(attempt);
                self.listen(attempt, &socket);
                Transport::Made(socket.unchecked_into())
            }
            Err(_) => match &self.url.0 {
                Provider::Fixed(_) => Transport::Impossible,
                Provider::Function(_) => Transport::Refused,
            },
        }
    }

    fn detach(&self, _: AttemptId) {
        self.shared.attempt.set(AttemptId::default());
    }

    fn transmit(&self, socket: &NativeSocket, message: &JsValue) {
        self.shared.hand_over(socket, message);
    }

    fn ping(&self, _: AttemptId) {
        self.shared.awaits_reply.set(true);
        if let Some(heartbeat) = &self.heartbeat
            && let Some(socket) = self.shared.driver().and_then(|driver| driver.open_socket())
        {
            self.shared.hand_over(&socket, &heartbeat.message.to_js());
        }
    }

    fn judge(&self, attempt: AttemptId, close: Close<JsReason>, retry: u32) {
        let close = in_rust(close);
        let verdict = self.judge.as_ref().map_or(Verdict::ByCode, |judge| judge(&close, retry));
        self.shared.tell(Input::Verdict(attempt, verdict));
    }

    fn emit(&self, event: connection::Event<JsReason>) {
        let event = Event::from(event);
        if let Event::Close(close) = &event {
            self.shared.last_close.replace(close.clone());
        }
        self.shared.push(event);
        if let Some(closer) = self.shared.closer.take() {
            closer.wake();
        }
    }
}

impl SocketHost {
    fn listen(&self, attempt: AttemptId, socket: &WebSocket) {
        let shared = Rc::downgrade(&self.shared);
        let listener = Closure::wrap(Box::new(move |event: MessageEvent| {
            if let Some(shared) = shared.upgrade() {
                shared.receive(attempt, &event.data());
            }
        }) as Box<dyn Fn(MessageEvent)>)
        .into_js_value();
        let _ = socket.add_event_listener_with_callback("message", listener.unchecked_ref());
    }

    fn is_reply(&self, message: &Message) -> bool {
        let is_reply = self.heartbeat.as_ref().and_then(|heartbeat| heartbeat.is_reply.as_ref());
        is_reply.is_some_and(|is_reply| is_reply(message))
    }
}

impl Shared {
    fn driver(&self) -> Option<Rc<Driver<SocketHost>>> {
        self.driver.borrow().upgrade()
    }

    fn tell(&self, input: Input<JsReason>) {
        if let Some(driver) = self.driver() {
            driver.tell(input);
        }
    }

    fn push(&self, event: Event) {
        self.events.borrow_mut().push_back(event);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn receive(&self, attempt: AttemptId, data: &JsValue) {
        // The last words of a socket that was let go.
        if self.attempt.get() != attempt {
            return;
        }
        let Some(message) = Message::from_js(data) else { return };
        self.received.set(self.received.get() + 1);
        self.tell(Input::Heard(attempt));
        let is_reply = || self.driver().is_some_and(|driver| driver.host().is_reply(&message));
        if self.awaits_reply.get() && is_reply() {
            self.awaits_reply.set(false);
            self.tell(Input::Replied(attempt));
        }
        self.push(Event::Message(message));
    }

    fn hand_over(&self, socket: &NativeSocket, message: &JsValue) -> bool {
        let socket: &WebSocket = socket.unchecked_ref();
        let sent = match message.dyn_ref::<js_sys::Uint8Array>() {
            Some(bytes) => socket.send_with_js_u8_array(bytes),
            None => socket.send_with_str(&message.as_string().unwrap_or_default()),
        };
        if sent.is_ok() {
            self.sent.set(self.sent.get() + 1);
        }
        sent.is_ok()
    }
}

impl Message {
    fn len(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }

    fn to_js(&self) -> JsValue {
        match self {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
        }
    }

    fn from_js(data: &JsValue) -> Option<Self> {
        if let Some(text) = data.as_string() {
            return Some(Message::Text(text));
        }
        let is_bytes = data.is_instance_of::<js_sys::Uint8Array>()
            || data.is_instance_of::<js_sys::ArrayBuffer>();
        is_bytes.then(|| Message::Binary(js_sys::Uint8Array::new(data).to_vec()))
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Message::Text(text.to_string())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Message::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Message::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Message::Binary(bytes.to_vec())
    }
}

fn in_rust(close: Close<JsReason>) -> Close {
    let reason = close.reason.as_string().unwrap_or_default();
    Close { code: close.code, reason, clean: close.clean }
}

impl From<connection::Event<JsReason>> for Event {
    fn from(event: connection::Event<JsReason>) -> Self {
        match event {
            connection::Event::Open => Event::Open,
            connection::Event::Error(cause) => Event::Error(cause),
            connection::Event::Close(close) => Event::Close(in_rust(close)),
            connection::Event::Reconnecting { attempt, delay, cause } => {
                Event::Reconnecting { attempt, delay: from_millis(delay), cause }
            }
            connection::Event::Failed(cause) => Event::Failed(cause),
            connection::Event::Dropped { count, cause } => Event::Dropped { count, cause },
        }
    }
}

impl From<Full> for SendError {
    fn from(Full: Full) -> Self {
        SendError::Full
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::Full => f.write_str("too many messages are waiting to be sent"),
        }
    }
}

impl core::error::Error for SendError {}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseError::Code => f.write_str("the close code is neither 1000 nor in 3000..=4999"),
            CloseError::Reason => f.write_str("the close reason is longer than 123 bytes"),
        }
    }
}

impl core::error::Error for CloseError {}

fn in_millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn from_millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}
