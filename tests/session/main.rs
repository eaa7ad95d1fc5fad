//! A session from end to end, in virtual time: the client's brain against the reference server's core.
//!
//! [`world`] is the network between them, with every trouble that a network has, and [`ledger`]
//! checks after every step what must always hold. [`faults`] lives through thousands of such lives.
//! The other modules are behaviours of the client, one each, against a server that [`bench`] scripts.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod dice;
mod ledger;
mod life;
mod world;

#[allow(dead_code, unused_imports)]
#[path = "../../examples/server/session/protocol/mod.rs"]
mod protocol;

mod acks;
mod batches;
mod closing;
mod codes;
mod faults;
mod liveness;
mod racing;
mod resets;
mod responses;
mod resuming;
mod starts;
mod violations;
mod way_back;
mod windows;
