//! How a connection behaves.

use super::backoff::Backoff;
use super::heartbeat::Heartbeat;
use super::outbox::Limits;
use super::time::Millis;
use super::transport::Fallback;
use crate::session;

/// How the connection behaves. The defaults are the documented ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How long an attempt may take, from asking for the URL until the handshake is done.
    pub connection_timeout: Millis,
    /// How many attempts may follow a failed one before the connection has failed.
    pub max_retries: u32,
    /// The delay before each of them.
    pub backoff: Backoff,
    /// How long a connection without a message must last to count as a success.
    pub min_uptime: Millis,
    /// What may wait while nothing is open.
    pub limits: Limits,
    /// When that is sent.
    pub flush: Flush,
    /// Whether and how liveness is checked.
    pub heartbeat: Option<Heartbeat>,
    /// Whether HTTP takes over where WebSockets do not get through, and how.
    pub fallback: Option<Fallback>,
    /// Whether messages belong to a session, which outlives connections. It needs `fallback`, of which
    /// only the way back is used.
    pub session: Option<session::Config>,
    /// Whether the application decides about each retry ([`Action::Judge`](super::Action::Judge)).
    pub judged: bool,
    /// What the jitter grows from. Clients with equal seeds would return together.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connection_timeout: 10_000.0,
            max_retries: u32::MAX,
            backoff: Backoff::default(),
            min_uptime: 5000.0,
            limits: Limits::default(),
            flush: Flush::BeforeOpen,
            heartbeat: None,
            fallback: None,
            session: None,
            judged: false,
            seed: 0,
        }
    }
}

/// When waiting messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flush {
    /// Before the application hears of the open connection: they come before whatever it sends
    /// then.
    BeforeOpen,
    /// After it has: a greeting sent at once goes first.
    AfterOpen,
    /// Never by itself; the application takes them back and decides.
    Manual,
}
