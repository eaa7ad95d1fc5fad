//! What a close code means for the next attempt.
//!
//! Codes below 3000 are RFC 6455 section 7.4.1 and the IANA registry's; 3000 is "Unauthorized"
//! there. 4400, 4401 and 4403 follow the HTTP statuses they are named for.

use alloc::string::String;

use super::time::Millis;

/// The code of a connection that ended without a close frame (RFC 6455 section 7.1.5).
pub const ABNORMAL: u16 = 1006;

/// The code of a close frame that held no code (RFC 6455 section 7.1.5).
pub const NO_STATUS: u16 = 1005;

/// The code of a connection that has done its work.
pub const NORMAL: u16 = 1000;

/// What to do after a close with some code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Trying again may help.
    Retry,
    /// The credentials were refused: fresh ones from the providers may help, once.
    RefreshToken,
    /// The same attempt would end the same way.
    Final,
}

/// Whether a close code says that the server sends everybody away: "Service Restart" and "Try Again
/// Later" in the IANA registry, the first with the advice to come back at random times.
pub(super) fn is_for_all(code: u16) -> bool {
    matches!(code, 1012 | 1013)
}

/// What a close code from the peer means.
pub fn meaning(code: u16) -> Meaning {
    match code {
        1002 | 1003 | 1007..=1010 | 4400 | 4403 => Meaning::Final,
        3000 | 4401 => Meaning::RefreshToken,
        _ => Meaning::Retry,
    }
}

/// The words of a close, as whoever drives the connection has them: they may stay where they are.
pub trait Reason: Clone + Default {
    /// That the page was put away.
    fn page_hidden() -> Self;

    /// See [`retry_hint`].
    fn retry_hint(&self) -> Option<Millis>;
}

impl Reason for String {
    fn page_hidden() -> Self {
        Self::from("page hidden")
    }

    fn retry_hint(&self) -> Option<Millis> {
        retry_hint(self)
    }
}

/// The milliseconds after `retry` in a close reason: `retry=5000`, `retry: 5000` or
/// `{"retry": 5000}`.
pub fn retry_hint(reason: &str) -> Option<Millis> {
    const WORD: &str = "retry";
    let is_in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (place, _) = reason.match_indices(WORD).find(|(place, _)| {
        reason.get(..*place).is_some_and(|before| !before.ends_with(is_in_word))
    })?;
    let after = reason.get(place + WORD.len()..)?.trim_start_matches(['"', '\'', ' ']);
    let value = after.strip_prefix([':', '='])?.trim_start_matches(' ');
    // Parsing a float would cost a Rust application some kilobytes.
    let digits = value.bytes().take_while(u8::is_ascii_digit).map(|digit| digit - b'0');
    digits.fold(None, |hint, digit| Some(hint.unwrap_or(0.0) * 10.0 + Millis::from(digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_documented_meaning() {
        for code in 0..=u16::MAX {
            let expected = match code {
                1002 | 1003 | 1007 | 1008 | 1009 | 1010 | 4400 | 4403 => Meaning::Final,
                3000 | 4401 => Meaning::RefreshToken,
                _ => Meaning::Retry,
            };
            assert_eq!(meaning(code), expected, "{code}");
        }
    }

    #[test]
    fn hints_are_read_in_the_usual_spellings() {
        for reason in ["retry=5000", "retry: 5000", r#"{"retry":5000}"#, "busy, retry = 5000 ms"] {
            assert_eq!(retry_hint(reason), Some(5000.0), "{reason}");
        }
    }

    #[test]
    fn other_reasons_hold_no_hint() {
        for reason in
            ["", "retry", "retry later", "retry in 5 s", "noretry=5", "retry=", "retry=-1"]
        {
            assert_eq!(retry_hint(reason), None, "{reason}");
        }
    }
}
