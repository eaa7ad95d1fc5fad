//! The Rust API in a real browser, against the reference server with its faults.
//!
//! `npm test` starts the server, and runs these by wasm-pack in Chromium and in Firefox.
#![cfg(target_arch = "wasm32")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod audio;
mod closing;
mod deciding;
mod errors;
mod fallback;
mod heartbeat;
mod json;
mod losing;
mod providing;
mod sending;
mod sessions;
mod sharing;
mod support;
mod waiting;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
