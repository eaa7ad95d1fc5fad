//! Everline: a WebSocket that stays connected.
//!
//! A browser's `WebSocket` ends with the first lost packet too many. Everline's connects again:
//! after a delay that grows and is spread, so that a server that returns is not run over; within a
//! time limit; with what was sent meanwhile, in order; and it says clearly when it gives up.
//!
//! There are two layers, and one npm package over the same code:
//!
//! - [`Socket`], for applications in Rust and WebAssembly (target `wasm32-unknown-unknown`, in
//!   windows and workers). It is a [`Stream`] of [`Event`]s and a [`Sink`] of [`Message`]s.
//! - [`connection`], which decides everything and does no input or output of its own, so that it
//!   runs anywhere: under tests with a clock of their own, or over another transport.
//!
//! And two that do no input or output either: [`audio`], which makes batches for a speech server of
//! whatever a microphone gives, and says what is missing; and [`noise`], which knows the errors of browser
//! extensions.
//!
//! # In the browser
//!
//! ```
//! # #[cfg(target_arch = "wasm32")]
//! # mod page {
//! use std::time::Duration;
//!
//! use everline::{Event, Heartbeat, Options, SendError, Socket};
//! use futures_util::{SinkExt, StreamExt};
//!
//! # fn show(_: &str) {}
//! async fn talk() -> Result<(), SendError> {
//!     let options = Options::new()
//!         .max_retries(20)
//!         .heartbeat(Heartbeat::new("ping").interval(Duration::from_secs(10)));
//!     let socket = Socket::connect("wss://example.com/live", options);
//!     let (mut messages, mut events) = (&socket).split(); // a Sink and a Stream
//!
//!     messages.send("hello".into()).await?; // waits in the socket until the line is open
//!     while let Some(event) = events.next().await {
//!         match event {
//!             Event::Message(message) => show(message.as_text().unwrap_or("bytes")),
//!             Event::Reconnecting { delay, cause, .. } => show(&format!("{cause}: back in {delay:?}")),
//!             Event::Failed(cause) => show(&format!("gave up: {cause}")),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! The socket works by itself, whether it is polled or not, and closes when it is dropped. Nothing of it
//! leaves the thread: `spawn_local` of `wasm-bindgen-futures` runs a function like this one.
//! `examples/rust-app` is a whole page.
//!
//! The way that fits is the one to take: `socket.next().await` and [`Socket::send`] where one function
//! has the socket; the halves of `socket.split()` where two tasks share it; those of `(&socket).split()`
//! where somebody reconnects it, or asks for its status, as well.
//!
//! **Options** are built step by step, and each has its default at its method: [`Options`], in it
//! [`Heartbeat`], [`Fallback`] and [`Session`]. Where to connect to is a text or a function that is asked
//! anew for each attempt ([`Url::provider`]), for instance for a fresh token.
//!
//! **Events** tell all that happens, in order ([`Event`]). After a lost connection come
//! [`Event::Close`] and [`Event::Reconnecting`], and then [`Event::Open`] once more; after a failed
//! attempt [`Event::Error`] and the same two. [`Event::Failed`] and the [`Event::Close`] that follows
//! [`Socket::close`] end the stream, until [`Socket::reconnect`]. [`Socket::status`] says where the socket
//! stands, [`Socket::stats`] what it did so far.
//!
//! **Errors** are types of their own, that can be cloned and compared: [`SendError`] of a message that was
//! not accepted, [`CloseError`] of an argument that no WebSocket takes, `SendJsonError` and `JsonError` of
//! values, [`FallbackError`] in [`Event::RequestFailed`]. A lost connection is no error, but an event.
//!
//! With the feature `json` the messages are values:
//!
//! ```
//! # #[cfg(all(target_arch = "wasm32", feature = "json"))]
//! # mod page {
//! use everline::{Options, SendJsonError, Socket};
//! use futures_util::StreamExt;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Reading {
//!     celsius: f64,
//! }
//!
//! # fn draw(_: f64) {}
//! # fn show(_: &str) {}
//! async fn readings() -> Result<(), SendJsonError> {
//!     let mut socket = Socket::connect("wss://example.com/boiler", Options::new());
//!     socket.send_json(&Reading { celsius: 21.5 })?;
//!     let mut readings = socket.messages::<Reading>();
//!     while let Some(reading) = readings.next().await {
//!         match reading {
//!             Ok(Reading { celsius }) => draw(celsius),
//!             Err(error) => show(&format!("no reading: {error}")),
//!         }
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! ## Where WebSockets are blocked
//!
//! With [`Options::fallback`], messages go on as POSTs where WebSockets do not get through, and by
//! WebSocket again as soon as one does; [`Event::TransportChange`] tells. Any endpoint will do that takes
//! a message as a body, and answers with messages. What the server makes of a request is its HTTP status:
//! see [`FallbackError`] and [`Event::Dropped`].
//!
//! ```
//! # #[cfg(target_arch = "wasm32")]
//! # mod page {
//! use everline::{Fallback, Options, Socket};
//!
//! # fn connect() -> Socket {
//! let fallback = Fallback::new().url("https://example.com/live").idempotent();
//! Socket::connect("wss://example.com/live", Options::new().fallback(fallback))
//! # }
//! # }
//! ```
//!
//! ## When nothing may get lost
//!
//! With [`Options::session`], each message arrives exactly once and in order, both ways, by WebSocket or
//! HTTP and whatever breaks, as long as the server keeps the session. When it does not, a new one begins,
//! and [`Event::Reset`] tells what became of the messages. The server must speak `resume.v1`
//! (`docs/PROTOCOL.md`); `examples/server` does.
//!
//! ```
//! # #[cfg(target_arch = "wasm32")]
//! # mod page {
//! use everline::{Event, Options, ProviderError, Session, Socket};
//! use futures_util::StreamExt;
//!
//! # async fn fetch_token() -> Result<String, ProviderError> { Ok("secret".into()) }
//! # fn show(_: &str) {}
//! async fn pay() {
//!     let session = Session::new().token(|| async { fetch_token().await });
//!     let mut socket = Socket::connect("wss://example.com/session", Options::new().session(session));
//!     while let Some(event) = socket.next().await {
//!         if let Event::Reset { undelivered, .. } = event {
//!             show(&format!("sent once more: {}", undelivered.len()));
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! ## Errors that are not yours
//!
//! [`install_error_filter`] keeps errors that come from browser extensions alone away from the page's
//! listeners and reporters; [`noise`] is its rule, and runs anywhere.
//!
//! ```
//! # #[cfg(target_arch = "wasm32")]
//! # mod page {
//! use everline::{ErrorFilterOptions, install_error_filter};
//!
//! # fn install() {
//! install_error_filter(ErrorFilterOptions::new()).forget(); // for as long as the page lives
//! # }
//! # }
//! ```
//!
//! # Audio
//!
//! [`audio::Batcher`] makes batches for a speech server of whatever a microphone gives, and tells what is
//! missing; its page has an example. What it makes goes into a [`Socket`] as any bytes do.
//!
//! # Without a browser
//!
//! [`Connection`] is told what happened and when, says what to do until it has no more to say, and
//! then when to be woken. Whoever drives it has one duty: after each
//! [`handle`](connection::Connection::handle), carry out what
//! [`poll_action`](connection::Connection::poll_action) gives until it gives nothing, and then wait for
//! the next thing that happens, at most until
//! [`next_deadline`](connection::Connection::next_deadline). This is all of it; here the network is a toy
//! whose first handshake fails, and the clock jumps.
//!
//! ```
//! use everline::connection::{
//!     Action, AttemptId, Close, Config, Connection, Event, Full, Input, Status, Time,
//! };
//!
//! # fn main() -> Result<(), Full> {
//! let mut network = Network::default();
//! let mut connection = Connection::new(Config { seed: 1, ..Config::default() });
//! let mut now = Time::new(0.0);
//!
//! connection.handle(Input::Start, now);
//! connection.enqueue("hello", 5, now)?; // waits until the line is open
//!
//! while connection.status() != Status::Closed {
//!     while let Some(action) = connection.poll_action() {
//!         match action {
//!             Action::Resolve(attempt) => connection.handle(Input::Resolved(attempt), now),
//!             Action::Connect(attempt) => network.connect(attempt),
//!             Action::Flush(_) => {
//!                 while let Some(message) = connection.take_queued() {
//!                     network.delivered.push(message);
//!                 }
//!             }
//!             Action::Disconnect { attempt, code, reason } => network.close(attempt, code, reason),
//!             Action::Abandon { .. } => network.input = None,
//!             Action::Emit(Event::Open) => {
//!                 connection.handle(Input::Close { code: Some(1000), reason: "done".into() }, now);
//!             }
//!             Action::Emit(event) => println!("{event:?}"),
//!             // Only with a heartbeat, if the application decides about retries, with a fallback, or
//!             // in a session.
//!             _ => {}
//!         }
//!     }
//!     if let Some(input) = network.input.take() {
//!         connection.handle(input, now);
//!     } else if let Some(deadline) = connection.next_deadline() {
//!         now = deadline; // where others sleep
//!         connection.handle(Input::Timeout, now);
//!     }
//! }
//! assert_eq!(network.delivered, ["hello"]);
//! assert_eq!(connection.counters().attempts, 2);
//! # Ok(())
//! # }
//!
//! #[derive(Default)]
//! struct Network {
//!     input: Option<Input>,
//!     delivered: Vec<&'static str>,
//! }
//!
//! impl Network {
//!     fn connect(&mut self, attempt: AttemptId) {
//!         let failure = Close { code: 1006, ..Close::default() };
//!         self.input = Some(match attempt {
//!             AttemptId(1) => Input::Closed(attempt, failure),
//!             _ => Input::Opened(attempt),
//!         });
//!     }
//!
//!     fn close(&mut self, attempt: AttemptId, code: Option<u16>, reason: String) {
//!         let code = code.unwrap_or(1005);
//!         self.input = Some(Input::Closed(attempt, Close { code, reason, clean: true }));
//!     }
//! }
//! ```
//!
//! # Guarantees
//!
//! | | |
//! |---|---|
//! | sent while open | delivered at most once, in order; what the connection had taken when it broke may be lost |
//! | sent over HTTP ([`Fallback`](connection::Fallback)) | in order, and at most once: without an answer it is told by [`Event::Dropped`](connection::Event::Dropped) and never sent again; if the server is [`idempotent`](connection::Fallback::idempotent), at least once instead |
//! | sent while not open | sent once, in order, on the next connection; or dropped by [`Limits`], counted and told by [`Event::Dropped`](connection::Event::Dropped) |
//! | sent in a session ([`Session`]) | exactly once, in order, both ways, over every change of connection, as long as the server keeps the session; when it is lost, [`Event::Reset`] tells what did not arrive, and that is sent again |
//! | connections | one transport at a time; what an attempt that was given up still has to say changes nothing |
//! | progress | until the status is [`Closed`](connection::Status::Closed) or [`Failed`](connection::Status::Failed), whatever is awaited has a deadline |
//! | the end | [`meaning`](connection::close_code::meaning) says which close codes are final; an application can decide for itself ([`Verdict`]) |
//! | the page | back online, visible or out of the back/forward cache: tries at once; `offline` checks a connection and never kills it |
//! | panics | none: not on any input, in any state, at any time |
//!
//! # Features
//!
//! - `socket` (default): [`Socket`] and what belongs to it.
//! - `json`: typed JSON messages, with `serde`.
//! - `npm-socket`, `npm-audio`, `npm-errors`: the exports behind the parts of the npm package. They are
//!   built without `std`, so they are of no use in an application.
//!
//! With `default-features = false` there is what runs anywhere: [`connection`], [`session`], [`audio`] and
//! [`noise`]. Outside the browser they have no dependency.
//!
//! # Versions
//!
//! Semantic versioning, with two things to expect of a minor version. What is
//! `#[non_exhaustive]` grows: match it with a `_`. And a configuration, as
//! [`connection::Config`] and [`audio::Config`], gets further fields: make it with
//! `..Config::default()`. The names and defaults are those of the npm package of the same version.
//!
//! [`Connection`]: connection::Connection
//! [`Limits`]: connection::Limits
//! [`Verdict`]: connection::Verdict
//! [`Stream`]: https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html
//! [`Sink`]: https://docs.rs/futures-sink/latest/futures_sink/trait.Sink.html
#![cfg_attr(all(target_arch = "wasm32", feature = "npm"), no_std)]
// The socket exists where a browser does, and the documentation is built for there.
#![cfg_attr(not(target_arch = "wasm32"), allow(rustdoc::broken_intra_doc_links))]
#![warn(missing_docs, missing_debug_implementations)]

extern crate alloc;

/// The Rust in the documents, which is compiled as the examples here are.
#[cfg(all(doctest, target_arch = "wasm32", feature = "json"))]
#[doc = include_str!("../README.md")]
mod documents {}

pub mod audio;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod bindings;
#[cfg(all(target_arch = "wasm32", any(feature = "npm-socket", feature = "socket")))]
mod browser;
pub mod connection;
#[cfg(all(target_arch = "wasm32", feature = "socket"))]
mod errors;
#[cfg(all(target_arch = "wasm32", feature = "json"))]
mod json;
pub mod noise;
pub mod session;
#[cfg(all(target_arch = "wasm32", feature = "socket"))]
mod socket;

#[cfg(all(target_arch = "wasm32", feature = "socket"))]
pub use errors::{ErrorFilter, ErrorFilterOptions, Suppressed, install_error_filter};
#[cfg(all(target_arch = "wasm32", feature = "json"))]
pub use json::{JsonError, Messages, SendJsonError};
#[cfg(all(target_arch = "wasm32", feature = "socket"))]
pub use socket::{
    Batch, CloseError, Credentials, Event, Fallback, FallbackError, Heartbeat, Message, Options,
    ProviderError, SendError, Sent, Session, Socket, Stats, Undelivered, Url,
};

/// Without `std` there is neither an allocator nor a panic handler. Nothing here panics; should a
/// dependency do it, the instance stops at once.
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod runtime {
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::NonNull;

    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

    /// Stops where memory runs out. The standard way, an error with a text, is a tenth of the size.
    struct Allocator(AssumeSingleThreaded<FreeListAllocator>);

    // SAFETY: the package is built without threads.
    #[global_allocator]
    static ALLOCATOR: Allocator =
        Allocator(unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) });

    impl Allocator {
        #[inline(never)]
        fn take(&self, layout: Layout) -> NonNull<u8> {
            // SAFETY: a `GlobalAlloc` is never asked for nothing.
            match NonNull::new(unsafe { self.0.alloc(layout) }) {
                Some(block) => block,
                None => core::arch::wasm32::unreachable(),
            }
        }
    }

    // SAFETY: the inner allocator does the work.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.take(layout).as_ptr()
        }

        #[inline(never)]
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            unsafe { self.0.dealloc(block, layout) }
        }
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
