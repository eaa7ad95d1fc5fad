//! The words of an error: what browsers put before them, and where a stack repeats them.

use super::text::{find_in, split};

/// What browsers write before an error that nobody caught, the longer ones first.
const PREFIXES: &[u8] = b"\
Uncaught (in promise)\x20
Uncaught\x20
uncaught exception:\x20
Unhandled Promise Rejection:\x20";

/// The message without what a browser wrote before it.
#[inline(never)]
pub(super) fn unprefixed(message: &[u8]) -> &[u8] {
    find_in(PREFIXES, &mut |prefix| message.strip_prefix(prefix)).unwrap_or(message)
}

/// The message without the name of the error either. Only that of plain errors: other names are
/// part of what an application says.
pub(super) fn bare(message: &[u8]) -> &[u8] {
    let message = unprefixed(message);
    message.strip_prefix(b"Error: ").unwrap_or(message)
}

/// What follows the header of a stack, if it begins with one of these messages, be it after a name.
///
/// V8 writes `name: message` before the frames, and a message can look like frames. If the message was
/// changed since, the header cannot be told apart, and is read like the rest.
#[inline(never)]
pub(super) fn after_header<'a>(stack: &'a [u8], own: &[u8], told: &[u8]) -> &'a [u8] {
    let (first, _) = split(stack, b"\n").unwrap_or((stack, b""));
    let after_name = split(first, b": ").and_then(|(name, _)| stack.get(name.len() + 2..));
    let nameless = after_name.unwrap_or(stack);
    let told = unprefixed(told);
    after_message(stack, own)
        .or_else(|| after_message(nameless, own))
        .or_else(|| after_message(stack, told))
        .or_else(|| after_message(nameless, told))
        .unwrap_or(stack)
}

#[inline(never)]
fn after_message<'a>(stack: &'a [u8], message: &[u8]) -> Option<&'a [u8]> {
    let is_end = |rest: &&[u8]| matches!(rest, [] | [b'\n' | b'\r', ..]);
    stack.strip_prefix(message).filter(is_end).filter(|_| !message.is_empty())
}
