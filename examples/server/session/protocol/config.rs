//! What bounds a server: everything that a client could make grow has a limit here.

/// Milliseconds, of a span or since an origin that only the caller knows.
pub(crate) type Millis = u64;

const SECOND: Millis = 1000;
const HOUR: Millis = 3600 * SECOND;

#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Between two heartbeats.
    pub(crate) hb: Millis,
    /// How long a session lives without a carrier.
    pub(crate) ttl: Millis,
    /// Bytes sent and not acknowledged, and bytes that wait behind them.
    pub(crate) win: usize,
    pub(crate) outbox: usize,
    /// The largest message.
    pub(crate) max: usize,
    /// The longest POST body.
    pub(crate) max_body: usize,
    /// Acknowledge at so many bytes, or so long after the first message.
    pub(crate) ack_bytes: usize,
    pub(crate) ack_delay: Millis,
    /// How long a carrier may take to say hello.
    pub(crate) hello_timeout: Millis,
    /// How long a response stays open, and at most, if the client wishes otherwise.
    pub(crate) wait: Millis,
    pub(crate) max_wait: Millis,
    /// What remains of a session that is gone.
    pub(crate) tombstone_ttl: Millis,
    pub(crate) max_tombstones: usize,
    pub(crate) max_sessions: usize,
    pub(crate) max_per_address: usize,
    pub(crate) max_per_principal: usize,
    /// Attaches of one session.
    pub(crate) attaches: Rate,
    /// New sessions, and wrong keys, from one address.
    pub(crate) hellos: Rate,
    /// Where later attaches should go, if not to the address of the first.
    pub(crate) url: Option<String>,
}

/// So many at once, and so many a second in the long run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: f64,
    pub(crate) per_second: f64,
}

impl Config {
    /// Silence for so long means that nobody is there.
    pub(crate) fn dead(&self) -> Millis {
        self.hb * 5 / 2
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hb: 20 * SECOND,
            ttl: 120 * SECOND,
            win: 1 << 20,
            outbox: 4 << 20,
            max: 1 << 20,
            max_body: 8 << 20,
            ack_bytes: 64 << 10,
            ack_delay: SECOND,
            hello_timeout: 5 * SECOND,
            wait: 45 * SECOND,
            max_wait: 300 * SECOND,
            tombstone_ttl: 4 * HOUR,
            max_tombstones: 100_000,
            max_sessions: 10_000,
            max_per_address: 2000,
            max_per_principal: 2000,
            attaches: Rate { burst: 100.0, per_second: 10.0 },
            hellos: Rate { burst: 1000.0, per_second: 100.0 },
            url: None,
        }
    }
}
