//! Searching in texts, by their bytes. The standard library's ways know more of Unicode and of long
//! needles than is needed here, and weigh several times as much as the whole rule.

/// Where the part is first.
#[inline(never)]
pub(crate) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    // Comparing the whole is a call, and mostly the first byte is another.
    let is_part = |window: &[u8]| window.first() == part.first() && window == part;
    text.windows(part.len().max(1)).position(is_part)
}

/// What is before the first such part, and what is after it.
#[inline(never)]
pub(super) fn split<'a>(text: &'a [u8], part: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// What follows this beginning, whose capitals do not count.
#[inline(never)]
pub(super) fn after<'a>(text: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let mut pairs = text.iter().zip(start);
    let is_start = pairs.all(|(one, other)| one.eq_ignore_ascii_case(other));
    text.get(start.len()..).filter(|_| is_start)
}

/// The first answer for a line of this list. Empty lines are none.
#[inline(never)]
pub(super) fn find_in<'a>(
    list: &[u8],
    answer: &mut dyn FnMut(&[u8]) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    let mut rest = list;
    while !rest.is_empty() {
        let (item, others) = split(rest, b"\n").unwrap_or((rest, b""));
        if let Some(found) = answer(item).filter(|_| !item.is_empty()) {
            return Some(found);
        }
        rest = others;
    }
    None
}
