//! A carrier: a WebSocket, or a POST and its response, from its opening to its end.
//!
//! ```text
//!              hello                    newer carrier, error, x
//!   Silent ─────────────▶ Linked ──────────────────────────────▶ Ending ──▶ Ended
//!      │                 ▲      │            (tells an x)
//!      │  a probe's      └──────┤  answered, flushed, or `wait` over
//!      │  second hello          └──────────────────────────────────────────▶ Ended
//!      └── no hello in time, refused ──▶ Ending
//! ```

use super::frame::{End, Hello, Malformed, Mode};
use super::link::Link;
use super::record::Decoder;
use super::{Config, Millis};

/// Whether a hello is let in, and as whom: the token, and on whose node the session is.
pub(crate) type Gate = Box<dyn Fn(&Hello) -> Result<String, End> + Send>;

pub(crate) enum Kind {
    WebSocket,
    Post,
}

/// What is known of a carrier before its hello.
pub(crate) struct Opening {
    pub(crate) kind: Kind,
    /// The session that the URL names.
    pub(crate) sid: Option<String>,
    /// Where the client is, for the limits.
    pub(crate) address: String,
    pub(crate) gate: Gate,
}

pub(crate) struct Carrier {
    pub(crate) opening: Opening,
    pub(crate) phase: Phase,
    /// Reads the body of a POST, which has had so many bytes, and may have ended.
    pub(crate) decoder: Decoder,
    pub(crate) body: usize,
    pub(crate) is_body_over: bool,
    /// When something came last.
    pub(crate) heard: Millis,
    /// Whether the caller was told to transmit.
    pub(crate) is_woken: bool,
}

pub(crate) enum Phase {
    Silent,
    Linked(Link),
    /// Has this to say as its last word.
    Ending(End),
    /// With a close code, unless nothing is wrong.
    Ended(Option<End>),
}

impl Phase {
    /// At the beginning, and after a probe.
    pub(crate) fn expects_hello(&self) -> bool {
        match self {
            Self::Silent => true,
            Self::Linked(link) => link.mode == Mode::Probe,
            Self::Ending(_) | Self::Ended(_) => false,
        }
    }
}

impl Carrier {
    pub(crate) fn new(opening: Opening, now: Millis) -> Self {
        Self {
            opening,
            phase: Phase::Silent,
            decoder: Decoder::default(),
            body: 0,
            is_body_over: false,
            heard: now,
            is_woken: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ending(_) | Phase::Ended(_))
    }

    /// The largest message that may come now: none before the hello, whose key is its right to
    /// fill memory.
    pub(crate) fn max(&self, config: &Config) -> usize {
        if matches!(self.phase, Phase::Silent) { 0 } else { config.max }
    }

    /// When it has to be looked after next.
    pub(crate) fn deadline(&self, ack_at: Option<Millis>, config: &Config) -> Option<Millis> {
        match &self.phase {
            Phase::Silent => Some(self.heard + config.hello_timeout),
            Phase::Linked(link) => {
                [link.deadline(ack_at), self.dead_at(config)].into_iter().flatten().min()
            }
            Phase::Ending(_) | Phase::Ended(_) => None,
        }
    }

    /// When silence means that nobody is there. A response cannot hear, and ends by its `wait`.
    pub(crate) fn dead_at(&self, config: &Config) -> Option<Millis> {
        let can_hear = match self.opening.kind {
            Kind::WebSocket => true,
            Kind::Post => !self.is_body_over,
        };
        can_hear.then(|| self.heard + config.dead())
    }

    /// Whether the hello fits the carrier.
    pub(crate) fn check(&self, hello: &Hello) -> Result<(), End> {
        let is_random = |text: &str| {
            (22..=128).contains(&text.len())
                && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
        };
        let fits = match self.opening.kind {
            Kind::WebSocket => matches!(hello.mode, Mode::Ws | Mode::Probe),
            Kind::Post => matches!(hello.mode, Mode::Stream | Mode::Poll | Mode::Send),
        };
        let why = if hello.v != 1 {
            "unknown version of the protocol"
        } else if !is_random(&hello.id) || !is_random(&hello.key) {
            "id and key are 128 random bits each, in base64url"
        } else if self.opening.sid.as_ref().is_some_and(|sid| *sid != hello.id) {
            "the URL names another session"
        } else if !fits {
            "not a mode for this kind of carrier"
        } else if hello.mode.attaches() && hello.att.is_none() {
            "an attach has a number"
        } else {
            return Ok(());
        };
        Err(End::malformed(why))
    }

    /// What a frame that cannot be read leads to.
    pub(crate) fn complaint(&self, problem: Malformed) -> End {
        match (problem, &self.opening.kind, &self.phase) {
            (Malformed::Invalid(why), ..) => End::malformed(why),
            (_, _, Phase::Silent) => End::malformed("a short hello comes first"),
            // What a WebSocket itself says to what is too large for it.
            (_, Kind::WebSocket, _) => End::new(1009, "message too big"),
            (_, Kind::Post, _) => End::new(4413, "message too big"),
        }
    }
}

impl Mode {
    /// Whether the downlink moves to this carrier.
    pub(crate) fn attaches(self) -> bool {
        matches!(self, Self::Ws | Self::Stream | Self::Poll)
    }
}
