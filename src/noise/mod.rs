//! Whose an error is: the application's, or a browser extension's alone.
//!
//! Extensions run code in the page, so their failures reach its `error` and `unhandledrejection`
//! listeners, and from there its console and its error reports. The place where an error was thrown
//! does not tell whose it is: an extension that wraps `fetch` is the topmost frame of every request
//! that fails. So the rule of [`judge`] asks for proof, and in doubt an error is the application's:
//!
//! 1. A frame of the application, anywhere in the stack or in that of a cause: it is kept.
//! 2. A `CloseEvent` of a clean end (1000 or 1001): normal-closure noise.
//! 3. Frames of extensions: theirs, unless the browser names a file of the application.
//! 4. No frame at all: an extension's file, or a text that only the browser's extension interfaces
//!    write, as the whole message, is theirs. Everything else is kept.
//!
//! It is pure: texts go in, and a [`Rule`] comes out. It takes any text, in time that grows with its
//! length.
//!
//! ```
//! use everline::noise::{Context, Evidence, Rule, judge};
//!
//! let context = Context { page: "https://app.example.com/", ..Context::default() };
//! let thrown = |stack| judge(&Evidence { heading: "x is null", stack, ..Evidence::default() }, &context);
//!
//! let theirs = "TypeError: x is null\n    at f (chrome-extension://aaaa/wrap.js:1:9)";
//! assert_eq!(thrown(theirs), Rule::ExtensionFrames);
//! assert!(Rule::ExtensionFrames.suppresses());
//!
//! let ours = "TypeError: x is null\n    at f (chrome-extension://aaaa/wrap.js:1:9)\n    \
//!             at load (https://app.example.com/main.js:7:3)";
//! assert_eq!(thrown(ours), Rule::ApplicationFrame);
//! ```

mod catalogue;
mod gecko;
mod header;
mod location;
mod pattern;
mod rule;
mod stack;
mod text;
mod v8;

pub use self::location::{Context, Origin};
pub use self::rule::{Evidence, Rule, judge};
pub use self::stack::{Frame, frames};
#[cfg(all(target_arch = "wasm32", feature = "npm-errors"))]
pub(crate) use self::text::find;
