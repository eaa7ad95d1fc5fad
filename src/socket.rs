//! The Rust API: a [`Stream`] of events and a [`Sink`] of messages.

mod host;
mod message;
mod options;
mod requests;
mod session;

use alloc::collections::VecDeque;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;

use self::host::SocketHost;
use self::options::from_millis;
use crate::browser::{Driver, Host};
use crate::connection::{self, Cause, Close, DropCause, Full, GaveUp, Input, Status, Transport};

pub use self::message::Message;
pub use self::options::{
    Batch, Credentials, Fallback, Heartbeat, Options, ProviderError, Session, Undelivered, Url,
};

/// A WebSocket that stays connected.
///
/// It works by itself, whether it is polled or not: polling only fetches what happened. Dropping it
/// closes the connection, and ends the session.
///
/// As a [`Stream`] it yields every [`Event`], and ends after the [`Event::Close`] that follows
/// [`Socket::close`], or after [`Event::Failed`]; after [`Socket::reconnect`] it goes on. As a [`Sink`]
/// it takes messages at any time: what cannot be sent now waits. `futures_util::StreamExt::split` makes
/// two halves of it. A reference is a `Stream` and a `Sink` as well, so the halves of `&socket` leave
/// the socket's own methods to whoever has it.
///
/// Events that nobody fetches are kept. One task at a time is woken for them, that which polled last.
///
/// A message is delivered at most once: what an open connection had taken when it broke may be
/// lost. In a session ([`Options::session`]) each message is delivered exactly once, both ways, as
/// long as the server keeps the session.
pub struct Socket {
    driver: Rc<Driver<SocketHost>>,
    shared: Rc<Shared>,
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
    /// A request of the fallback failed. Its messages go on waiting unless [`Event::Dropped`] follows.
    RequestFailed(FallbackError),
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
    /// Messages go another way than before.
    TransportChange {
        /// The new way.
        to: Transport,
        /// Why.
        cause: Cause,
    },
    /// Messages were dropped, or may have been.
    Dropped {
        /// How many.
        count: u32,
        /// Why.
        cause: DropCause,
    },
    /// The server has lost the session, or somebody else has it, and a new one begins. These messages
    /// were sent and not acknowledged. What the server had sent and was on its way is lost, too, and
    /// only the server knows what that was.
    Reset {
        /// They have arrived after all.
        delivered: Vec<Message>,
        /// They have not. Unless the session is to [`Return`](Undelivered::Return) them, they are
        /// sent again now, before all others.
        undelivered: Vec<Message>,
        /// False: the server could not say. Then all are in `undelivered`, though some may have
        /// arrived.
        exact: bool,
    },
}

/// What went wrong with a request of the fallback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FallbackError {
    /// There was no answer, or none that may be read here: the server cannot be reached, or its CORS
    /// headers do not allow this page.
    Network,
    /// There was no answer in time.
    Timeout,
    /// The answer's HTTP status says so.
    Status(u16),
    /// The answer was a redirect, which could lead a message anywhere.
    Redirect,
    /// The answer was a web page, as captive portals send them.
    Type,
    /// The answer was cut short.
    Body,
    /// There was no URL, header or token for it.
    Provider,
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
    /// Too much waits already, and the policy is [`Overflow::Refuse`](connection::Overflow::Refuse).
    Full,
    /// The server of the session takes no message so large.
    TooLarge {
        /// The message's size in bytes.
        size: usize,
        /// The largest that the server takes.
        max: usize,
    },
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
    /// Bytes that wait; in a session all that is not acknowledged.
    pub queued_bytes: usize,
    /// Messages told by [`Event::Dropped`].
    pub dropped: u32,
    /// Messages of a session sent again after a change of connection.
    pub replayed: u32,
    /// Messages of a session that arrived twice and were told once.
    pub duplicates: u32,
    /// Changes between WebSocket and HTTP.
    pub transport_switches: u32,
    /// The delay before the last retry.
    pub last_delay: Option<Duration>,
    /// The last round trip, of a heartbeat or over HTTP of a request.
    pub round_trip_time: Option<Duration>,
}

impl Socket {
    /// Connects, and goes on connecting.
    ///
    /// A fixed URL that the platform refuses ends in [`Event::Failed`] with
    /// [`GaveUp::Impossible`]; an attempt whose provider fails is an attempt that failed.
    pub fn connect(url: impl Into<Url>, options: Options) -> Self {
        let shared = Rc::new(Shared::default());
        let (host, config) = SocketHost::new(url.into(), options, shared.clone());
        let driver = Rc::new(Driver::new(host, config));
        shared.driver.replace(Rc::downgrade(&driver));
        let socket = Self { driver, shared };
        for message in socket.driver.host().restored() {
            // There is room for what had room on the page before.
            let _ = socket.send(message);
        }
        socket.driver.tell(Input::Start);
        socket
    }

    /// Sends a message, or lets it wait for an open connection; over HTTP, for its turn.
    ///
    /// [`SendError::Full`] only with [`Overflow::Refuse`](connection::Overflow::Refuse): otherwise
    /// [`Event::Dropped`] tells of a message too many. [`SendError::TooLarge`] only in a session.
    pub fn send(&self, message: impl Into<Message>) -> Result<Sent, SendError> {
        let message = message.into();
        let host = self.driver.host();
        // What gets a number, or shares a request, goes through the connection.
        let is_direct = |transport| transport == Transport::WebSocket && !host.has_session();
        if self.transport().is_some_and(is_direct) && host.can_send() {
            host.transmit(&message);
            return Ok(Sent::Now);
        }
        let weight = host.weigh(&message);
        let (size, max) = (weight.bytes, self.driver.with(|connection| connection.largest()));
        if size > max {
            return Err(SendError::TooLarge { size, max });
        }
        self.driver.enqueue(message, weight)?;
        let is_carried = self.transport().is_some_and(|transport| !is_direct(transport));
        Ok(if is_carried && self.stats().queued == 0 { Sent::Now } else { Sent::Waiting })
    }

    /// Closes with code 1000, and waits until that is done, at most 15 s. A session is over for the
    /// server as well. What still waits then can be taken back: [`Socket::drain_queued_messages`].
    pub async fn close(&self) -> Close {
        self.finish(Some(connection::close_code::NORMAL), String::new()).await
    }

    /// Closes with a code and a reason of the application's, and waits until that is done: 1000, or
    /// 3000 to 4999, and at most 123 bytes. Anything else is an error, and closes nothing.
    pub async fn close_with(&self, code: u16, reason: &str) -> Result<Close, CloseError> {
        if code != connection::close_code::NORMAL && !(3000..=4999).contains(&code) {
            return Err(CloseError::Code);
        }
        if reason.len() > 123 {
            return Err(CloseError::Reason);
        }
        Ok(self.finish(Some(code), reason.into()).await)
    }

    /// Connects anew at once, whatever the state. An open connection is closed with code 1000; a
    /// session goes on, unless it was closed.
    pub fn reconnect(&self) {
        self.driver.tell(Input::Reconnect { code: None, reason: String::new() });
    }

    /// Where the socket stands.
    pub fn status(&self) -> Status {
        self.driver.with(|connection| connection.status())
    }

    /// What carries messages now.
    pub fn transport(&self) -> Option<Transport> {
        self.driver.with(|connection| connection.transport())
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
                replayed: counters.replayed,
                duplicates: counters.duplicates,
                transport_switches: counters.transport_switches,
                last_delay: counters.last_delay.map(from_millis),
                round_trip_time: counters.round_trip.map(from_millis),
            }
        })
    }

    /// Takes back what still waits, oldest first.
    pub fn drain_queued_messages(&self) -> Vec<Message> {
        core::iter::from_fn(|| self.driver.take_queued()).collect()
    }

    async fn finish(&self, code: Option<u16>, reason: String) -> Close {
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
        Pin::new(&mut &*self).poll_next(context)
    }
}

impl Stream for &Socket {
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
        Pin::new(&mut &*self).poll_close(context)
    }
}

/// As for the socket itself.
impl Sink<Message> for &Socket {
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

impl Drop for Socket {
    fn drop(&mut self) {
        self.driver.tell(Input::Close { code: None, reason: String::new() });
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// What the socket, its host and their listeners share.
#[derive(Default)]
struct Shared {
    driver: RefCell<Weak<Driver<SocketHost>>>,
    events: RefCell<VecDeque<Event>>,
    reader: RefCell<Option<Waker>>,
    closer: RefCell<Option<Waker>>,
    last_close: RefCell<Close>,
    sent: Cell<u64>,
    received: Cell<u64>,
}

impl Shared {
    fn driver(&self) -> Option<Rc<Driver<SocketHost>>> {
        self.driver.borrow().upgrade()
    }

    fn tell(&self, input: Input) {
        if let Some(driver) = self.driver() {
            driver.tell(input);
        }
    }

    fn push(&self, event: Event) {
        if let Event::Close(close) = &event {
            self.last_close.replace(close.clone());
        }
        self.events.borrow_mut().push_back(event);
        for waker in [self.reader.take(), self.closer.take()].into_iter().flatten() {
            waker.wake();
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
            SendError::Full => Full.fmt(f),
            SendError::TooLarge { size, max } => {
                write!(f, "the message has {size} bytes, and the server takes at most {max}")
            }
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

impl fmt::Display for FallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FallbackError::Network => {
                f.write_str("no answer, or none that may be read here (CORS)")
            }
            FallbackError::Timeout => f.write_str("no answer in time"),
            FallbackError::Status(status) => write!(f, "the server answered {status}"),
            FallbackError::Redirect => f.write_str("the server redirects"),
            FallbackError::Type => f.write_str("the answer was a web page"),
            FallbackError::Body => f.write_str("the answer was cut short"),
            FallbackError::Provider => f.write_str("no URL, header or token for the request"),
        }
    }
}

impl core::error::Error for FallbackError {}
