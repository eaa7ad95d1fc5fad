//! The frames of a stack, as any browser writes them.

use super::location::{Context, Origin};
use super::rule::Evidence;
use super::text::split;
use super::{gecko, header, v8};

/// One line of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Where the code is: usually a URL, with line and column.
    pub location: &'a str,
    /// Whose it is.
    pub origin: Origin,
}

/// The frames of an error, the innermost first.
///
/// Each line is read as what it looks like, so that a stack may be pieced together from several
/// (asynchronous ones, those of libraries that join two). Lines that are no frames are passed over.
pub fn frames<'a, 'c>(
    evidence: &Evidence<'a>,
    context: &'c Context<'c>,
) -> impl Iterator<Item = Frame<'a>> + use<'a, 'c> {
    let Evidence { message, heading, stack, .. } = *evidence;
    let rest = header::after_header(stack.as_bytes(), heading.as_bytes(), message.as_bytes());
    Frames { stack, rest, context }
}

struct Frames<'a, 'c> {
    stack: &'a str,
    rest: &'a [u8],
    context: &'c Context<'c>,
}

impl<'a> Iterator for Frames<'a, '_> {
    type Item = Frame<'a>;

    #[inline(never)]
    fn next(&mut self) -> Option<Frame<'a>> {
        while !self.rest.is_empty() {
            let (line, rest) = split(self.rest, b"\n").unwrap_or((self.rest, b""));
            self.rest = rest;
            if let Some((origin, place)) = read(line, self.context) {
                let start = place.as_ptr().addr().wrapping_sub(self.stack.as_ptr().addr());
                let location = self.stack.get(start..start + place.len()).unwrap_or_default();
                return Some(Frame { location, origin });
            }
        }
        None
    }
}

/// A line with more places than this is no browser's, and counts as the application's.
const MOST_PLACES: usize = 32;

/// Of several places the application's counts most: a line speaks against extensions only if all of it
/// is theirs.
fn read<'a>(mut line: &'a [u8], context: &Context<'_>) -> Option<(Origin, &'a [u8])> {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\r'] = line {
        line = rest;
    }
    let (mut strongest, mut places) = (None, 0);
    let mut visit = |place| {
        places += 1;
        let origin = if places > MOST_PLACES { Origin::Application } else { context.origin(place) };
        // Of several that count alike the last: it is the code, and those before it made it.
        if strongest.is_none_or(|(other, _)| origin >= other) {
            strongest = Some((origin, place));
        }
        places <= MOST_PLACES
    };
    match line.strip_prefix(b"at ") {
        Some(call) => v8::places(call, &mut visit),
        None => gecko::places(line, &mut visit),
    }
    strongest
}
