//! What a connection needs of a browser, and nothing that decides.
//!
//! [`Driver`] carries out what a [`Connection`](crate::connection::Connection) wants, by a [`Host`]:
//! the npm package's is its TypeScript face, that of the Rust API is in `socket.rs`. What both need
//! and JavaScript does best is beside it: `fetch.js` and `page.js`.

mod driver;

pub(crate) use driver::{Driver, Host};

use crate::connection::{Input, Page, PostId};

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
