//! A message, here and in JavaScript.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

/// A message of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    pub(super) fn len(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }

    pub(super) fn to_js(&self) -> JsValue {
        match self {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
        }
    }

    pub(super) fn from_js(data: &JsValue) -> Option<Self> {
        if let Some(text) = data.as_string() {
            return Some(Message::Text(text));
        }
        let is_bytes = data.is_instance_of::<js_sys::Uint8Array>()
            || data.is_instance_of::<js_sys::ArrayBuffer>();
        is_bytes.then(|| Message::Binary(js_sys::Uint8Array::new(data).to_vec()))
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Message::Text(text.to_string())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Message::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Message::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Message::Binary(bytes.to_vec())
    }
}
