//! The error filter of the Rust API.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;
use core::fmt;

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;

use crate::noise::{self, Context, Evidence, Rule};

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    /// What `page.js` reads from an event or an error.
    type Read;

    #[wasm_bindgen(method, getter)]
    fn message(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn filename(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn heading(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn stack(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn causes(this: &Read) -> String;
    #[wasm_bindgen(method, getter, js_name = isNormalClose)]
    fn is_normal_close(this: &Read) -> bool;

    #[wasm_bindgen(js_name = evidenceOf)]
    fn evidence_of(event: &JsValue) -> Read;

    #[wasm_bindgen(js_name = watchErrors)]
    fn watch_errors(is_noise: &JsValue, raises_limit: bool) -> Function;
}

/// How [`install_error_filter`] decides. The names and defaults are those of the JavaScript API.
pub struct ErrorFilterOptions {
    own_urls: String,
    urls: String,
    messages: String,
    runtime_messages: bool,
    stack_trace_limit: bool,
    on_suppressed: Option<OnSuppressed>,
}

type OnSuppressed = Box<dyn Fn(&Suppressed)>;

/// What was suppressed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// The event's message, or that of what was thrown.
    pub message: String,
    /// What decided.
    pub rule: Rule,
}

impl Default for ErrorFilterOptions {
    fn default() -> Self {
        Self {
            own_urls: String::new(),
            urls: String::new(),
            messages: String::new(),
            runtime_messages: true,
            stack_trace_limit: true,
            on_suppressed: None,
        }
    }
}

impl ErrorFilterOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locations that begin like this count as the application's, whatever their scheme.
    #[must_use]
    pub fn own_url(mut self, start: &str) -> Self {
        self.own_urls += &format!("{start}\n");
        self
    }

    /// Locations that begin like this count as extensions'.
    #[must_use]
    pub fn url(mut self, start: &str) -> Self {
        self.urls += &format!("{start}\n");
        self
    }

    /// This message counts as an extension's where there is no frame; with a `*` at the end, all that begin
    /// like it.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        self.messages += &format!("{message}\n");
        self
    }

    /// Whether the texts of the browsers' extension interfaces count as extensions'. Default: true. Not
    /// for an application that talks to an extension of its own.
    #[must_use]
    pub fn runtime_messages(mut self, count: bool) -> Self {
        self.runtime_messages = count;
        self
    }

    /// Whether to raise `Error.stackTraceLimit` to 50 where it is lower (Chromium). Default: true.
    #[must_use]
    pub fn stack_trace_limit(mut self, raises: bool) -> Self {
        self.stack_trace_limit = raises;
        self
    }

    /// Is told what was suppressed.
    #[must_use]
    pub fn on_suppressed(mut self, tell: impl Fn(&Suppressed) + 'static) -> Self {
        self.on_suppressed = Some(Box::new(tell));
        self
    }

    /// Whether what nobody caught is to be suppressed, and is told so.
    fn suppress(&self, event: &JsValue) -> bool {
        let read = evidence_of(event);
        let (message, filename) = (read.message(), read.filename());
        let (heading, stack, causes) = (read.heading(), read.stack(), read.causes());
        let evidence = Evidence {
            message: &message,
            filename: &filename,
            heading: &heading,
            stack: &stack,
            causes: &causes,
            is_normal_close: read.is_normal_close(),
        };
        let context = Context {
            page: &page_url(),
            runtime_messages: self.runtime_messages,
            own_urls: &self.own_urls,
            urls: &self.urls,
            messages: &self.messages,
        };
        let rule = noise::judge(&evidence, &context);
        if let Some(tell) = self.on_suppressed.as_ref().filter(|_| rule.suppresses()) {
            tell(&Suppressed { message, rule });
        }
        rule.suppresses()
    }
}

impl fmt::Debug for ErrorFilterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorFilterOptions")
            .field("own_urls", &self.own_urls)
            .field("urls", &self.urls)
            .field("messages", &self.messages)
            .field("runtime_messages", &self.runtime_messages)
            .field("stack_trace_limit", &self.stack_trace_limit)
            .finish_non_exhaustive()
    }
}

/// An installed filter. Dropping it removes it, and all that it changed; [`forget`](Self::forget) leaves
/// it in place for good.
#[must_use = "dropping it removes the filter"]
pub struct ErrorFilter {
    stop: Function,
    suppressed: Rc<Cell<u32>>,
    _is_noise: Closure<dyn Fn(JsValue) -> bool>,
}

impl ErrorFilter {
    /// How many errors were suppressed.
    pub fn suppressed(&self) -> u32 {
        self.suppressed.get()
    }

    /// Leaves the filter in place as long as the page lives.
    pub fn forget(self) {
        core::mem::forget(self);
    }
}

impl fmt::Debug for ErrorFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorFilter")
            .field("suppressed", &self.suppressed())
            .finish_non_exhaustive()
    }
}

impl Drop for ErrorFilter {
    fn drop(&mut self) {
        // It only removes listeners.
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}

/// Keeps errors and rejections that come from browser extensions alone, and normal closes that somebody
/// threw, from the page's listeners, its console and its error reporters, as far as a browser allows it.
/// [`noise`] tells how it is decided.
///
/// Listeners that were there before hear an error first, so install it early.
pub fn install_error_filter(options: ErrorFilterOptions) -> ErrorFilter {
    let suppressed = Rc::new(Cell::new(0));
    let count = suppressed.clone();
    let raises_limit = options.stack_trace_limit;
    let is_noise: Closure<dyn Fn(JsValue) -> bool> = Closure::new(move |event: JsValue| {
        let is_noise = options.suppress(&event);
        count.set(count.get() + u32::from(is_noise));
        is_noise
    });
    let stop = watch_errors(is_noise.as_ref(), raises_limit);
    ErrorFilter { stop, suppressed, _is_noise: is_noise }
}

fn page_url() -> String {
    let location = Reflect::get(&js_sys::global(), &"location".into());
    let href = location.and_then(|location| Reflect::get(&location, &"href".into()));
    href.ok().and_then(|href| href.as_string()).unwrap_or_default()
}
