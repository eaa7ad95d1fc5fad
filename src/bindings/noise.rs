//! What the error filter's TypeScript calls.
//!
//! Numbers cross the border here, too: a text comes by its UTF-16 units, so that what is found in it has
//! the same place on both sides. That takes some nanoseconds for each, and errors are rare. A case is
//! the memory of its texts; the face has its address and length, and frees it.

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;

use wasm_bindgen::prelude::*;

use crate::noise::{self, Context, Evidence};

/// Makes room for the texts of a case, and answers its address.
#[wasm_bindgen]
pub fn noise_create(length: usize) -> usize {
    // SAFETY: it is longer than nothing, for each text has an end. No memory is no return.
    unsafe { alloc(layout(length)) as usize }
}

/// Frees a case.
#[wasm_bindgen]
pub fn noise_free(case: usize, length: usize) {
    // SAFETY: the face does this once for each address that it got, and nothing with it afterwards.
    unsafe { dealloc(case as *mut u8, layout(length)) }
}

/// Writes a unit to an address in a case, or a NUL that ends a text. Nothing that is looked for has
/// others than ASCII.
#[wasm_bindgen]
pub fn noise_write(address: usize, unit: u16) {
    let byte = if unit < 0x80 { unit as u8 } else { 0x7f };
    // SAFETY: the face writes to each address of a case once, and to no other.
    unsafe { (address as *mut u8).write(byte) }
}

/// Decides. The answer is a place in the face's list `RULES`, which has the order of [`noise::Rule`].
#[wasm_bindgen]
pub fn noise_judge(case: usize, length: usize, is_normal_close: bool, is_listening: bool) -> u8 {
    let rest = &mut text(case, length);
    let context = Context { runtime_messages: is_listening, ..context(rest) };
    noise::judge(&Evidence { is_normal_close, ..evidence(rest) }, &context) as u8
}

/// The first frame between two addresses in the stack of a case, or in all of it if there are none: where
/// its location begins, and by further powers of two its length and origin, see `decide` in the face; or
/// -1.
#[wasm_bindgen]
pub fn noise_frame(case: usize, length: usize, from: usize, to: usize) -> f64 {
    let rest = &mut text(case, length);
    let context = context(rest);
    let evidence = match from {
        0 => evidence(rest),
        // What is before has been read, and what is after need not be.
        _ => Evidence { stack: text(from, to - from), ..Evidence::default() },
    };
    noise::frames(&evidence, &context).next().map_or(-1.0, |frame| {
        let start =
            (frame.location.as_ptr() as usize).wrapping_sub(evidence.stack.as_ptr() as usize);
        let length = frame.location.len() as f64 * PLACES;
        start as f64 + length + frame.origin as u8 as f64 * PLACES * PLACES
    })
}

/// A place in the longest stack that the face sends is smaller.
const PLACES: f64 = (1 << 22) as f64;

fn layout(length: usize) -> Layout {
    // SAFETY: the face sends no texts of such a length that this would overflow.
    unsafe { Layout::from_size_align_unchecked(length, 1) }
}

fn text(address: usize, length: usize) -> &'static str {
    // SAFETY: the face has written all of it, in ASCII, and frees it after the call.
    unsafe { str::from_utf8_unchecked(core::slice::from_raw_parts(address as *const u8, length)) }
}

/// The first texts, in the order in which `decide` in the face writes them.
#[inline(never)]
fn context<'a>(rest: &mut &'a str) -> Context<'a> {
    let (page, own_urls, urls, messages) = (next(rest), next(rest), next(rest), next(rest));
    Context { page, own_urls, urls, messages, ..Context::default() }
}

/// The others.
#[inline(never)]
fn evidence<'a>(rest: &mut &'a str) -> Evidence<'a> {
    let (message, filename, heading) = (next(rest), next(rest), next(rest));
    let (stack, causes) = (next(rest), next(rest));
    Evidence { message, filename, heading, stack, causes, ..Evidence::default() }
}

/// Takes the next text off.
#[inline(never)]
fn next<'a>(rest: &mut &'a str) -> &'a str {
    let end = noise::find(rest.as_bytes(), b"\0").unwrap_or_default();
    let text = rest.get(..end).unwrap_or_default();
    *rest = rest.get(end + 1..).unwrap_or_default();
    text
}
