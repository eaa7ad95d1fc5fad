//! What the npm package's TypeScript face calls, and what it must offer.
//!
//! The face keeps what JavaScript does best: events, option checking, and every payload. While a
//! `WebSocket` is open, messages pass it by in both directions without a call into this module.

use wasm_bindgen::prelude::*;

use crate::browser::{Driver, Host, page};
use crate::connection::{
    AttemptId, Backoff, Cause, Close, Config, DropCause, Event, Fallback, Flush, GaveUp, Heartbeat,
    Input, Jitter, Limits, Millis, Overflow, PostId, Status, Transport, Verdict, Weight,
};
use crate::reason::JsReason;

#[wasm_bindgen]
extern "C" {
    /// The face of one socket. Its methods never throw: an exception that passed through here would
    /// leave the driver in the middle of its work.
    pub type Face;

    #[wasm_bindgen(method)]
    fn resolve(this: &Face, attempt: u32);

    #[wasm_bindgen(method)]
    fn connect(this: &Face, attempt: u32);

    #[wasm_bindgen(method, js_name = hangUp)]
    fn hang_up(this: &Face, attempt: u32, code: Option<u16>, reason: &JsReason, is_forgotten: bool);

    #[wasm_bindgen(method)]
    fn adopt(this: &Face);

    #[wasm_bindgen(method, js_name = canSend)]
    fn can_send(this: &Face) -> bool;

    #[wasm_bindgen(method)]
    fn transmit(this: &Face, message: &JsValue);

    #[wasm_bindgen(method)]
    fn ping(this: &Face);

    #[wasm_bindgen(method, js_name = addPart)]
    fn add_part(this: &Face, message: &JsValue);

    #[wasm_bindgen(method)]
    fn post(this: &Face, post: u32, careful: bool);

    #[wasm_bindgen(method)]
    fn abort(this: &Face);

    #[wasm_bindgen(method, js_name = sendOff)]
    fn send_off(this: &Face);

    #[wasm_bindgen(method)]
    fn judge(this: &Face, attempt: u32, code: u16, reason: &JsReason, clean: bool, retry: u32);

    #[wasm_bindgen(method)]
    fn opened(this: &Face);

    #[wasm_bindgen(method)]
    fn errored(this: &Face, cause: u8);

    #[wasm_bindgen(method)]
    fn closed(this: &Face, code: u16, reason: &JsReason, clean: bool);

    #[wasm_bindgen(method)]
    fn reconnecting(this: &Face, attempt: u32, delay: f64, cause: u8);

    #[wasm_bindgen(method)]
    fn failed(this: &Face, cause: u8);

    #[wasm_bindgen(method)]
    fn switched(this: &Face, is_http: bool, cause: u8);

    #[wasm_bindgen(method)]
    fn dropped(this: &Face, count: u32, cause: u8);

    /// `NaN` for never.
    #[wasm_bindgen(method, js_name = wakeAfter)]
    fn wake_after(this: &Face, delay: f64);

    #[wasm_bindgen(method, js_name = watchPage)]
    fn watch_page(this: &Face, is_wanted: bool);

    #[wasm_bindgen(method)]
    fn release(this: &Face);
}

#[wasm_bindgen]
extern "C" {
    /// The options, complete and checked: a list of numbers, because a getter for each of them would
    /// be dearer. `config` says which is which.
    pub type Settings;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn at(this: &Settings, place: u8) -> f64;
}

/// One connection, as the face holds it. Freeing it closes the socket.
#[wasm_bindgen]
pub struct RawSocket {
    driver: Driver<FaceHost>,
}

#[wasm_bindgen]
impl RawSocket {
    /// A connection that waits for its start.
    #[wasm_bindgen(constructor)]
    pub fn new(face: Face, settings: &Settings) -> Self {
        Self { driver: Driver::new(FaceHost(face), config(settings)) }
    }

    /// Tells what happened, by its place in the face's list `Happening`, which says what the others
    /// are. One way in for all, because each would cost as much again.
    pub fn tell(&self, happening: u8, number: u32, code: u16, amount: f64, reason: JsReason) {
        let (attempt, post) = (AttemptId(number), PostId(number));
        let optional = (code > 0).then_some(code);
        self.driver.tell(match happening {
            0 => Input::Start,
            1 => Input::Resolved(attempt),
            2 => Input::Unusable(attempt),
            3 => Input::Heard(attempt),
            4 => Input::Replied(attempt),
            5 => Input::Departed(post),
            6 => Input::Unsent(post),
            7 => Input::Unanswered(post),
            8 => Input::Streamed(post),
            9 | 10 => Input::Finished { post, whole: happening == 9 },
            11 => {
                let retry_after = (amount >= 0.0).then_some(amount);
                Input::Answered { post, status: code, retry_after }
            }
            12 => Input::Opened(attempt),
            13 => Input::Errored(attempt),
            14 => Input::Closed(attempt, Close { code, reason, clean: amount > 0.0 }),
            15 => Input::Verdict(attempt, Verdict::ByCode),
            16 => Input::Verdict(attempt, Verdict::Stop),
            17 => Input::Verdict(attempt, Verdict::Retry),
            18 => Input::Verdict(attempt, Verdict::RetryAfter(amount)),
            19 => Input::Close { code: optional, reason },
            20 => Input::Reconnect { code: optional, reason },
            25 => return self.driver.woken(),
            _ => Input::Page(page(happening)),
        });
    }

    /// Lets a message wait; false if it was refused.
    pub fn enqueue(&self, message: JsValue, bytes: f64, joins: bool) -> bool {
        self.driver.enqueue(message, Weight { bytes: bytes as usize, joins }).is_ok()
    }

    #[wasm_bindgen(js_name = takeQueued)]
    pub fn take_queued(&self) -> Option<JsValue> {
        self.driver.take_queued()
    }

    /// One of the figures in the face's list `Figure`, `NaN` if it is not known. One a call: an array
    /// would cost more to pass than all of them.
    pub fn read(&self, figure: u8) -> f64 {
        self.driver.with(|connection| {
            let counters = connection.counters();
            match figure {
                0 => match connection.status() {
                    Status::Connecting => 0.0,
                    Status::Open => 1.0,
                    Status::Waiting => 2.0,
                    Status::Closing => 3.0,
                    Status::Closed => 4.0,
                    Status::Failed => 5.0,
                },
                1 => connection.retries().into(),
                2 => connection.queued() as f64,
                3 => connection.queued_bytes() as f64,
                4 => counters.attempts.into(),
                5 => counters.opens.into(),
                6 => counters.drops.into(),
                7 => counters.dropped.into(),
                8 => counters.last_delay.unwrap_or(f64::NAN),
                9 => counters.round_trip.unwrap_or(f64::NAN),
                10 => counters.transport_switches.into(),
                _ => match connection.transport() {
                    None => 0.0,
                    Some(Transport::WebSocket) => 1.0,
                    Some(Transport::Http) => 2.0,
                },
            }
        })
    }
}

struct FaceHost(Face);

impl Host for FaceHost {
    type Message = JsValue;
    type Reason = JsReason;

    fn resolve(&self, attempt: AttemptId) {
        self.0.resolve(attempt.0);
    }

    fn connect(&self, attempt: AttemptId) {
        self.0.connect(attempt.0);
    }

    fn hang_up(&self, attempt: AttemptId, code: Option<u16>, reason: &JsReason, forget: bool) {
        self.0.hang_up(attempt.0, code, reason, forget);
    }

    fn adopt(&self) {
        self.0.adopt();
    }

    fn can_send(&self) -> bool {
        self.0.can_send()
    }

    fn transmit(&self, message: &JsValue) {
        self.0.transmit(message);
    }

    fn ping(&self) {
        self.0.ping();
    }

    fn add_part(&self, message: &JsValue) {
        self.0.add_part(message);
    }

    fn post(&self, post: PostId, careful: bool) {
        self.0.post(post.0, careful);
    }

    fn abort(&self) {
        self.0.abort();
    }

    fn send_off(&self) {
        self.0.send_off();
    }

    fn judge(&self, attempt: AttemptId, close: Close<JsReason>, retry: u32) {
        self.0.judge(attempt.0, close.code, &close.reason, close.clean, retry);
    }

    fn wake_after(&self, delay: Option<Millis>) {
        self.0.wake_after(delay.unwrap_or(f64::NAN));
    }

    fn watch_page(&self, is_wanted: bool) {
        self.0.watch_page(is_wanted);
    }

    fn release(&self) {
        self.0.release();
    }

    fn emit(&self, event: Event<JsReason>) {
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
            Event::TransportChange { to, cause } => {
                face.switched(to == Transport::Http, cause_index(cause));
            }
            Event::Dropped { count, cause } => face.dropped(
                count,
                match cause {
                    DropCause::Overflow => 0,
                    DropCause::Expired => 1,
                    DropCause::Rejected => 2,
                    DropCause::Unconfirmed => 3,
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
        Cause::Http => 6,
        Cause::Remembered => 7,
        Cause::Recovered => 8,
    }
}

/// The face's `Settings.core` has this order. Times are in milliseconds, and `Infinity` is a number
/// like any other.
fn config(settings: &Settings) -> Config {
    let at = |place| settings.at(place);
    Config {
        connection_timeout: at(0),
        max_retries: at(1) as u32,
        backoff: Backoff {
            min: at(2),
            max: at(3),
            factor: at(4),
            jitter: match at(9) as u8 {
                0 => Jitter::Full,
                1 => Jitter::Equal,
                _ => Jitter::None,
            },
        },
        min_uptime: at(5),
        limits: Limits {
            messages: at(6) as usize,
            bytes: at(7) as usize,
            time_to_live: at(8),
            overflow: match at(10) as u8 {
                0 => Overflow::DropNewest,
                1 => Overflow::DropOldest,
                _ => Overflow::Refuse,
            },
        },
        flush: match at(11) as u8 {
            0 => Flush::BeforeOpen,
            1 => Flush::AfterOpen,
            _ => Flush::Manual,
        },
        heartbeat: (at(12) >= 0.0).then(|| Heartbeat { interval: at(12), timeout: at(13) }),
        judged: at(14) != 0.0,
        fallback: (at(15) >= 0.0).then(|| Fallback {
            after: at(15) as u32,
            poll: at(16),
            retry_websocket: at(17),
            idempotent: at(18) != 0.0,
            remembered: at(19) != 0.0,
        }),
        seed: 0,
    }
}
