//! Frames as Gecko and WebKit write them (Firefox, Safari): `function@place`, where both may contain
//! an `@`, the function may be missing, and in older versions of WebKit the `@` with it.

use super::location::{ends_with_line, has_scheme, is_neutral};
use super::text::{find, split};

/// Visits the places that the line may name, if it is a frame, until that is enough.
///
/// Where several could begin, each is one: `f@moz-extension://a/@https://b` is a file of an extension
/// with an odd name, or a function with an odd name on some page.
pub(super) fn places<'a>(line: &'a [u8], visit: &mut dyn FnMut(&'a [u8]) -> bool) {
    let (mut is_frame, mut last, mut rest) = (false, None, line);
    while let Some((_, place)) = split(rest, b"@") {
        if has_scheme(place) {
            is_frame = true;
            if !visit(place) {
                return;
            }
        }
        (last, rest) = (Some(place), place);
    }
    if is_frame {
        return;
    }
    if let Some(place) = last.filter(|place| is_neutral(place) || ends_with_line(place)) {
        visit(place);
    } else if has_scheme(line) && find(line, b"://").is_some() && ends_with_line(line) {
        visit(line);
    }
}
