//! What happens to the page: lifecycle, visibility and network.
//!
//! `unload` and `beforeunload` are left alone: listening to them keeps a page out of the
//! back/forward cache.

use wasm_bindgen::prelude::*;

use super::listener::{Event, Listener, bind, listener};
use crate::connection::Page;

/// Imports by path: where a part of it does not exist, the call throws, and there is nothing to
/// hear.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = globalThis, js_name = addEventListener, catch)]
    fn listen_on_global(kind: &str, listener: &JsValue, until: &Abort) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = document, js_name = addEventListener, catch)]
    fn listen_on_document(kind: &str, listener: &JsValue, until: &Abort) -> Result<(), JsValue>;

    /// The Network Information API, which not every browser has.
    #[wasm_bindgen(js_namespace = ["navigator", "connection"], js_name = addEventListener, catch)]
    fn listen_on_network(kind: &str, listener: &JsValue, until: &Abort) -> Result<(), JsValue>;

    /// Ends listeners that were added with it. It has a `signal`, as the options of
    /// `addEventListener` do, so that it can be given in their place.
    #[wasm_bindgen(js_name = AbortController)]
    type Abort;

    #[wasm_bindgen(constructor, js_class = "AbortController")]
    fn new() -> Abort;

    #[wasm_bindgen(method)]
    fn abort(this: &Abort);
}

const AWAKE: u8 = 0;
const OFFLINE: u8 = 1;
const HIDING: u8 = 2;
const VISIBILITY: u8 = 3;

const ON_GLOBAL: [(&str, u8); 4] =
    [("online", AWAKE), ("offline", OFFLINE), ("pageshow", AWAKE), ("pagehide", HIDING)];
/// Chrome says `resume` when it thaws a frozen page, at times without any other event.
const ON_DOCUMENT: [(&str, u8); 2] = [("visibilitychange", VISIBILITY), ("resume", AWAKE)];

/// Listens until it is dropped.
pub(super) struct PageWatch {
    _listener: Listener,
    abort: Abort,
}

impl PageWatch {
    pub(super) fn new(tell: impl Fn(Page) + 'static) -> Self {
        let listener = listener(move |kind, event| {
            if let Some(page) = meaning(kind, &event) {
                tell(page);
            }
        });
        let abort = Abort::new();
        for (name, kind) in ON_GLOBAL {
            let _ = listen_on_global(name, &bind(listener.as_ref(), kind), &abort);
        }
        for (name, kind) in ON_DOCUMENT {
            let _ = listen_on_document(name, &bind(listener.as_ref(), kind), &abort);
        }
        let _ = listen_on_network("change", &bind(listener.as_ref(), AWAKE), &abort);
        Self { _listener: listener, abort }
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

fn meaning(kind: u8, event: &Event) -> Option<Page> {
    match kind {
        OFFLINE => Some(Page::Offline),
        HIDING if event.persisted() => Some(Page::Shelved),
        HIDING => Some(Page::Leaving),
        // Read, never remembered: Chrome does not announce every change of it.
        VISIBILITY if event.target().hidden() => None,
        _ => Some(Page::Awake),
    }
}
