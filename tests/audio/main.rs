//! From samples to batches: what goes out is what came in, less what was told to be missing.
//!
//! [`stream`] is a batcher whose output is checked as it comes. The other modules are behaviours, one
//! each.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../shared/random.rs"]
mod random;

mod stream;

mod absurd;
mod any_stream;
mod catching_up;
mod conversion;
mod deadline;
mod gaps;
mod input;
mod memory;
mod quality;
mod rails;
mod rates;
mod segments;
mod silence;
mod wav;
