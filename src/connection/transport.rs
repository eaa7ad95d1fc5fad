//! Which transport next: WebSocket, HTTP, and the way back.

use super::action::Cause;
use super::backoff::{Random, SHORTEST_DELAY};
use super::time::{Millis, Time};

/// A WebSocket that ends sooner has not shown that it works.
const YOUNG: Millis = 30_000.0;

/// Each further attempt to go back to WebSocket comes that much later, up to [`LONGEST_REST`].
const GROWTH: f64 = 3.0;

/// The longest time between two attempts to go back, before jitter.
const LONGEST_REST: Millis = 300_000.0;

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// One POST after the other.
    Http,
}

/// When HTTP takes over, and how it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fallback {
    /// How many WebSockets in a row must have carried nothing. With 0, HTTP comes first.
    pub after: u32,
    /// How long after a request an empty one fetches what the server has to say. `Infinity`: never.
    pub poll: Millis,
    /// Whether the server acts once on a request that comes twice, so that it may be repeated.
    pub idempotent: bool,
    /// How long HTTP is used before WebSocket is tried again, the first time. `Infinity`: for good.
    pub retry_websocket: Millis,
    /// Whether HTTP was what worked a short while ago: then it is tried first, and WebSocket right
    /// after.
    pub remembered: bool,
}

impl Default for Fallback {
    fn default() -> Self {
        Self {
            after: 3,
            poll: Millis::INFINITY,
            idempotent: false,
            retry_websocket: 5000.0,
            remembered: false,
        }
    }
}

/// What is known of the two transports.
#[derive(Debug)]
pub(super) struct Choice {
    /// The one that was open last.
    pub(super) carrier: Transport,
    /// Attempts at a WebSocket since one carried a message.
    fruitless: u32,
    /// How long the next rest on HTTP is.
    rest: Millis,
    /// The WebSocket was returned to from HTTP, and may yet turn out not to last.
    on_trial: bool,
    /// A check of HTTP has cost a message: the next ones carry none.
    pub(super) burnt: bool,
    /// HTTP is tried beside the first WebSockets, until one has carried a message.
    pub(super) eager: bool,
    /// Something on the way keeps responses back until they end.
    pub(super) buffered: bool,
    /// Until then the browser has no connection to spare for a response that stays open.
    pub(super) crowded_until: Time,
}

impl Choice {
    pub(super) fn new(fallback: Option<&Fallback>, eager: bool) -> Self {
        Self {
            carrier: Transport::WebSocket,
            fruitless: 0,
            rest: fallback.map_or(Millis::INFINITY, |fallback| fallback.retry_websocket),
            on_trial: false,
            burnt: false,
            eager,
            buffered: false,
            crowded_until: Time::default(),
        }
    }

    /// Whether WebSockets have failed often enough.
    pub(super) fn is_http_due(&self, fallback: &Fallback) -> bool {
        self.fruitless >= if self.eager { 1 } else { fallback.after }
    }

    pub(super) fn attempted(&mut self) {
        self.fruitless = self.fruitless.saturating_add(1);
    }

    /// A WebSocket carried a message.
    pub(super) fn carried(&mut self) {
        self.fruitless = 0;
        self.burnt = false;
        self.eager = false;
    }

    /// The application asked for a fresh start.
    pub(super) fn forget(&mut self, fallback: Option<&Fallback>) {
        let fresh = Self::new(fallback, self.eager);
        *self = Self { carrier: self.carrier, burnt: self.burnt, ..fresh };
    }

    /// An attempt has ended; if it was open, after how long.
    pub(super) fn lost(&mut self, lasted: Option<Millis>, cause: Cause, fallback: &Fallback) {
        let was_on_trial = core::mem::take(&mut self.on_trial);
        let was_old = lasted.is_some_and(|lasted| lasted >= YOUNG);
        if was_old {
            self.rest = fallback.retry_websocket;
        }
        match cause {
            // It was well, or it would not have been put away.
            Cause::Page => self.fruitless = self.fruitless.saturating_sub(1),
            Cause::Heartbeat if was_old => {}
            _ if was_old => self.fruitless = 0,
            // Straight back to what worked.
            _ if was_on_trial => self.fruitless = fallback.after,
            _ => {}
        }
    }

    /// The way back was found.
    pub(super) fn returned(&mut self) {
        self.on_trial = true;
    }

    /// Whether there is any way back.
    pub(super) fn returns(&self) -> bool {
        self.rest < Millis::INFINITY
    }

    /// How long to stay on HTTP before the next attempt at a WebSocket.
    pub(super) fn rest(&self, random: &mut Random) -> Millis {
        self.rest * (0.75 + random.unit() / 2.0)
    }

    /// The one after that comes later.
    pub(super) fn rest_longer(&mut self) {
        let grown = self.rest.max(SHORTEST_DELAY) * GROWTH;
        self.rest = grown.min(LONGEST_REST.max(self.rest));
    }
}
