//! How a session behaves.

/// How a session behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The most bytes that have numbers and are not acknowledged. The server may allow less.
    pub window: usize,
    /// How long a response may stay open, in ms.
    pub wait: f64,
    /// What was not delivered when a session ended is handed back, and not sent in the next one.
    pub returns: bool,
    /// Whether a later page goes on with it.
    pub persists: bool,
    /// What an earlier page left.
    pub resume: Option<Resume>,
}

impl Default for Config {
    fn default() -> Self {
        Self { window: 1 << 20, wait: 45_000.0, returns: false, persists: false, resume: None }
    }
}

/// What it takes to go on with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The last message that arrived.
    pub recv: u64,
    /// The last message that the server acknowledged.
    pub acked: u64,
    /// Attaches so far.
    pub attaches: u32,
    /// How many messages have numbers above `acked`.
    pub numbered: u32,
    /// The server never welcomed it.
    pub is_new: bool,
}

impl Default for Resume {
    fn default() -> Self {
        Self { recv: 0, acked: 0, attaches: 0, numbered: 0, is_new: true }
    }
}
