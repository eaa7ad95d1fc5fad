//! Everline: a WebSocket that stays connected.
#![cfg_attr(all(target_arch = "wasm32", feature = "npm"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

pub mod connection;
