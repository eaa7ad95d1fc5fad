//! The connection's life, in virtual time: what an application sees and what goes over the wire.
//!
//! [`world`] performs the actions as a browser would, against a scripted server, and checks after
//! every step what must always hold ([`ledger`]). The other modules are behaviours, one each.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../shared/random.rs"]
mod random;

// The bench uses all of it.
#[allow(dead_code, unused_imports)]
#[path = "../../benches/storm/simulator/mod.rs"]
mod simulator;

mod ledger;
mod scenario;
mod world;

mod any_input;
mod any_server;
mod close;
mod close_codes;
mod connection_timeout;
mod delays;
mod faults_for_hours;
mod flush;
mod heartbeat;
mod http_answers;
mod http_check;
mod http_fall;
mod http_late_timers;
mod http_leaving;
mod http_storms;
mod http_way_back;
mod late_timers;
mod late_voices;
mod listeners;
mod max_retries;
mod min_uptime;
mod overflow;
mod page_life;
mod reconnect;
mod retry_hint;
mod spread;
mod storm;
mod time_to_live;
mod verdict;
