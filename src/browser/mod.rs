//! Everything that touches the browser, and nothing that decides.
//!
//! [`Driver`] carries out what a [`Connection`](crate::connection::Connection) wants: it owns the
//! platform's `WebSocket`, the one timer and the page's events. It works wherever JavaScript does:
//! in windows, in workers and in Node, with any class that has the shape of `WebSocket`.

mod driver;
mod listener;
mod page;
mod reason;
mod timer;

pub(crate) use driver::{Driver, Host, NativeSocket, Socket};
pub(crate) use reason::JsReason;
