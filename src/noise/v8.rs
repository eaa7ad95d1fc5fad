//! Frames as V8 writes them (Chromium, Node): `at function (place)`, or `at place`.

use super::location::{ends_with_line, has_scheme};
use super::text::{after, split};

/// Visits the places in what follows `at `, until that is enough.
///
/// For code from `eval` there are several: `at eval (eval at f (place), <anonymous>:1:7)`. And a function
/// can have any name, also one that looks like a place, so only what is in the last parentheses is one
/// without looking like it.
pub(super) fn places<'a>(call: &'a [u8], visit: &mut dyn FnMut(&'a [u8]) -> bool) {
    let parentheses = call.strip_suffix(b")").and_then(|call| split(call, b" ("));
    let Some((_function, mut rest)) = parentheses else {
        visit(after(call, b"async ").unwrap_or(call));
        return;
    };
    while let Some((place, others)) = next(rest) {
        let is_place = has_scheme(place) || ends_with_line(place);
        if !visit(if is_place { place } else { nothing(place) }) {
            return;
        }
        rest = others;
    }
    // `Promise.all (index 0)` has no place.
    visit(if after(rest, b"index ").is_some() { nothing(rest) } else { rest });
}

/// The empty text at this place.
fn nothing(place: &[u8]) -> &[u8] {
    place.get(..0).unwrap_or(place)
}

/// What is before the next sign that another place follows: ` (` or `), `.
fn next(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (place, others) = split(rest, b" (").unwrap_or((rest, b""));
    match split(place, b"), ") {
        Some((place, _)) => Some((place, rest.get(place.len() + 3..)?)),
        None if others.is_empty() => None,
        None => Some((place, others)),
    }
}
