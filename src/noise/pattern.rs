//! Patterns: whole messages, or beginnings.

use super::text::{after, find_in};

/// Whether the text begins with one of these lines.
#[inline(never)]
pub(super) fn begins(text: &[u8], patterns: &[u8]) -> bool {
    find_in(patterns, &mut |pattern| after(text, pattern)).is_some()
}

/// Whether the text is one of these lines, where a `*` at the end stands for any text.
#[inline(never)]
pub(super) fn is_listed(text: &[u8], patterns: &[u8]) -> bool {
    let mut is_match = |pattern: &[u8]| match pattern {
        [start @ .., b'*'] => text.strip_prefix(start),
        _ => Some(text).filter(|text| *text == pattern),
    };
    find_in(patterns, &mut is_match).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_whole_unless_they_end_with_a_star() {
        let patterns = b"Gone.\nNo answer for <*\n\n*x";
        for text in ["Gone.", "No answer for <get>", "*x"] {
            assert!(is_listed(text.as_bytes(), patterns), "{text}");
        }
        for text in ["Gone", "Gone..", "All Gone.", "gone.", "No answer for", "x", ""] {
            assert!(!is_listed(text.as_bytes(), patterns), "{text}");
        }
        assert!(is_listed(b"anything", b"*"));
    }

    #[test]
    fn are_beginnings() {
        let patterns = b"app:\nhttps://widgets.example/w/";
        for text in ["APP:x", "https://widgets.example/w/a.js:1:1"] {
            assert!(begins(text.as_bytes(), patterns), "{text}");
        }
        for text in ["app", "see app:", "https://widgets.example/v/a.js:1:1", ""] {
            assert!(!begins(text.as_bytes(), patterns), "{text}");
        }
        assert!(!begins(b"anything", b"\n\n"));
    }
}
