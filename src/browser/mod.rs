//! What a connection needs of a browser, and nothing that decides.
//!
//! [`Driver`] carries out what a [`Connection`](crate::connection::Connection) wants, by a [`Host`]:
//! the npm package's is its TypeScript face, that of the Rust API is in `socket.rs`. What both need
//! and JavaScript does best is beside it: `http.js`, `session.js` and `page.js`.

mod driver;

pub(crate) use driver::{Driver, Host};

use crate::connection::{AttemptId, Close, Input, Page, PostId};
use crate::session::{Frame, Hello, Mode, Source, Welcome};

/// What `page.js` tells, by its number.
pub(crate) fn page(number: u8) -> Page {
    match number {
        21 => Page::Awake,
        22 => Page::Offline,
        23 => Page::Shelved,
        _ => Page::Leaving,
    }
}

/// What `fetch.js` tells of a request, by its number; `retry_after` is `NaN` if the server did not say.
pub(crate) fn news<R>(number: u8, post: PostId, status: u16, retry_after: f64) -> Input<R> {
    match number {
        5 => Input::Departed(post),
        6 => Input::Unsent(post),
        7 => Input::Unanswered(post),
        8 => Input::Streamed(post),
        9 | 10 => Input::Finished { post, whole: number == 9 },
        _ => {
            let retry_after = (retry_after >= 0.0).then_some(retry_after);
            Input::Answered { post, status, retry_after }
        }
    }
}

/// Where `session.js` heard something, by its number.
pub(crate) fn source(kind: u8, number: u32) -> Source {
    match kind {
        0 => Source::Socket(AttemptId(number)),
        _ => Source::Request(PostId(number)),
    }
}

/// The control frame that `session.js` heard. For a welcome the figures are what [`Welcome`] has; for an
/// end the code, `recv` and `retry`; else the frame's number. What is absent is `NaN`.
pub(crate) fn frame<R>(
    letter: u8,
    [a, b, c, d, e]: [f64; 5],
    reason: impl FnOnce() -> R,
) -> Frame<R> {
    match letter {
        b'w' => Frame::Welcome(Welcome {
            recv: a as u64,
            seq: b as u64,
            heartbeat: c,
            window: d as usize,
            largest: e as usize,
        }),
        b'a' => Frame::Ack(a as u64),
        b'p' => Frame::Ping(a as u64),
        b's' => Frame::Start(a as u64),
        b'x' => Frame::End {
            close: Close { code: a as u16, reason: reason(), clean: true },
            recv: (b >= 0.0).then_some(b as u64),
            retry: (c >= 0.0).then_some(c),
        },
        _ => Frame::Bad,
    }
}

/// The last two figures of a hello for `session.js`: the number of the socket or request, and the mode
/// with all that fits beside it.
pub(crate) fn greeting(source: Source, mode: Mode, hello: &Hello) -> (u32, u32) {
    let (number, mode) = match (source, mode) {
        (Source::Socket(AttemptId(number)), Mode::Probe) => (number, 1),
        (Source::Socket(AttemptId(number)), _) => (number, 0),
        (Source::Request(PostId(number)), Mode::Poll) => (number, 3),
        (Source::Request(PostId(number)), Mode::Glance) => (number, 4),
        (Source::Request(PostId(number)), Mode::Send) => (number, 5),
        (Source::Request(PostId(number)), _) => (number, 2),
    };
    (number, mode | u32::from(hello.is_new) << 3 | hello.attach << 4)
}
