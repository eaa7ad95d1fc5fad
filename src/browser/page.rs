//! What happens to the page: lifecycle, visibility and network.
//!
//! `unload` and `beforeunload` are left alone: listening to them keeps a page out of the
//! back/forward cache.

use alloc::boxed::Box;

use wasm_bindgen::prelude::*;
use web_sys::Event;

use crate::connection::Page;

/// Imports by path: where a part of it does not exist, the call throws, and there is nothing to
/// hear.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = globalThis, js_name = addEventListener, catch)]
    fn listen_on_global(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = globalThis, js_name = removeEventListener, catch)]
    fn leave_global(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = document, js_name = addEventListener, catch)]
    fn listen_on_document(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = document, js_name = removeEventListener, catch)]
    fn leave_document(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    /// The Network Information API, which not every browser has.
    #[wasm_bindgen(js_namespace = ["navigator", "connection"], js_name = addEventListener, catch)]
    fn listen_on_network(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = ["navigator", "connection"], js_name = removeEventListener, catch)]
    fn leave_network(kind: &str, listener: &JsValue) -> Result<(), JsValue>;

    type Document;

    #[wasm_bindgen(method, getter)]
    fn hidden(this: &Document) -> bool;

    type PageTransitionEvent;

    #[wasm_bindgen(method, getter)]
    fn persisted(this: &PageTransitionEvent) -> bool;
}

const ON_GLOBAL: [&str; 4] = ["online", "offline", "pageshow", "pagehide"];
/// Chrome says `resume` when it thaws a frozen page, at times without any other event.
const ON_DOCUMENT: [&str; 2] = ["visibilitychange", "resume"];
const ON_NETWORK: &str = "change";

/// Listens until it is dropped.
pub(super) struct PageWatch {
    listener: Closure<dyn Fn(Event)>,
}

impl PageWatch {
    pub(super) fn new(tell: impl Fn(Page) + 'static) -> Self {
        let listener = Closure::wrap(Box::new(move |event: Event| {
            if let Some(page) = meaning(&event) {
                tell(page);
            }
        }) as Box<dyn Fn(Event)>);
        for kind in ON_GLOBAL {
            let _ = listen_on_global(kind, listener.as_ref());
        }
        for kind in ON_DOCUMENT {
            let _ = listen_on_document(kind, listener.as_ref());
        }
        let _ = listen_on_network(ON_NETWORK, listener.as_ref());
        Self { listener }
    }
}

impl Drop for PageWatch {
    fn drop(&mut self) {
        let listener = self.listener.as_ref();
        for kind in ON_GLOBAL {
            let _ = leave_global(kind, listener);
        }
        for kind in ON_DOCUMENT {
            let _ = leave_document(kind, listener);
        }
        let _ = leave_network(ON_NETWORK, listener);
    }
}

fn meaning(event: &Event) -> Option<Page> {
    match event.type_().as_str() {
        "offline" => Some(Page::Offline),
        "pagehide" => {
            event.unchecked_ref::<PageTransitionEvent>().persisted().then_some(Page::Shelved)
        }
        // Read, never remembered: Chrome does not announce every change of it.
        "visibilitychange" if event.target()?.unchecked_ref::<Document>().hidden() => None,
        _ => Some(Page::Awake),
    }
}
