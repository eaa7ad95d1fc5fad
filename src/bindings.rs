//! What the npm package's TypeScript calls. Each part of the package is a WebAssembly module of its own,
//! so that a page only loads those that it uses; only numbers cross the border.

// What JavaScript reaches, Rust does not.
#![allow(unreachable_pub)]

#[cfg(feature = "npm-audio")]
mod audio;
#[cfg(feature = "npm-errors")]
mod noise;
#[cfg(feature = "npm-socket")]
mod socket;
