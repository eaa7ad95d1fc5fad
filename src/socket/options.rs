//! How a socket behaves.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::future::{Future, ready};
use core::pin::Pin;
use core::time::Duration;

use super::message::Message;
use crate::connection::{self, Backoff, Close, Config, Flush, Jitter, Overflow, Verdict};
use crate::session;

/// Where to connect to: a text, or a function that finds it.
#[derive(Clone, Debug)]
pub struct Url(pub(super) Provider<String>);

impl Url {
    /// Asks anew for each attempt. What fails, or takes longer than the connection timeout, is an
    /// attempt that failed.
    pub fn provider<F, R>(provide: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<String, ProviderError>> + 'static,
    {
        Self(Provider::Function(Rc::new(move || Box::pin(provide()))))
    }
}

impl From<&str> for Url {
    fn from(url: &str) -> Self {
        Self(Provider::Fixed(url.to_string()))
    }
}

impl From<&String> for Url {
    fn from(url: &String) -> Self {
        Self(Provider::Fixed(url.clone()))
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

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer this time")
    }
}

impl core::error::Error for ProviderError {}

#[derive(Clone)]
pub(super) enum Provider<T> {
    Fixed(T),
    Function(Rc<dyn Fn() -> Answer<T>>),
}

impl<T: fmt::Debug> fmt::Debug for Provider<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Provider::Fixed(answer) => answer.fmt(f),
            Provider::Function(_) => f.write_str("a function"),
        }
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>>>>;

impl<T: Clone + 'static> Provider<T> {
    pub(super) fn ask(&self) -> Answer<T> {
        match self {
            Provider::Fixed(answer) => Box::pin(ready(Ok(answer.clone()))),
            Provider::Function(provide) => provide(),
        }
    }
}

/// How the socket behaves. The names and defaults are those of the JavaScript API.
///
/// A clone shares the functions that were given.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options {
    pub(super) config: Config,
    /// As it was asked for, whatever is asked for after it.
    jitter: Option<Jitter>,
    pub(super) protocols: Vec<String>,
    pub(super) heartbeat: Option<Heartbeat>,
    pub(super) fallback: Option<Fallback>,
    pub(super) session: Option<Session>,
    pub(super) judge: Option<Judge>,
}

/// Of the application.
#[derive(Clone)]
pub(super) struct Judge(pub(super) Rc<Judgement>);

type Judgement = dyn Fn(&Close, u32) -> Verdict;

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function")
    }
}

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

    /// How many attempts may follow a failed one before [`Event::Failed`](super::Event::Failed).
    /// Default: unlimited.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.config.max_retries = retries;
        self
    }

    /// The delay that backoff starts from, and the longest. Default: 500 ms and 30 s. With delays of
    /// one's own the default of [`jitter`](Self::jitter) is [`Jitter::Full`].
    pub fn reconnection_delay(mut self, min: Duration, max: Duration) -> Self {
        let Backoff { factor, .. } = self.config.backoff;
        let jitter = self.jitter.unwrap_or(Jitter::Full);
        self.config.backoff = Backoff { min: in_millis(min), max: in_millis(max), factor, jitter };
        self
    }

    /// By how much each further attempt multiplies the delay. Default: 2. With one's own the default
    /// of [`jitter`](Self::jitter) is [`Jitter::Full`].
    pub fn reconnection_delay_grow_factor(mut self, factor: f64) -> Self {
        let jitter = self.jitter.unwrap_or(Jitter::Full);
        self.config.backoff = Backoff { factor, jitter, ..self.config.backoff };
        self
    }

    /// How the delay is spread. Default: [`Jitter::Spread`].
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = Some(jitter);
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
        self.judge = Some(Judge(Rc::new(judge)));
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

    /// Goes on over HTTP where WebSockets do not get through, and comes back. What waits is sent in
    /// any case then, also with [`Flush::Manual`]. Default: off.
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// Delivers each message exactly once, in order, over WebSocket and HTTP alike. The subprotocols
    /// are offered in the session. Of the heartbeat only the times are used; of the fallback only its
    /// URL, headers, credentials and [`Fallback::retry_websocket`], and HTTP is used without it, too.
    /// What waits is sent in any case, also with [`Flush::Manual`]. Default: off.
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }
}

/// How liveness is checked: a ping every interval, and anything heard in time is life.
#[derive(Clone)]
#[must_use]
pub struct Heartbeat {
    pub(super) message: Message,
    deadlines: connection::Heartbeat,
    pub(super) is_reply: Option<IsReply>,
}

type IsReply = Rc<dyn Fn(&Message) -> bool>;

impl Heartbeat {
    /// Sends `message` every 25 s, and waits 10 s for anything to arrive.
    pub fn new(message: impl Into<Message>) -> Self {
        let deadlines = connection::Heartbeat::default();
        Self { message: message.into(), deadlines, is_reply: None }
    }

    /// The time between two pings. Default: 25 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.deadlines.interval = in_millis(interval);
        self
    }

    /// How long after a ping silence means that the line is dead. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.deadlines.timeout = in_millis(timeout);
        self
    }

    /// Tells the reply from other messages, so that the round-trip time can be measured
    /// ([`Stats::round_trip_time`](super::Stats::round_trip_time)). Default: it is not.
    pub fn is_reply(mut self, is_reply: impl Fn(&Message) -> bool + 'static) -> Self {
        self.is_reply = Some(Rc::new(is_reply));
        self
    }

    pub(super) fn deadlines(&self) -> connection::Heartbeat {
        self.deadlines
    }
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection::Heartbeat { interval, timeout } = self.deadlines;
        f.debug_struct("Heartbeat")
            .field("message", &self.message)
            .field("interval", &from_millis(interval))
            .field("timeout", &from_millis(timeout))
            .finish_non_exhaustive()
    }
}

/// How messages go on over plain HTTP where WebSockets do not get through: one POST after the other,
/// while attempts to go back to WebSocket go on in the background.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fallback {
    pub(super) core: connection::Fallback,
    pub(super) url: Option<Url>,
    pub(super) headers: Provider<Vec<(String, String)>>,
    pub(super) batch: Batch,
    pub(super) credentials: Option<Credentials>,
}

/// What shares a request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batch {
    /// Nothing.
    #[default]
    None,
    /// Texts without a line break, one a line.
    Ndjson,
    /// Binary messages, one after the other.
    Concat,
}

/// Which requests carry cookies and the like (Fetch standard, "credentials mode").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// None.
    Omit,
    /// Those to the page's own origin, as by default.
    SameOrigin,
    /// All.
    Include,
}

impl Default for Fallback {
    fn default() -> Self {
        Self {
            core: connection::Fallback::default(),
            url: None,
            headers: Provider::Fixed(Vec::new()),
            batch: Batch::None,
            credentials: None,
        }
    }
}

impl Fallback {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to POST to. From a `wss:` socket nothing is posted to an `http:` URL. Default: the
    /// socket's URL with `http` for `ws`.
    pub fn url(mut self, url: impl Into<Url>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// How many attempts at a WebSocket in a row must have failed, timed out, or ended without a
    /// message from the server. With 0, HTTP comes first. Default: 3.
    pub fn after(mut self, attempts: u32) -> Self {
        self.core.after = attempts;
        self
    }

    /// What shares a request's body. Default: [`Batch::None`].
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

    /// How long after a request an empty one asks for messages. Default: never.
    pub fn poll(mut self, interval: Duration) -> Self {
        self.core.poll = in_millis(interval);
        self
    }

    /// Finds the headers to add to each request. With headers, a browser asks a server of another
    /// origin for permission first (a CORS preflight). Default: none.
    pub fn headers<F, R>(mut self, provide: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<Vec<(String, String)>, ProviderError>> + 'static,
    {
        self.headers = Provider::Function(Rc::new(move || Box::pin(provide())));
        self
    }

    /// Which requests carry cookies. Default: [`Credentials::SameOrigin`].
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Says that the server acts once on requests with the same `Idempotency-Key`: a request whose
    /// answer was lost is sent again then. Default: it is not, and its messages are told by
    /// [`Event::Dropped`](super::Event::Dropped).
    pub fn idempotent(mut self) -> Self {
        self.core.idempotent = true;
        self
    }

    /// How long to wait before WebSocket is tried again, the first time; each further time is three
    /// times later, up to five minutes. `None`: never. Default: 5 s.
    pub fn retry_websocket(mut self, first: Option<Duration>) -> Self {
        self.core.retry_websocket = first.map_or(f64::INFINITY, in_millis);
        self
    }
}

/// How a session is kept: each message arrives exactly once and in order, whatever happens to the
/// connection below. The server must speak `resume.v1`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Session {
    pub(super) core: session::Config,
    pub(super) token: Option<Provider<String>>,
}

/// What happens to the messages that did not arrive in a session that was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Undelivered {
    /// They are sent in the next session, before all others.
    #[default]
    Resend,
    /// They are only returned, by [`Event::Reset`](super::Event::Reset).
    Return,
}

impl Session {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What happens to the messages that did not arrive in a session that was lost. Default:
    /// [`Undelivered::Resend`].
    pub fn on_undelivered(mut self, undelivered: Undelivered) -> Self {
        self.core.returns = undelivered == Undelivered::Return;
        self
    }

    /// Tells the server who this is, without being seen in a URL. It is asked anew for each
    /// connection and for each request. Default: none.
    pub fn token<F, R>(mut self, provide: F) -> Self
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Result<String, ProviderError>> + 'static,
    {
        self.token = Some(Provider::Function(Rc::new(move || Box::pin(provide()))));
        self
    }

    /// How many bytes may be on their way, that is sent and not acknowledged; the server may want
    /// less. Further messages wait. Default: 1 MiB.
    pub fn window(mut self, bytes: usize) -> Self {
        self.core.window = bytes;
        self
    }

    /// How long the response to a request may stay open, at most 5 minutes. Default: 45 s.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.core.wait = in_millis(wait).min(LONGEST_WAIT).ceil();
        self
    }

    /// Whether it survives a reload of the page, in `sessionStorage`: the messages that were not
    /// acknowledged go on being sent. Not with a URL that a provider finds. Default: no.
    pub fn persist(mut self, persist: bool) -> Self {
        self.core.persists = persist;
        self
    }
}

/// The longest that a server waits, in ms.
const LONGEST_WAIT: f64 = 300_000.0;

pub(super) fn in_millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

pub(super) fn from_millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}
