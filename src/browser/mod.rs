//! What a connection needs of a browser, and nothing that decides.
//!
//! [`Driver`] carries out what a [`Connection`](crate::connection::Connection) wants, by a [`Host`]:
//! the npm package's is its TypeScript face, that of the Rust API is in `socket.rs`. What both need
//! and JavaScript does best is beside it: `fetch.js` and `page.js`.

mod driver;

pub(crate) use driver::{Driver, Host};

use crate::connection::Page;

/// What `page.js` tells, by its number.
pub(crate) fn page(number: u8) -> Page {
    match number {
        21 => Page::Awake,
        22 => Page::Offline,
        23 => Page::Shelved,
        _ => Page::Leaving,
    }
}
