//! Everline: a WebSocket that stays connected.
#![cfg_attr(all(target_arch = "wasm32", feature = "npm"), no_std)]
#![warn(missing_docs)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
pub mod connection;
#[cfg(all(target_arch = "wasm32", feature = "json"))]
mod json;
#[cfg(all(target_arch = "wasm32", feature = "socket"))]
mod socket;

#[cfg(all(target_arch = "wasm32", feature = "json"))]
pub use json::{Messages, SendJsonError};
#[cfg(all(target_arch = "wasm32", feature = "socket"))]
pub use socket::{
    CloseError, Event, Heartbeat, Message, Options, ProviderError, SendError, Sent, Socket, Stats,
    Url,
};

/// Without `std` there is neither an allocator nor a panic handler. Nothing here panics; should a
/// dependency do it, the instance stops at once.
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod runtime {
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}
