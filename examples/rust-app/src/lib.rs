//! A chat that survives lost connections: Everline in a page made with Yew.
//!
//! - `line.rs`: the connection. One task has it; it takes orders and tells what happens.
//! - `chat.rs`: what is to be seen, as plain state that events and orders change.
//! - `page.rs`: how that looks.

mod chat;
mod line;
mod page;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::page::Page;

/// Called as the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    yew::Renderer::<Page>::new().render();
}
