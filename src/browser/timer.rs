//! The clock, and one timer that is set to a moment instead of a delay.
//!
//! Imported by hand, because `gloo-timers` needs `std`, which the npm package is built without.

use core::cell::Cell;

use wasm_bindgen::prelude::*;

use super::listener::{Listener, listener};
use crate::connection::Time;

#[wasm_bindgen]
extern "C" {
    /// `kind` is passed on to the callback.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, millis: f64, kind: u8) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Browsers keep a delay in 31 bits, and run what is longer at once (HTML standard, "timers").
const LONGEST_DELAY: f64 = i32::MAX as f64;

pub(super) fn now() -> Time {
    Time::new(performance_now())
}

pub(super) struct Timer {
    callback: Listener,
    due: Cell<Option<Time>>,
    /// A number in browsers, an object in Node.
    id: Cell<JsValue>,
}

impl Timer {
    pub(super) fn new(callback: impl Fn() + 'static) -> Self {
        let callback = listener(move |_, _| callback());
        Self { callback, due: Cell::new(None), id: Cell::new(JsValue::UNDEFINED) }
    }

    /// Replaces the moment that the timer waits for.
    pub(super) fn set(&self, due: Option<Time>) {
        if self.due.replace(due) == due {
            return;
        }
        let id = match due {
            Some(due) => {
                let delay = due.since(now()).min(LONGEST_DELAY);
                set_timeout(self.callback.as_ref(), delay, 0)
            }
            None => JsValue::UNDEFINED,
        };
        clear_timeout(&self.id.replace(id));
    }

    /// Says that the timer has run, so that it can be set to the same moment once more.
    pub(super) fn fired(&self) {
        self.due.set(None);
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.set(None);
    }
}
