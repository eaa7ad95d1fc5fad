//! The reason of a close, which stays a string of JavaScript's.

use wasm_bindgen::prelude::*;

use crate::connection::close_code::retry_hint_in;
use crate::connection::{Millis, Reason};

#[wasm_bindgen]
extern "C" {
    /// A string, or `undefined`.
    #[derive(Clone)]
    pub type JsReason;

    #[wasm_bindgen(method, catch, js_name = charCodeAt)]
    fn char_code_at(this: &JsReason, place: usize) -> Result<f64, JsValue>;
}

impl Reason for JsReason {
    fn retry_hint(&self) -> Option<Millis> {
        retry_hint_in(|place| self.character(place))
    }
}

impl JsReason {
    /// Past the end it is `NaN`, which becomes 0.
    #[inline(never)]
    fn character(&self, place: usize) -> u8 {
        self.char_code_at(place).unwrap_or_default() as u8
    }
}

impl Default for JsReason {
    fn default() -> Self {
        JsValue::UNDEFINED.unchecked_into()
    }
}

impl From<&str> for JsReason {
    fn from(text: &str) -> Self {
        JsValue::from_str(text).unchecked_into()
    }
}
