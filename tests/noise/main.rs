//! Whose an error is: labelled cases, the forms of stacks, and what holds for any text.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../shared/random.rs"]
mod random;

mod any_text;
mod cases;
mod frames;
mod rule;
mod stacks;
