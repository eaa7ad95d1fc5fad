//! The exports behind the sockets, and what their face must offer.
//!
//! The face keeps what JavaScript does best: events, option checking, and every payload. While a
//! `WebSocket` is open, messages pass it by in both directions without a call into this module; what
//! has to wait is known here by a number. So only numbers cross the border, by one way out and a few
//! ways in, and the glue is a few lines.

use alloc::boxed::Box;

use wasm_bindgen::prelude::*;

use crate::browser::{self, Driver, Host, news, page};
use crate::connection::{
    AttemptId, Backoff, Cause, Close, Config, DropCause, Event, Fallback, Flush, GaveUp, Heartbeat,
    Input, Jitter, Limits, Millis, Overflow, PostId, Reason, Status, Transport, Verdict, Weight,
};
use crate::session::{self, Control, Hello, Mode, Resume, Source};

#[wasm_bindgen(raw_module = "../../src/npm/host.ts")]
extern "C" {
    /// Has a face do what has this place in its enum `Deed`, which says what the figures are. It never
    /// throws: an exception that passed through here would leave the driver in the middle of its work.
    fn perform(face: u32, deed: u8, a: f64, b: f64, c: u32, d: u32) -> f64;
}

/// What a face does, or for those that hold messages and reasons the one with the number 0.
#[derive(Clone, Copy)]
enum Deed {
    Setting,
    Resolve,
    Connect,
    HangUp,
    Adopt,
    CanSend,
    Transmit,
    Ping,
    AddPart,
    Post,
    Abort,
    SendOff,
    Judge,
    WakeAfter,
    WatchPage,
    Release,
    Opened,
    Errored,
    Closed,
    Reconnecting,
    Failed,
    Switched,
    Dropped,
    Retain,
    LetGo,
    RetryHint,
    Greet,
    Control,
    Farewell,
    Renew,
    Part,
    Reset,
    Save,
}

/// Makes a connection that waits for its start, and answers its address.
#[wasm_bindgen]
pub fn create(face: u32) -> usize {
    let face = Face(face);
    let mut settings = [0.0; SETTINGS];
    for (setting, place) in settings.iter_mut().zip(0..) {
        *setting = face.perform(Deed::Setting, place, 0);
    }
    let config = config(settings);
    Box::into_raw(Box::new(Driver::new(face, config))) as usize
}

/// Ends a connection, and closes its socket.
#[wasm_bindgen]
pub fn destroy(socket: usize) {
    // SAFETY: the face does this once for each address that it got, and nothing with it afterwards.
    drop(unsafe { Box::from_raw(socket as *mut Driver<Face>) });
}

/// Tells what happened, by its place in the face's list `Happening`, which says what the others are.
#[wasm_bindgen]
pub fn tell(socket: usize, happening: u8, number: u32, code: u16, amount: f64, reason: u32) {
    let (attempt, post, reason) = (AttemptId(number), PostId(number), Held(reason));
    let optional = (code > 0).then_some(code);
    let driver = driver(socket);
    if happening == 25 {
        driver.woken();
    }
    // Not one `Input` for all of them, which would be put together here only to be taken apart there.
    driver.change(|connection, now| match happening {
        0 => connection.handle(Input::Start, now),
        1 => connection.handle(Input::Resolved(attempt), now),
        2 => connection.handle(Input::Unusable(attempt), now),
        3 => connection.handle(Input::Heard(attempt), now),
        4 => connection.handle(Input::Replied(attempt), now),
        5..=11 => connection.handle(news(happening, post, code, amount), now),
        12 => connection.handle(Input::Opened(attempt), now),
        13 => connection.handle(Input::Errored(attempt), now),
        14 => {
            let close = Close { code, reason, clean: amount > 0.0 };
            connection.handle(Input::Closed(attempt, close), now);
        }
        15 => connection.handle(Input::Verdict(attempt, Verdict::ByCode), now),
        16 => connection.handle(Input::Verdict(attempt, Verdict::Stop), now),
        17 => connection.handle(Input::Verdict(attempt, Verdict::Retry), now),
        18 => connection.handle(Input::Verdict(attempt, Verdict::RetryAfter(amount)), now),
        19 => connection.handle(Input::Close { code: optional, reason }, now),
        20 => connection.handle(Input::Reconnect { code: optional, reason }, now),
        25 => connection.handle(Input::Timeout, now),
        _ => connection.handle(Input::Page(page(happening)), now),
    });
}

/// Tells of a session's control frame, by its letter, on a socket (0) or a request (1) with this number.
/// The figures are those of [`browser::frame`], and the reason of an end is held under the fourth.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "numbers are cheap, and an object is not")]
pub fn hear(
    socket: usize,
    letter: u8,
    source: u8,
    number: u32,
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
) {
    let frame = browser::frame(letter, [a, b, c, d, e], || Held(d as u32));
    driver(socket).tell(Input::Frame(browser::source(source, number), frame));
}

/// Tells of a session's message, by its size; false if it is not to be delivered.
#[wasm_bindgen]
pub fn receive(socket: usize, source: u8, number: u32, bytes: f64) -> bool {
    driver(socket).receive(browser::source(source, number), bytes as usize)
}

/// Lets a message wait; false if it was refused.
#[wasm_bindgen]
pub fn enqueue(socket: usize, message: u32, bytes: f64, joins: bool) -> bool {
    let weight = Weight { bytes: bytes as usize, joins };
    driver(socket).enqueue(Held(message), weight).is_ok()
}

/// Takes out the message that waits longest, if any does. The face holds it until it lets go of it.
#[wasm_bindgen]
pub fn take(socket: usize) -> u32 {
    driver(socket).take_queued().map_or(0, |message| core::mem::ManuallyDrop::new(message).0)
}

/// One of the figures in the face's list `Figure`, `NaN` if it is not known.
#[wasm_bindgen]
pub fn read(socket: usize, figure: u8) -> f64 {
    driver(socket).with(|connection| {
        let counters = connection.counters();
        match figure {
            0 => match connection.status() {
                Status::Connecting => 0.0,
                Status::Open => 1.0,
                Status::Closing => 2.0,
                Status::Closed => 3.0,
                Status::Waiting => 4.0,
                Status::Failed => 5.0,
            },
            1 => connection.retries().into(),
            2 => match connection.transport() {
                None => 0.0,
                Some(Transport::WebSocket) => 1.0,
                Some(Transport::Http) => 2.0,
            },
            3 => match connection.largest() {
                usize::MAX => f64::INFINITY,
                largest => largest as f64,
            },
            4 => connection.queued() as f64,
            5 => connection.queued_bytes() as f64,
            6 => counters.attempts.into(),
            7 => counters.opens.into(),
            8 => counters.drops.into(),
            9 => counters.dropped.into(),
            10 => counters.replayed.into(),
            11 => counters.duplicates.into(),
            12 => counters.transport_switches.into(),
            13 => counters.last_delay.unwrap_or(f64::NAN),
            _ => counters.round_trip.unwrap_or(f64::NAN),
        }
    })
}

fn driver(socket: usize) -> &'static Driver<Face> {
    // SAFETY: the face passes an address that it got from `create`, until it calls `destroy`.
    unsafe { &*(socket as *const Driver<Face>) }
}

/// A value that the face holds under this number, be it a message or a close reason; 0 for none.
#[derive(Default)]
struct Held(u32);

impl Clone for Held {
    fn clone(&self) -> Self {
        Face(0).perform(Deed::Retain, self.0, 0);
        Self(self.0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        Face(0).perform(Deed::LetGo, self.0, 0);
    }
}

impl Reason for Held {
    fn page_hidden() -> Self {
        Self(1)
    }

    fn retry_hint(&self) -> Option<Millis> {
        let hint = Face(0).perform(Deed::RetryHint, self.0, 0);
        (hint >= 0.0).then_some(hint)
    }
}

/// The face of one socket, by its number.
struct Face(u32);

impl Face {
    #[inline(never)]
    fn perform(&self, deed: Deed, a: u32, b: u32) -> f64 {
        perform(self.0, deed as u8, a.into(), b.into(), 0, 0)
    }
}

impl Host for Face {
    type Message = Held;
    type Reason = Held;

    fn resolve(&self, attempt: AttemptId) {
        self.perform(Deed::Resolve, attempt.0, 0);
    }

    fn connect(&self, attempt: AttemptId) {
        self.perform(Deed::Connect, attempt.0, 0);
    }

    fn hang_up(&self, attempt: AttemptId, code: Option<u16>, reason: &Held, forget: bool) {
        let code = code.unwrap_or_default().into();
        perform(self.0, Deed::HangUp as u8, attempt.0.into(), code, reason.0, forget.into());
    }

    fn adopt(&self) {
        self.perform(Deed::Adopt, 0, 0);
    }

    fn can_send(&self) -> bool {
        self.perform(Deed::CanSend, 0, 0) > 0.0
    }

    fn transmit(&self, message: &Held) {
        self.perform(Deed::Transmit, message.0, 0);
    }

    fn ping(&self) {
        self.perform(Deed::Ping, 0, 0);
    }

    fn add_part(&self, message: &Held) {
        self.perform(Deed::AddPart, message.0, 0);
    }

    fn post(&self, post: PostId, careful: bool) {
        self.perform(Deed::Post, post.0, careful.into());
    }

    fn abort(&self) {
        self.perform(Deed::Abort, 0, 0);
    }

    fn send_off(&self) {
        self.perform(Deed::SendOff, 0, 0);
    }

    fn greet(&self, source: Source, mode: Mode, hello: Hello) {
        let (number, mode) = browser::greeting(source, mode, &hello);
        let (recv, first) = (hello.recv as f64, hello.first as f64);
        perform(self.0, Deed::Greet as u8, recv, first, number, mode);
    }

    fn control(&self, control: Control, number: u64) {
        let letter = match control {
            Control::Ack => b'a',
            Control::Ping => b'p',
            Control::Start => b's',
        };
        perform(self.0, Deed::Control as u8, number as f64, letter.into(), 0, 0);
    }

    fn farewell(&self, hello: Hello, code: Option<u16>, reason: &Held) {
        let (recv, first) = (hello.recv as f64, hello.first as f64);
        let code = code.unwrap_or_default().into();
        perform(self.0, Deed::Farewell as u8, recv, first, code, reason.0);
    }

    fn renew(&self) {
        self.perform(Deed::Renew, 0, 0);
    }

    fn part(&self, message: &Held, is_delivered: bool) {
        self.perform(Deed::Part, message.0, is_delivered.into());
    }

    fn reset(&self, is_exact: bool) {
        self.perform(Deed::Reset, is_exact.into(), 0);
    }

    fn save(&self, Resume { recv, acked, attaches, numbered, is_new }: Resume) {
        let (recv, acked) = (recv as f64, acked as f64);
        let numbered = numbered << 1 | u32::from(is_new);
        perform(self.0, Deed::Save as u8, recv, acked, attaches, numbered);
    }

    fn judge(&self, attempt: AttemptId, close: Close<Held>, retry: u32) {
        let Close { code, reason, clean } = close;
        let code_and_clean = u32::from(code) | u32::from(clean) << 16;
        let attempt = attempt.0.into();
        perform(self.0, Deed::Judge as u8, attempt, code_and_clean.into(), reason.0, retry);
    }

    fn wake_after(&self, delay: Millis) {
        perform(self.0, Deed::WakeAfter as u8, delay, 0.0, 0, 0);
    }

    fn watch_page(&self, is_wanted: bool) {
        self.perform(Deed::WatchPage, is_wanted.into(), 0);
    }

    fn release(&self) {
        self.perform(Deed::Release, 0, 0);
    }

    fn emit(&self, event: Event<Held>) {
        match event {
            Event::Open => self.perform(Deed::Opened, 0, 0),
            Event::Error(cause) => self.perform(Deed::Errored, cause_index(cause), 0),
            Event::Close(Close { code, reason, clean }) => {
                perform(self.0, Deed::Closed as u8, code.into(), reason.0.into(), clean.into(), 0)
            }
            Event::Reconnecting { attempt, delay, cause } => {
                let cause = cause_index(cause);
                perform(self.0, Deed::Reconnecting as u8, delay, attempt.into(), cause, 0)
            }
            Event::Failed(cause) => self.perform(
                Deed::Failed,
                match cause {
                    GaveUp::MaxRetries => 0,
                    GaveUp::FinalCode => 1,
                    GaveUp::Verdict => 2,
                    GaveUp::Impossible => 3,
                },
                0,
            ),
            Event::TransportChange { to, cause } => {
                let is_http = to == Transport::Http;
                self.perform(Deed::Switched, is_http.into(), cause_index(cause))
            }
            Event::Dropped { count, cause } => self.perform(
                Deed::Dropped,
                count,
                match cause {
                    DropCause::Overflow => 0,
                    DropCause::Expired => 1,
                    DropCause::Rejected => 2,
                    DropCause::Unconfirmed => 3,
                },
            ),
        };
    }
}

/// The place of a cause in the face's list.
fn cause_index(cause: Cause) -> u32 {
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

/// How many numbers [`config`] takes.
const SETTINGS: usize = 29;

/// The face's `Settings.core` has this order. Times are in milliseconds, and `Infinity` is a number
/// like any other.
fn config(settings: [f64; SETTINGS]) -> Config {
    let [
        connection_timeout,
        max_retries,
        min,
        max,
        factor,
        min_uptime,
        messages,
        bytes,
        time_to_live,
        jitter,
        overflow,
        flush,
        interval,
        timeout,
        judged,
        after,
        poll,
        retry_websocket,
        idempotent,
        remembered,
        window,
        returns,
        persists,
        recv,
        acked,
        attaches,
        numbered,
        is_new,
        wait,
    ] = settings;
    let jitter = match jitter as u32 {
        0 => Jitter::Spread,
        1 => Jitter::Full,
        2 => Jitter::Equal,
        _ => Jitter::None,
    };
    let overflow = match overflow as u32 {
        0 => Overflow::DropNewest,
        1 => Overflow::DropOldest,
        _ => Overflow::Refuse,
    };
    let resume = Resume {
        recv: recv as u64,
        acked: acked as u64,
        attaches: attaches as u32,
        numbered: numbered as u32,
        is_new: is_new > 0.0,
    };
    Config {
        connection_timeout,
        max_retries: max_retries as u32,
        backoff: Backoff { min, max, factor, jitter },
        min_uptime,
        limits: Limits {
            messages: messages as usize,
            bytes: bytes as usize,
            time_to_live,
            overflow,
        },
        flush: match flush as u32 {
            0 => Flush::BeforeOpen,
            1 => Flush::AfterOpen,
            _ => Flush::Manual,
        },
        heartbeat: (interval >= 0.0).then_some(Heartbeat { interval, timeout }),
        judged: judged > 0.0,
        fallback: (after >= 0.0).then_some(Fallback {
            after: after as u32,
            poll,
            retry_websocket,
            idempotent: idempotent > 0.0,
            remembered: remembered > 0.0,
        }),
        session: (window >= 0.0).then_some(session::Config {
            window: window as usize,
            wait,
            returns: returns > 0.0,
            persists: persists > 0.0,
            resume: Some(resume),
        }),
        seed: 0,
    }
}
