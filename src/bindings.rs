//! What the npm package's TypeScript face calls, and what it must offer.
//!
//! The face keeps what JavaScript does best: events, option checking, and every payload. While a
//! `WebSocket` is open, messages pass it by in both directions without a call into this module.

use alloc::rc::Rc;
use alloc::string::String;

use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::browser::{Driver, Host, Transport};
use crate::connection::{
    AttemptId, Backoff, Cause, Close, Config, DropCause, Event, Flush, GaveUp, Heartbeat, Input,
    Jitter, Limits, Overflow, Status, Verdict,
};

#[wasm_bindgen]
extern "C" {
    /// The face of one socket. Its methods never throw: an exception that passed through here would
    /// leave the driver in the middle of its work.
    pub type Face;

    #[wasm_bindgen(method)]
    fn resolve(this: &Face, attempt: u32);

    #[wasm_bindgen(method)]
    fn connect(this: &Face, attempt: u32) -> Option<WebSocket>;

    #[wasm_bindgen(method)]
    fn detach(this: &Face, attempt: u32);

    #[wasm_bindgen(method)]
    fn transmit(this: &Face, message: &JsValue);

    #[wasm_bindgen(method)]
    fn ping(this: &Face, attempt: u32);

    #[wasm_bindgen(method)]
    fn judge(this: &Face, attempt: u32, code: u16, reason: &str, clean: bool, retry: u32);

    #[wasm_bindgen(method)]
    fn opened(this: &Face);

    #[wasm_bindgen(method)]
    fn errored(this: &Face, cause: u8);

    #[wasm_bindgen(method)]
    fn closed(this: &Face, code: u16, reason: &str, clean: bool);

    #[wasm_bindgen(method)]
    fn reconnecting(this: &Face, attempt: u32, delay: f64, cause: u8);

    #[wasm_bindgen(method)]
    fn failed(this: &Face, cause: u8);

    #[wasm_bindgen(method)]
    fn dropped(this: &Face, count: u32, cause: u8);
}

#[wasm_bindgen]
extern "C" {
    /// The options, complete and checked. Times are in milliseconds, and `Infinity` is a number
    /// like any other.
    pub type Settings;

    #[wasm_bindgen(method, getter, js_name = connectionTimeout)]
    fn connection_timeout(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = maxRetries)]
    fn max_retries(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = minReconnectionDelay)]
    fn min_delay(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = maxReconnectionDelay)]
    fn max_delay(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = reconnectionDelayGrowFactor)]
    fn grow_factor(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter)]
    fn jitter(this: &Settings) -> u8;

    #[wasm_bindgen(method, getter, js_name = minUptime)]
    fn min_uptime(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = maxEnqueuedMessages)]
    fn max_messages(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = maxEnqueuedBytes)]
    fn max_bytes(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter, js_name = messageTtl)]
    fn message_ttl(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter)]
    fn overflow(this: &Settings) -> u8;

    #[wasm_bindgen(method, getter)]
    fn flush(this: &Settings) -> u8;

    #[wasm_bindgen(method, getter, js_name = heartbeatInterval)]
    fn heartbeat_interval(this: &Settings) -> Option<f64>;

    #[wasm_bindgen(method, getter, js_name = heartbeatTimeout)]
    fn heartbeat_timeout(this: &Settings) -> f64;

    #[wasm_bindgen(method, getter)]
    fn judged(this: &Settings) -> bool;
}

/// One connection, as the face holds it. Freeing it closes the socket.
#[wasm_bindgen]
pub struct RawSocket {
    driver: Rc<Driver<FaceHost>>,
}

#[wasm_bindgen]
impl RawSocket {
    /// A connection that waits for `start`.
    #[wasm_bindgen(constructor)]
    pub fn new(face: Face, settings: &Settings) -> Self {
        Self { driver: Driver::new(FaceHost(face), config(settings)) }
    }

    pub fn start(&self) {
        self.driver.tell(Input::Start);
    }

    /// The answer to `Face.resolve`.
    pub fn resolved(&self, attempt: u32, usable: bool) {
        let attempt = AttemptId(attempt);
        self.driver.tell(if usable { Input::Resolved(attempt) } else { Input::Unusable(attempt) });
    }

    /// The answer to `Face.judge`: whether to go on, and after which delay. Without `retry` the
    /// close code decides.
    pub fn verdict(&self, attempt: u32, retry: Option<bool>, delay: Option<f64>) {
        let verdict = match (retry, delay) {
            (Some(true), Some(delay)) => Verdict::RetryAfter(delay),
            (Some(true), None) => Verdict::Retry,
            (Some(false), _) => Verdict::Stop,
            (None, _) => Verdict::ByCode,
        };
        self.driver.tell(Input::Verdict(AttemptId(attempt), verdict));
    }

    pub fn heard(&self, attempt: u32) {
        self.driver.tell(Input::Heard(AttemptId(attempt)));
    }

    pub fn replied(&self, attempt: u32) {
        self.driver.tell(Input::Replied(AttemptId(attempt)));
    }

    /// Lets a message wait; false if it was refused.
    pub fn enqueue(&self, message: JsValue, bytes: f64) -> bool {
        self.driver.enqueue(message, bytes as usize).is_ok()
    }

    #[wasm_bindgen(js_name = takeQueued)]
    pub fn take_queued(&self) -> Option<JsValue> {
        self.driver.take_queued()
    }

    pub fn close(&self, code: Option<u16>, reason: String) {
        self.driver.tell(Input::Close { code, reason });
    }

    pub fn reconnect(&self, code: Option<u16>, reason: String) {
        self.driver.tell(Input::Reconnect { code, reason });
    }

    /// The figures of `RawFigure`, one a call: an array would cost more to pass than all of them.
    pub fn read(&self, figure: RawFigure) -> f64 {
        self.driver.with(|connection| {
            let counters = connection.counters();
            match figure {
                RawFigure::Status => match connection.status() {
                    Status::Connecting => 0.0,
                    Status::Open => 1.0,
                    Status::Waiting => 2.0,
                    Status::Closing => 3.0,
                    Status::Closed => 4.0,
                    Status::Failed => 5.0,
                },
                RawFigure::Retries => connection.retries().into(),
                RawFigure::Queued => connection.queued() as f64,
                RawFigure::QueuedBytes => connection.queued_bytes() as f64,
                RawFigure::Attempts => counters.attempts.into(),
                RawFigure::Opens => counters.opens.into(),
                RawFigure::Drops => counters.drops.into(),
                RawFigure::Dropped => counters.dropped.into(),
                RawFigure::LastDelay => counters.last_delay.unwrap_or(f64::NAN),
                RawFigure::RoundTrip => counters.round_trip.unwrap_or(f64::NAN),
            }
        })
    }
}

/// What `RawSocket.read` can tell.
#[wasm_bindgen]
pub enum RawFigure {
    /// The place of the status in the face's list.
    Status,
    /// Retries since the last success.
    Retries,
    /// Messages that wait.
    Queued,
    /// Bytes that wait.
    QueuedBytes,
    /// Attempts started.
    Attempts,
    /// Attempts that opened.
    Opens,
    /// Open connections lost.
    Drops,
    /// Waiting messages dropped.
    Dropped,
    /// The delay before the last retry, or `NaN`.
    LastDelay,
    /// The last round-trip time, or `NaN`.
    RoundTrip,
}

struct FaceHost(Face);

impl Host for FaceHost {
    fn resolve(&self, attempt: AttemptId) {
        self.0.resolve(attempt.0);
    }

    fn connect(&self, attempt: AttemptId) -> Transport {
        match self.0.connect(attempt.0) {
            Some(socket) => Transport::Made(socket),
            // A constructor that throws for good did so in the face's constructor, and was heard
            // there.
            None => Transport::Refused,
        }
    }

    fn detach(&self, attempt: AttemptId) {
        self.0.detach(attempt.0);
    }

    fn transmit(&self, _: &WebSocket, message: &JsValue) {
        self.0.transmit(message);
    }

    fn ping(&self, attempt: AttemptId) {
        self.0.ping(attempt.0);
    }

    fn judge(&self, attempt: AttemptId, close: Close, retry: u32) {
        self.0.judge(attempt.0, close.code, &close.reason, close.clean, retry);
    }

    fn emit(&self, event: Event) {
        let face = &self.0;
        match event {
            Event::Open => face.opened(),
            Event::Error(cause) => face.errored(cause_index(cause)),
            Event::Close(close) => face.closed(close.code, &close.reason, close.clean),
            Event::Reconnecting { attempt, delay, cause } => {
                face.reconnecting(attempt, delay, cause_index(cause))
            }
            Event::Failed(cause) => face.failed(match cause {
                GaveUp::MaxRetries => 0,
                GaveUp::FinalCode => 1,
                GaveUp::Verdict => 2,
                GaveUp::Impossible => 3,
            }),
            Event::Dropped { count, cause } => face.dropped(
                count,
                match cause {
                    DropCause::Overflow => 0,
                    DropCause::Expired => 1,
                },
            ),
        }
    }
}

/// The place of a cause in the face's list.
fn cause_index(cause: Cause) -> u8 {
    match cause {
        Cause::Handshake => 0,
        Cause::Timeout => 1,
        Cause::Provider => 2,
        Cause::Close => 3,
        Cause::Heartbeat => 4,
        Cause::Page => 5,
    }
}

fn config(settings: &Settings) -> Config {
    Config {
        connection_timeout: settings.connection_timeout(),
        max_retries: settings.max_retries() as u32,
        backoff: Backoff {
            min: settings.min_delay(),
            max: settings.max_delay(),
            factor: settings.grow_factor(),
            jitter: match settings.jitter() {
                0 => Jitter::Full,
                1 => Jitter::Equal,
                _ => Jitter::None,
            },
        },
        min_uptime: settings.min_uptime(),
        limits: Limits {
            messages: settings.max_messages() as usize,
            bytes: settings.max_bytes() as usize,
            time_to_live: settings.message_ttl(),
            overflow: match settings.overflow() {
                0 => Overflow::DropNewest,
                1 => Overflow::DropOldest,
                _ => Overflow::Refuse,
            },
        },
        flush: match settings.flush() {
            0 => Flush::BeforeOpen,
            1 => Flush::AfterOpen,
            _ => Flush::Manual,
        },
        heartbeat: settings
            .heartbeat_interval()
            .map(|interval| Heartbeat { interval, timeout: settings.heartbeat_timeout() }),
        judged: settings.judged(),
        seed: 0,
    }
}
